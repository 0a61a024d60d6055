"""What every reference script shares: `SCRIPT.py FOLDER PARAMETERS` answers a line of JSON for each line it reads.

"run" calls fit(arrays, parameters) and says how long it took; "finish" says the peak memory of the runs and then calls
quality(result, arrays, parameters), which no longer counts. Arrays are C-contiguous numpy arrays [rows, cols] as the
bench wrote them; one column is [rows].
"""

import json
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy


def read_arrays(folder):
    listed = json.loads((Path(folder) / "arrays.json").read_text())
    arrays = {}
    for name, array in listed.items():
        values = numpy.fromfile(Path(folder) / array["file"], dtype=array["type"])
        arrays[name] = values if array["cols"] == 1 else values.reshape(array["rows"], array["cols"])
    return arrays


def serve(fit, quality, packages):
    arrays = read_arrays(sys.argv[1])
    parameters = json.loads(sys.argv[2])
    result = None
    for line in sys.stdin:
        if line.strip() == "run":
            started = time.perf_counter()
            result = fit(arrays, parameters)
            answer({"seconds": time.perf_counter() - started})
        else:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            measured = {name: float(value) for name, value in quality(result, arrays, parameters).items()}
            versions = ", ".join(f"{name} {version(name)}" for name in packages)
            answer({"quality": measured, "peakMb": peak, "versions": versions})
            break


def answer(value):
    print(json.dumps(value), flush=True)
