"""A Parquet file of every kind of column that a suite's rows can hold. For developers: `python make_parquet.py` writes
rows.parquet. Needs pyarrow."""
import os
import pyarrow as pa
import pyarrow.parquet as pq

choices = pa.struct([("text", pa.list_(pa.string())), ("label", pa.list_(pa.int64()))])
rows = pa.table({
    "question": pa.array(["How many?", "\u00c9t\u00e9\n\"quoted\""], pa.string()),
    "answer": pa.array([4, -9007199254740993], pa.int64()),
    "share": pa.array([0.5, None], pa.float64()),
    "right": pa.array([True, False], pa.bool_()),
    "small": pa.array([7, 255], pa.uint8()),
    "odd": pa.array([float("nan"), float("-inf")], pa.float32()),
    "choices": pa.array([{"text": ["a", "b"], "label": [1, 0]}, None], choices),
    "kind": pa.array(["x", "y"]).dictionary_encode(),
    "nested": pa.array([[[1], []], []], pa.list_(pa.list_(pa.int32()))),
})
pq.write_table(rows, os.path.join(os.path.dirname(os.path.abspath(__file__)), "rows.parquet"), compression="zstd")
