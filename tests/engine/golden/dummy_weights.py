"""The generator of engine/formats/dummy_weights.h, in numpy. Its formulas are written down there."""

import hashlib

import numpy as np

MASK = np.uint64(0xFFFFFFFFFFFFFFFF)


def words(name: str, count: int) -> np.ndarray:
    key = np.uint64(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little"))
    with np.errstate(over="ignore"):
        z = key + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniform(name: str, count: int) -> np.ndarray:
    return (words(name, count) >> np.uint64(40)).astype(np.float64) * 2.0**-24


def fp8_e4m3_values() -> np.ndarray:
    """The 256 codes as numbers; NaN codes as zero."""
    codes = np.arange(256)
    exponent, mantissa = (codes >> 3) & 15, codes & 7
    values = np.where(exponent == 0, mantissa * 2.0**-9, (mantissa + 8) * 2.0 ** (exponent - 10.0))
    values = np.where((codes & 0x7F) == 0x7F, 0.0, values)
    return np.where(codes & 0x80, -values, values)


def draw(name: str, shape: tuple, role: str, fp8_block: tuple | None = None) -> np.ndarray:
    """float32 of `shape`; FP8 tensors are returned multiplied by their scales."""
    count = int(np.prod(shape))
    if role == "linear" and fp8_block is not None:
        return draw_fp8(name, shape, fp8_block)
    x = 2.0 * uniform(name, count) - 1.0
    if role in ("linear", "precise_linear"):
        x = x * np.sqrt(3.0 / shape[-1])
    elif role == "embedding":
        x = x * np.sqrt(3.0)
    elif role == "norm":
        x = 1.0 + 0.2 * x
    elif role == "bias":
        x = 0.5 * x
    elif role == "router_bias":
        x = 0.25 * x - 0.5
    else:
        raise ValueError(role)
    return x.astype(np.float32).reshape(shape)


def draw_fp8(name: str, shape: tuple, block: tuple) -> np.ndarray:
    rows, columns = shape
    codes = (words(name, rows * columns) >> np.uint64(56)).astype(np.int64)
    table = fp8_e4m3_values()
    weight = table[codes].astype(np.float32).reshape(shape)
    block_rows, block_columns = -(-rows // block[0]), -(-columns // block[1])
    unit = 1.0 / (np.sqrt(columns) * np.sqrt(np.mean(table**2)))
    scales = (0.75 + 0.5 * uniform(name + "_scale_inv", block_rows * block_columns)) * unit
    scales = scales.astype(np.float32).reshape(block_rows, block_columns)
    scales = np.repeat(np.repeat(scales, block[0], axis=0), block[1], axis=1)[:rows, :columns]
    return weight * scales
