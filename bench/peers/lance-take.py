"""Lance's own reader and pyarrow as peers of `take`: the "sql" of a request is JSON, {"reader": "lance" | "pyarrow", "columns": [...], "rows": [...]}."""
import json
import os
import resource
import sys
import time

import lance
import numpy
import pyarrow
import pyarrow.dataset
import pyarrow.parquet

readers = {}


def open_tables(options):
    folder = options["lake"]
    dataset = os.path.join(folder, "lance", "numbers")
    parquet = os.path.join(folder, "parquet", "numbers.parquet")
    if not os.path.exists(dataset):
        count = int(options["rows"])
        random = numpy.random.default_rng(1)
        table = pyarrow.table({
            "id": numpy.arange(count, dtype=numpy.int64),
            "x": random.random(count),
            "k": random.integers(0, 1 << 30, count).astype(numpy.int32),
            "d": random.integers(0, 20000, count).astype(numpy.int16),
        })
        lance.write_dataset(table, dataset, max_rows_per_file=1 << 20)
        os.makedirs(os.path.dirname(parquet), exist_ok=True)
        pyarrow.parquet.write_table(table, parquet, write_page_index=True)
    readers["lance"] = lance.dataset(dataset)
    readers["pyarrow"] = pyarrow.dataset.dataset(parquet)
    return f"lance {lance.__version__}, pyarrow {pyarrow.__version__}"


for line in sys.stdin:
    request = json.loads(line)
    try:
        if "open" in request:
            answer = {"ok": True, "version": open_tables(request["open"])}
        else:
            wanted = json.loads(request["sql"])
            reader = readers[wanted["reader"]]
            cpu = time.process_time()
            started = time.perf_counter()
            table = reader.take(wanted["rows"], columns=wanted["columns"])
            elapsed = (time.perf_counter() - started) * 1000
            answer = {"ok": True, "ms": elapsed, "cpuMs": (time.process_time() - cpu) * 1000}
            if request.get("wantRows"):
                answer["rows"] = [list(row.values()) for row in table.to_pylist()]
            answer["rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    except Exception as error:  # every fault of the peer is an answer, not an end
        answer = {"ok": False, "error": str(error)[:500]}
    print(json.dumps(answer), flush=True)
