"""Our readers against a bare scan and against other people's programs, on the same file, in one run.

    .venv/bin/python bench/readers.py                 the file of 3.6 million rows and 500 cycles
    .venv/bin/python bench/readers.py --cycles 50     a tenth of it
    .venv/bin/python bench/readers.py --peers         other programs too, each in an environment made with pip
    .venv/bin/python bench/readers.py --file my.csv   a Squidstat export of your own

Every time is taken in a process of its own, and each ratio is the median of pairs that ran one after the other,
so that whatever else the machine does weighs on both. Peers are measured, never imported by the product.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import temporary

# isort: split

import polars as pl
from long_test import trace_of, write_export
from peers import PEERS, measure_peer

from lims import jobs
from lims.blobs import store_path
from testing.demo.simulator import Trace
from testing.ingest import KIND
from testing.models import Cycle, Dataset, Submission
from testing.tables import read_rows
from tests.factories import make_person, make_project
from tests.testing.bench import make_bench

POINTS_PER_HALF = 3_600
TIMES = 5
LIMITS = {"read to cycles": 2.0, "whole job": 6.0}
MOST_MEMORY_MB, MOST_BYTES_PER_ROW, MOST_CYCLE_MS, LEAST_FASTER = 600, 6.0, 5.0, 10.0

# What is timed begins after the libraries are loaded; the peak of memory is the process's own, all included.
BARE = """
import polars as pl
def work(path):
    columns = {f"column_{place + 1}": pl.String if place in (0, 1) else pl.Float64 for place in range(9)}
    wanted = ["column_1", "column_3", "column_4", "column_6", "column_8"]
    scan = pl.scan_csv(path, has_header=False, skip_lines=1, schema=columns)
    return scan.select(wanted).collect(engine="streaming").height
"""
OURS = """
from pathlib import Path
from testing.calc.cycles import cycles
from testing.readers.detect import read_file
def work(path):
    frame = read_file(Path(path), name="bench").frame
    points = frame.select("test_time_second", "voltage_volt", "current_ampere", "step_count")
    del frame
    return len(cycles(points, lower_limit_v=1.45, upper_limit_v=2.95).cycles)
"""
FRAME = """
import json, resource, sys, time
{work}
begun = time.perf_counter()
found = work(sys.argv[1])
taken = time.perf_counter() - begun
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000 * 1.024
print(json.dumps({{"seconds": taken, "peak_mb": peak, "found": found}}))
"""


@dataclass(frozen=True)
class Run:
    """One process: how long its work took, and the most memory it held."""

    seconds: float
    peak_mb: float
    found: int


def run(work: str, path: Path) -> Run:
    done = subprocess.run(
        [sys.executable, "-c", FRAME.format(work=work), str(path)],
        cwd=temporary.ROOT, env={**os.environ, "PYTHONPATH": str(temporary.ROOT)},
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def told(what: str, value: float, unit: str, *, most: float) -> bool:
    holds = value <= most
    print(f"{what}: {value:.3g} {unit} (at most {most:g}){'' if holds else '  MISSED'}")
    return holds


def read_to_cycles(path: Path) -> list[bool]:
    """Compare reading, checking and integrating with a bare scan of the same columns."""
    pairs = [(run(BARE, path), run(OURS, path)) for _ in range(TIMES)]
    bare_s = median(bare.seconds for bare, _ in pairs)
    ours_s = median(ours.seconds for _, ours in pairs)
    ratio = median(ours.seconds / bare.seconds for bare, ours in pairs)
    print(f"bare scan {bare_s:.2f} s, read to {pairs[0][1].found} integrated cycles {ours_s:.2f} s")
    return [
        told("read to cycles over a bare scan", ratio, "times", most=LIMITS["read to cycles"]),
        told("its most memory", max(ours.peak_mb for _, ours in pairs), "MB", most=MOST_MEMORY_MB),
    ]


def whole_job(path: Path) -> list[bool]:
    """Compare the whole way of a file, its process and the database included, with a bare scan before each."""
    project = make_project()
    ada = make_person("ada", project=project)
    bench = make_bench(ada, project)
    blob = store_path(path)
    ratios = []
    for _ in range(TIMES):
        Submission.objects.all().delete() if not Dataset.objects.exists() else forget()
        file = Submission.objects.create(
            name="long.csv", blob=blob, project=project, sender=ada, test=bench.test
        )
        jobs.enqueue(KIND, file.pk, by=ada)
        bare = run(BARE, path)
        begun = perf_counter()
        # What follows a file (its metrics, say) is other work; it stands behind it in the queue.
        while not file.settled and jobs.work_one():
            file.refresh_from_db()
        ratios.append((perf_counter() - begun) / bare.seconds)
        if file.state != Submission.State.READ:
            raise SystemExit(f"The file was not read: {file.get_state_display()}: {file.reason}")
    dataset = Dataset.objects.get(current=True)
    cycles = list(Cycle.objects.filter(test=bench.test).order_by("cycle_number"))
    middle = cycles[len(cycles) // 2]

    def one_cycle() -> pl.DataFrame:
        return read_rows(dataset, first_row=middle.first_row, rows=middle.last_row - middle.first_row + 1)

    cycle_ms = temporary.milliseconds(one_cycle, times=50)
    return [
        told("whole job over a bare scan", median(ratios), "times", most=LIMITS["whole job"]),
        told("Parquet", dataset.blob.size_bytes / dataset.rows, "bytes a row", most=MOST_BYTES_PER_ROW),
        told(f"one cycle of {len(cycles)} read back", cycle_ms, "ms", most=MOST_CYCLE_MS),
    ]


def forget() -> None:
    """Take away what the run before has made, so that each is the first."""
    Cycle.objects.all().delete()
    for dataset in Dataset.objects.all():
        dataset.places.all().delete()
        dataset.delete()
    Submission.objects.all().delete()


def points_of(trace: Trace) -> pl.LazyFrame:
    """Return the points of a trace with the counters and cycle numbers that other programs want to be given."""
    frame = trace.frame().with_columns(hours=pl.col("test_time_second").diff().fill_null(0) / 3600)
    current = pl.col("current_ampere")
    repeat = pl.col("step_id").str.split("_").list.get(1).cast(pl.Int64)
    return frame.lazy().select(
        "test_time_second", "voltage_volt", "current_ampere",
        pl.col("step_count") + 1,
        cycle_count=repeat,
        charging_capacity_ah=(pl.col("hours") * pl.when(current > 0).then(current).otherwise(0)).cum_sum(),
        discharging_capacity_ah=(pl.col("hours") * pl.when(current < 0).then(-current).otherwise(0)).cum_sum(),
    )  # fmt: skip


def peers(cycles: int, folder: Path) -> list[bool]:
    """Measure other programs on a shorter test, each in the format that it reads; name those that cannot be."""
    folder.mkdir(parents=True, exist_ok=True)
    points = points_of(trace_of(cycles=cycles, points=POINTS_PER_HALF))
    print(f"Other programs, on {points.select(pl.len()).collect().item():,} rows and {cycles} cycles:")
    holds = []
    for peer in PEERS:
        result = measure_peer(peer, points, folder, lambda path: run(OURS, path).seconds)
        if result.reason:
            print(f"{peer.name}: not measured: {result.reason}")
            continue
        least = LEAST_FASTER if peer.name in ("cellpy", "navani") else 1.0
        holds.append(result.faster >= least)
        print(
            f"{peer.name} {result.version}: {peer.does} ({result.found} cycles) in {result.seconds:.2f} s, ours in "
            f"{result.ours_s:.2f} s: {result.faster:.1f} times faster (at least {least:g})"
            f"{'' if holds[-1] else '  MISSED'}"
        )
    return holds


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cycles", type=int, default=500)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--peer-cycles", type=int, default=50)
    parser.add_argument("--peers", type=Path, nargs="?", const=Path(temporary.FOLDER) / "peers")
    given = parser.parse_args()
    path = given.file or Path(temporary.FOLDER) / "1_long-Cycling 20260101 000000.csv"
    if given.file is None:
        rows = write_export(trace_of(cycles=given.cycles, points=POINTS_PER_HALF), path)
        print(
            f"{rows:,} rows, {given.cycles} cycles, {path.stat().st_size / 1e6:.0f} MB, {os.cpu_count()} cores"
        )
    holds = read_to_cycles(path)
    with temporary.database():
        holds += whole_job(path)
    if given.peers:
        holds += peers(given.peer_cycles, given.peers)
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
