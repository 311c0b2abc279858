"""Other people's programs, each in an environment of its own, doing what comes nearest to ours: a summary per cycle.

Each reads the same points in a format that it knows. None is imported here: a peer is a line for pip and a few
lines of Python that its own environment runs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import polars as pl

TIMES = 3
MOST_S = 900
LAST_LINES = 200

TIMED = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
{imports}
begun = time.perf_counter()
found = work(sys.argv[1])
print(json.dumps({{"seconds": time.perf_counter() - begun, "found": int(found)}}))
"""


@dataclass(frozen=True)
class Peer:
    """One program.

    package   What pip installs.
    does      What is timed, in words.
    program   Defines ``work(path)``, which returns how many cycles or rows it found.
    file      Its own file's ending, and which columns of the points it wants under which names.
    """

    name: str
    package: str
    does: str
    program: str
    ending: str
    columns: Callable[[pl.LazyFrame], pl.LazyFrame]


def bdf(points: pl.LazyFrame) -> pl.LazyFrame:
    return points.select(
        pl.col("test_time_second").alias("Test Time / s"),
        pl.col("voltage_volt").alias("Voltage / V"),
        pl.col("current_ampere").alias("Current / A"),
        pl.col("cycle_count").alias("Cycle Count / 1"),
        pl.col("step_count").alias("Step Count / 1"),
        pl.col("charging_capacity_ah").alias("Charging Capacity / Ah"),
        pl.col("discharging_capacity_ah").alias("Discharging Capacity / Ah"),
    )


def machine_names(points: pl.LazyFrame) -> pl.LazyFrame:
    return points.select(
        "test_time_second", "voltage_volt", "current_ampere", "cycle_count", "step_count",
        "charging_capacity_ah", "discharging_capacity_ah",
    )  # fmt: skip


def batmo(points: pl.LazyFrame) -> pl.LazyFrame:
    charging = pl.col("current_ampere") > 0
    return points.select(
        (pl.col("test_time_second") / 3600).alias("Test Time / h"),
        pl.col("voltage_volt").alias("Voltage / V"),
        pl.col("current_ampere").alias("Current / A"),
        pl.col("step_count").alias("Step Index / 1"),
        pl.col("cycle_count").alias("Cycle Count / 1"),
        pl.when(charging).then(pl.lit("charge")).otherwise(pl.lit("discharge")).alias("Step Type / 1"),
        pl.col("charging_capacity_ah").alias("Charge Capacity / Ah"),
        pl.col("discharging_capacity_ah").alias("Discharge Capacity / Ah"),
    )


def neware(points: pl.LazyFrame) -> pl.LazyFrame:
    when = pl.datetime(2026, 1, 1) + pl.duration(
        milliseconds=(pl.col("test_time_second") * 1000).cast(pl.Int64)
    )
    return points.select(
        when.dt.to_string("%Y-%m-%d  %H:%M:%S%.3f").alias("Date"),
        # It counts cycles by the steps that return.
        ((pl.col("step_count") - 1) % 2 + 1).alias("Step Index"),
        pl.col("current_ampere").alias("Current(A)"),
        pl.col("voltage_volt").alias("Voltage(V)"),
        pl.col("charging_capacity_ah").alias("Chg. Cap.(Ah)"),
        pl.col("discharging_capacity_ah").alias("DChg. Cap.(Ah)"),
    )


PEERS = (
    Peer(
        "navani", "navani", "a BDF CSV to its cycle summary",
        "from navani.echem import cycle_summary, echem_file_loader\n"
        "def work(path):\n    return len(cycle_summary(echem_file_loader(path)))",
        ".bdf.csv", bdf,
    ),
    Peer(
        "cellpy", "cellpy", "a BDF-like CSV to its summary",
        "import logging, cellpy\nlogging.disable(logging.CRITICAL)\n"
        "def work(path):\n"
        "    return len(cellpy.get(path, instrument='batmo_bdf', mass=1.0, testing=True).data.summary)",
        ".csv", batmo,
    ),
    Peer(
        "PyProBE", "PyProBE-Data", "a Neware CSV to its summary",
        "import pyprobe\nfrom pyprobe.analysis import cycling\n"
        "def work(path):\n"
        "    cell = pyprobe.Cell(info={'Name': 'bench'})\n"
        "    cell.import_from_cycler(procedure_name='all', cycler='neware', input_data_path=path,\n"
        "                            output_data_path=path + '.parquet', overwrite_existing=True)\n"
        "    return cycling.summary(cell.procedure['all']).data.height",
        ".csv", neware,
    ),
    Peer(
        "ionworksdata", "ionworksdata", "a BDF CSV to its cycles",
        "import ionworksdata\nfrom ionworksdata.cycle_metrics import get_cycle_metrics\n"
        "def work(path):\n"
        "    points, steps = ionworksdata.read.time_series_and_steps(path, 'bdf')\n"
        "    return len(get_cycle_metrics(steps))",
        ".bdf.csv", machine_names,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """What came of a peer: its time, or the reason why there is none."""

    version: str = ""
    seconds: float = 0.0
    ours_s: float = 0.0
    faster: float = 0.0
    found: int = 0
    reason: str = ""


def measure_peer(peer: Peer, points: pl.LazyFrame, folder: Path, ours: Callable[[Path], float]) -> Result:
    """Install a peer if it is not there, and time it and ours on its own file in turn."""
    python = folder / peer.package / "bin" / "python"
    if not python.exists():
        reason = _install(peer, folder / peer.package)
        if reason:
            return Result(reason=reason)
    path = folder / f"{peer.name}{peer.ending}"
    peer.columns(points).sink_csv(path)
    bdf_path = folder / "ours.bdf.csv"
    bdf(points).sink_csv(bdf_path)
    ratios, times, mine, found = [], [], [], 0
    program = TIMED.format(imports=peer.program)
    for _ in range(TIMES):
        try:
            done = subprocess.run(
                [python, "-c", program, path],
                capture_output=True,
                text=True,
                timeout=MOST_S,
                check=False,
                cwd=folder,
            )
        except subprocess.TimeoutExpired:
            return Result(reason=f"it took longer than {MOST_S} s")
        if done.returncode:
            return Result(reason=_last_words(done.stderr))
        told = json.loads(done.stdout.splitlines()[-1])
        times.append(told["seconds"])
        mine.append(ours(bdf_path))
        ratios.append(times[-1] / mine[-1])
        found = told["found"]
    return Result(_version(python, peer), median(times), median(mine), median(ratios), found)


def _install(peer: Peer, folder: Path) -> str:
    """Make an environment with the peer in it; return why it cannot be had, or nothing."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    done = subprocess.run(
        [folder / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", peer.package],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return f"pip cannot install it here: {_last_words(done.stderr)}" if done.returncode else ""


def _version(python: Path, peer: Peer) -> str:
    ask = f"from importlib.metadata import version; print(version({peer.package!r}))"
    return subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()


def _last_words(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1][:LAST_LINES] if lines else "it said nothing"
