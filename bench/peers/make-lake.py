"""TPC-H tables with data files of another writer: `make-lake.py <sluice lake> <new lake> duckdb|pyarrow [snappy|zstd]`.

Reads the data files of the tables that `sluice tpch --into` made, writes them with DuckDB or pyarrow, and puts Iceberg metadata over them.
Needs: pip install duckdb==2.0.0 pyarrow==26.0.1 pyiceberg[sql-sqlite]==0.12.0
"""
import json
import pathlib
import sys

import duckdb
import pyarrow.parquet
from pyiceberg.catalog.sql import SqlCatalog

source, target = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
writer = sys.argv[3]
codec = sys.argv[4] if len(sys.argv) > 4 else "snappy"
target.mkdir(parents=True, exist_ok=True)
catalog = SqlCatalog("bench", uri="sqlite:///:memory:", warehouse=f"file://{target}")
catalog.create_namespace("bench")

for folder in sorted(path for path in source.iterdir() if (path / "data").is_dir()):
    files = [str(path) for path in folder.glob("data/**/*.parquet")]
    data = target / "files" / f"{folder.name}.parquet"
    data.parent.mkdir(exist_ok=True)
    relation = f"(SELECT * FROM read_parquet({files!r}, file_row_number = false))"
    if writer == "duckdb":
        duckdb.sql(f"COPY {relation} TO '{data}' (FORMAT parquet, COMPRESSION {codec}, ROW_GROUP_SIZE 122880)")
    else:
        reader = duckdb.sql(f"SELECT * FROM {relation}").to_arrow_reader(122_880)
        with pyarrow.parquet.ParquetWriter(data, reader.schema, compression=codec, write_page_index=True) as out:
            for batch in reader:
                out.write_batch(batch, row_group_size=122_880)
    schema = pyarrow.parquet.read_schema(data)
    table = catalog.create_table(f"bench.{folder.name}", schema, location=f"file://{target}/{folder.name}")
    table.add_files([f"file://{data}"])
    (target / f"{folder.name}.files.json").write_text(json.dumps([str(data)]))
    print(folder.name, data.stat().st_size)
