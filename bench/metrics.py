"""How long the numbers of a large test take, and whether many cells take as much longer as there are more of them.

    .venv/bin/python bench/metrics.py

Part 1: 500 cycles of 3.6 million rows in memory, on one core: finding cycles and phases, then every method and check.
Part 2: 50, 100, 200 and 400 cells recomputed as after a change of method; the slope of time over cells, and how far
the points lie off a straight line.
"""

from __future__ import annotations

import os

os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import polars as pl

from testing import methods
from testing.calc.cycles import cycles
from testing.calc.phases import with_phases
from testing.methods import quality
from testing.methods.base import Basis, FrameRows, Inputs, Known, Measured, run

CYCLES, POINTS = 500, 3600
LIMITS_V = (1.45, 3.15)


def points(cycle_count: int, per_half: int) -> pl.DataFrame:
    """A 1C test: each half cycle an hour, its capacity falling by 0.6 % over the test."""
    halves = 2 * cycle_count
    sign = np.repeat(np.tile([1.0, -1.0], cycle_count), per_half)
    share = np.tile(np.linspace(0, 1, per_half), halves)
    hour = 3600 * (1 - 0.006 * np.repeat(np.arange(halves), per_half) / halves)
    step_s = np.tile(np.r_[0.001, np.full(per_half - 1, 1 / (per_half - 1))], halves) * hour
    low, high = LIMITS_V
    rising = low + (high - low) * (0.5 + 0.5 * np.sin(np.pi * (share - 0.5)))
    noise = np.random.default_rng(1).normal(0, 2e-4, len(share)) * (share > 0.01) * (share < 0.99)
    return pl.DataFrame(
        {
            "test_time_second": np.cumsum(step_s),
            "voltage_volt": np.where(sign > 0, rising, low + high - rising) + noise,
            "current_ampere": sign * 1.0539e-3,
            "step_count": np.repeat(np.arange(halves), per_half),
        }
    )


def numbers_of(frame: pl.DataFrame) -> dict[str, float]:
    """Return how long each part of a test's numbers takes, in s."""
    took: dict[str, float] = {}
    begun = time.perf_counter()
    found = cycles(frame, lower_limit_v=LIMITS_V[0], upper_limit_v=LIMITS_V[1])
    phased = with_phases(found.cycles, phase="long_term", one_c_current_ma=1.0539)
    took["cycles and phases"] = time.perf_counter() - begun
    test = Measured(
        "TEST-0001", 1, "long_term", ended=True, cycles=phased.cycles, rows=FrameRows(frame),
        one_c_current_ma=1.0539, lower_limit_v=LIMITS_V[0], upper_limit_v=LIMITS_V[1],
    )  # fmt: skip
    known = {
        "area_cm2": Known(0.2827),
        "capacity_mah": Known(1.0565),
        "positive_active_mass_mg": Known(5.1545),
    }
    inputs = Inputs("CELL-0001", (test,), Basis(1, **known))
    for method in methods.newest().values():
        begun = time.perf_counter()
        if method.applies(inputs):
            run(method, inputs, method.defaults())
        took[method.name] = time.perf_counter() - begun
    begun = time.perf_counter()
    quality.look(inputs, {})
    took["checks"] = time.perf_counter() - begun
    return took


def linear(counts: tuple[int, ...], frame: pl.DataFrame) -> tuple[float, float]:
    """Return the slope in ms a cell, and the largest distance of a point from the line as a fraction."""
    times = []
    for count in counts:
        begun = time.perf_counter()
        for _ in range(count):
            numbers_of(frame)
        times.append(time.perf_counter() - begun)
    slope, start = np.polyfit(counts, times, 1)
    off = max(abs(t / (slope * n + start) - 1) for n, t in zip(counts, times, strict=True))
    return 1000 * float(slope), float(off)


def main() -> None:
    frame = points(CYCLES, POINTS)
    took = numbers_of(frame)
    print(f"1. {frame.height:,} rows, {CYCLES} cycles, one core")
    for name, seconds in sorted(took.items(), key=lambda item: -item[1]):
        print(f"   {name:32s} {1000 * seconds:8.1f} ms")
    print(
        f"   {'together':32s} {1000 * sum(took.values()):8.1f} ms; ratio to 1.5 s: {sum(took.values()) / 1.5:.2f}"
    )
    counts = (50, 100, 200, 400)
    slope, off = linear(counts, points(24, 300))
    print(
        f"2. {counts} cells of 24 cycles: {slope:.1f} ms a cell; off a straight line by at most {100 * off:.0f} %"
    )


if __name__ == "__main__":
    main()
