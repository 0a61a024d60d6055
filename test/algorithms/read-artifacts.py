"""Reads a Parquet file with pyarrow and with DuckDB; prints what each has read and of which types, as JSON."""

import json
import sys

import duckdb
import pyarrow.parquet

file = sys.argv[1]
table = pyarrow.parquet.read_table(file)
relation = duckdb.read_parquet(file)
named = [dict(zip(relation.columns, row)) for row in relation.fetchall()]
print(
    json.dumps(
        {
            "pyarrow": {
                "rows": table.to_pylist(),
                "types": {field.name: str(field.type) for field in table.schema},
            },
            "duckdb": {
                "rows": named,
                "types": dict(zip(relation.columns, map(str, relation.types))),
            },
        }
    )
)
