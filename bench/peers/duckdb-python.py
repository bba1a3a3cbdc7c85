"""DuckDB's Python package as a peer: views over the same Parquet files."""
import datetime
import decimal
import json
import resource
import sys
import time

import duckdb

connection = duckdb.connect()


def open_tables(options):
    connection.execute(f"SET threads = {int(options['threads'])}")
    # As PostgreSQL: rows that LIMIT keeps depend on it.
    connection.execute("SET default_null_order = 'nulls_last_on_asc_first_on_desc'")
    if options.get("memoryLimit"):
        connection.execute(f"SET memory_limit = '{options['memoryLimit']}'")
    for name, table in options["tables"].items():
        files = ", ".join("'" + file.replace("'", "''") + "'" for file in table["files"])
        if options.get("inMemory"):
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM read_parquet([{files}])')
        else:
            connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM read_parquet([{files}])')
    return duckdb.__version__


def plain(value):
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value


for line in sys.stdin:
    request = json.loads(line)
    try:
        if "open" in request:
            answer = {"ok": True, "version": open_tables(request["open"])}
        else:
            cpu = time.process_time()
            started = time.perf_counter()
            rows = connection.execute(request["sql"]).fetchall()
            elapsed = (time.perf_counter() - started) * 1000
            answer = {"ok": True, "ms": elapsed, "cpuMs": (time.process_time() - cpu) * 1000}
            if request.get("wantRows"):
                answer["rows"] = [[plain(value) for value in row] for row in rows]
            answer["rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    except Exception as error:  # every fault of the peer is an answer, not an end
        answer = {"ok": False, "error": str(error)[:500]}
    print(json.dumps(answer), flush=True)
