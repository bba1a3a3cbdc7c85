"""TPC-DS tables as Parquet: `make-tpcds.py <folder of .dat files> <schema.sql> <new lake> [snappy|zstd]`.

The .dat files are those of dsdgen, or of the Maven artifact io.trino.tpcds:tpcds:1.4, whose output is the same:

    mvn -q org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory=lib
        (a pom.xml with the dependencies io.trino.tpcds:tpcds:1.4 and io.airlift:airline:0.8)
    java -cp 'lib/*' io.trino.tpcds.Driver --scale 1 --directory dat --parallelism 2

One file a table, `<table>.parquet`, written by DuckDB with the types of `schema.sql` (CREATE TABLE statements; ../shared/tpc/tpcds-small has one).
Needs: pip install duckdb==2.0.0
"""
import pathlib
import re
import sys

import duckdb

source, schema, target = (pathlib.Path(path).resolve() for path in sys.argv[1:4])
codec = sys.argv[4] if len(sys.argv) > 4 else "snappy"
target.mkdir(parents=True, exist_ok=True)
connection = duckdb.connect()

for name, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\);", schema.read_text(), re.DOTALL):
    columns = dict(re.findall(r"^\s*(\w+) (\w+(?:\([\d,]+\))?)", body, re.MULTILINE))
    # With --parallelism a table has several parts, of which those beyond a small table's rows are empty.
    parts = [str(path) for path in source.glob("*.dat") if re.fullmatch(rf"{name}(_\d+_\d+)?\.dat", path.name)]
    parts = sorted(path for path in parts if pathlib.Path(path).stat().st_size > 0)
    # Every field ends in a bar, the last too: a column that is always empty follows it. Texts are Latin 1.
    rows = f"""(SELECT * EXCLUDE (past_the_end) FROM read_csv({parts!r}, delim = '|', header = false, quote = '', escape = '',
        nullstr = '', encoding = 'latin-1', auto_detect = false, columns = {columns | {'past_the_end': 'VARCHAR'}!r}))"""
    file = target / f"{name}.parquet"
    connection.execute(f"COPY {rows} TO '{file}' (FORMAT parquet, COMPRESSION {codec}, ROW_GROUP_SIZE 122880)")
    print(name, connection.execute(f"SELECT count(*) FROM '{file}'").fetchall()[0][0], file.stat().st_size)
