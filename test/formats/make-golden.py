"""Makes golden/: the same 60 documents as each tool writes them, and expected.json with what they are.

Run once with pyarrow 26.0.1, DuckDB 2.0.0, pandas 3.1.1 and numpy 2.4.6:
  python3 -m venv VENV && VENV/bin/pip install pyarrow==26.0.1 duckdb==2.0.0 pandas==3.1.1 numpy==2.4.6
  VENV/bin/python test/formats/make-golden.py
"""

import csv
import datetime
import decimal
import json
import pathlib
import uuid

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq

folder = pathlib.Path(__file__).parent / "golden"
folder.mkdir(exist_ok=True)
rows, dimensions = 60, 8

# Sixty-fourths between -2 and 2: the same numbers as float16, float32 and float64.
vectors = ((np.arange(rows * dimensions).reshape(rows, dimensions) * 37) % 256 - 128) / 64
ids = [f"doc-{i:03}" for i in range(rows)]
titles = [f"Title {i}" if i % 7 else None for i in range(rows)]
categories = [["news", "sport", "“quoted”, with a comma"][i % 3] for i in range(rows)]
counts = list(range(rows))
scores = [i / 4 for i in range(rows)]
flags = [i % 2 == 0 for i in range(rows)]


def payload(i):
    fields = {"title": titles[i], "category": categories[i], "count": counts[i], "score": scores[i], "flag": flags[i]}
    return {name: value for name, value in fields.items() if value is not None}


documents = [
    {"document_id": ids[i], "payload": payload(i), "vectors": {"embedding": vectors[i].tolist()}} for i in range(rows)
]
(folder / "expected.json").write_text(json.dumps(documents, indent=0, ensure_ascii=False))
(folder / "documents.ndjson").write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in documents))

columns = {"id": ids, "title": titles, "category": categories, "count": counts, "score": scores, "flag": flags}
floats = vectors.astype(np.float32)
flat = pa.array(floats.reshape(-1))
fixed = pa.table({**columns, "embedding": pa.FixedSizeListArray.from_arrays(flat, dimensions)})
lists = pa.table({**columns, "embedding": pa.array(floats.tolist(), pa.list_(pa.float32()))})

pq.write_table(fixed, folder / "pyarrow.parquet", compression="zstd", row_group_size=25)
pq.write_table(lists, folder / "pyarrow-v2.parquet", compression="gzip", data_page_version="2.0", use_dictionary=["category"])
large = lists.set_column(6, "embedding", pa.array(vectors.tolist(), pa.large_list(pa.float64())))
large = large.set_column(2, "category", large["category"].dictionary_encode())
pq.write_table(large, folder / "pyarrow-large.parquet", compression="lz4")

duckdb.sql(f"copy (select * replace (embedding::float[{dimensions}] as embedding) from lists) to '{folder}/duckdb.parquet' (format parquet)")

frame = pd.DataFrame({**columns, "embedding": list(vectors)})
frame.to_parquet(folder / "pandas.parquet")
frame.assign(embedding=frame["embedding"].map(lambda vector: vector.tolist())).to_csv(folder / "pandas.csv", index=False)
# What happens without tolist(): numpy's own text, which is no JSON.
frame.head(5).to_csv(folder / "numpy-text.csv", index=False)
with open(folder / "quoted.csv", "w", newline="", encoding="utf-8-sig") as file:
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow([*columns, "embedding"])
    for i in range(rows):
        cells = ["" if titles[i] is None else titles[i], categories[i], counts[i], int(scores[i]) if scores[i] % 1 == 0 else scores[i], str(flags[i]).lower()]
        writer.writerow([ids[i], *cells, json.dumps(vectors[i].tolist())])

with pa.ipc.new_stream(folder / "pyarrow.arrows", fixed.schema) as writer:
    writer.write_table(fixed, max_chunksize=25)
coded = lists.set_column(2, "category", lists["category"].dictionary_encode())
with pa.ipc.new_file(folder / "pyarrow.arrow", coded.schema) as writer:
    writer.write_table(coded, max_chunksize=25)
pyarrow.feather.write_feather(fixed, folder / "compressed.feather", compression="lz4")

for name in ["float16", "float32", "float64"]:
    np.save(folder / f"{name}.npy", vectors.astype(name))
np.save(folder / "big-endian.npy", vectors.astype(">f4"))
np.save(folder / "fortran.npy", np.asfortranarray(vectors.astype(np.float32)))
np.save(folder / "flat.npy", vectors.astype(np.float32).reshape(-1))
np.save(folder / "ids.npy", np.array(ids))
(folder / "ids.txt").write_text("".join(f"{each}\n" for each in ids))
(folder / "payloads.ndjson").write_text("".join(json.dumps(payload(i), ensure_ascii=False) + "\n" for i in range(rows)))
pq.write_table(fixed.drop_columns(["id", "embedding"]), folder / "payloads.parquet")

# Types beside the ordinary ones, one row each.
moment = datetime.datetime(2026, 1, 2, 3, 4, 5, 678900)
types = pa.table(
    {
        "id": pa.array([2**60 + 1], pa.int64()),
        "v": pa.array([[1.0, 2.0]], pa.list_(pa.float32())),
        "instant": pa.array([moment], pa.timestamp("us", tz="UTC")),
        "local": pa.array([moment], pa.timestamp("ns")),
        "day": pa.array([moment.date()]),
        "clock": pa.array([moment.time()]),
        "price": pa.array([decimal.Decimal("19.90")], pa.decimal128(10, 2)),
        "long": pa.array([decimal.Decimal("12345678901234567890.12")], pa.decimal128(30, 2)),
        "big": pa.array([2**60], pa.int64()),
        "tags": pa.array([["a", None, "b"]]),
        "deep": pa.array([{"z": 1, "a": {"y": [True, False]}, "none": None}], pa.struct([("z", pa.int8()), ("a", pa.struct([("y", pa.list_(pa.bool_()))])), ("none", pa.string())])),
        "map": pa.array([[("k", 1), ("a", 2)]], pa.map_(pa.string(), pa.int32())),
        "uuid": pa.array([uuid.UUID(int=7).bytes], pa.binary(16)),
        "nan": pa.array([float("nan")]),
        "nothing": pa.nulls(1),
    }
)
pq.write_table(types, folder / "types.parquet")
