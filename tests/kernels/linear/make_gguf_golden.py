#!/usr/bin/env python3
"""Writes gguf_golden.inc: blocks of every GGUF type as random bytes, and the values that the `gguf` package
(pip install gguf) dequantises them to. Run once; the result is committed.

usage: make_gguf_golden.py > gguf_golden.inc
"""
import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGML_QUANT_SIZES
from gguf.quants import dequantize

# name, type, offsets of the f16 scales in a block
TYPES = [
    ("q4_0", Type.Q4_0, [0]), ("q4_1", Type.Q4_1, [0, 2]), ("q5_0", Type.Q5_0, [0]), ("q5_1", Type.Q5_1, [0, 2]),
    ("q8_0", Type.Q8_0, [0]), ("q4_k", Type.Q4_K, [0, 2]), ("q5_k", Type.Q5_K, [0, 2]), ("q6_k", Type.Q6_K, [208]),
]


def rows(numbers, form, per_line):
    texts = [form.format(n) for n in numbers]
    return "\n".join("    " + ", ".join(texts[i:i + per_line]) + "," for i in range(0, len(texts), per_line))


def main():
    random = np.random.default_rng(20240917)
    print("// Written by make_gguf_golden.py: stored bytes and the bits of their f32 values.")
    for name, kind, scales in TYPES:
        elements, size = GGML_QUANT_SIZES[kind]
        block = random.integers(0, 256, size, dtype=np.uint8)
        for at in scales:
            block[at:at + 2] = np.frombuffer(np.float16(random.normal()).tobytes(), dtype=np.uint8)
        values = dequantize(block.reshape(1, size), kind).astype(np.float32).reshape(-1)
        assert values.size == elements and np.isfinite(values).all()
        print(f"constexpr std::uint8_t k_{name}_block[] = {{\n{rows(block, '{:d}', 24)}}};")
        print(f"constexpr std::uint32_t k_{name}_values[] = {{\n{rows(values.view(np.uint32), '0x{:08x}', 9)}}};")


main()
