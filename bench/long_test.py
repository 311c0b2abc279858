"""A long test as a Squidstat exports it: 500 cycles, 3.6 million rows, six digits, written in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from testing.demo.simulator import Trace, simulate_long_term

CONDITION = "Nb2O5-coated, 4.5 V"
PIECE_ROWS = 50_000
HEADER = (
    '"Step number","Step name","Elapsed Time (s)","Working Electrode (V)","Working Electrode vs. NHE (V)",'
    '"Current (mA)","Current Density (mA/cm²)","Cumulative Charge (mAh)","Counter Electrode (V)"\r\n'
)


def trace_of(*, cycles: int, points: int) -> Trace:
    """Return a simulated long-term test with so many points in each half cycle."""
    return simulate_long_term(CONDITION, cycles=cycles, points=points)


def write_export(trace: Trace, path: Path) -> int:
    """Write ``trace`` as version 2.11 does and return its rows."""
    with path.open("wb") as out:
        out.write(HEADER.encode("cp1252"))
        for piece in pieces(trace):
            out.write(piece)
    return len(trace.time_s)


def pieces(trace: Trace) -> Iterator[bytes]:
    """Yield the lines of an export, some ten thousand at once."""
    current_ma = trace.current_a * 1000
    passed = np.diff(trace.time_s) * (current_ma[1:] + current_ma[:-1]) / 2
    charge_mah = np.cumsum(np.concatenate([[current_ma[0] * trace.time_s[0]], passed])) / 3600
    density = current_ma / trace.area_cm2
    for first in range(0, len(trace.time_s), PIECE_ROWS):
        rows = slice(first, first + PIECE_ROWS)
        columns = (trace.time_s, trace.voltage_v, trace.voltage_v, current_ma, density, charge_mah)
        numbers = zip(*(column[rows].tolist() for column in columns), strict=True)
        lines = (
            f"{number},{name},{t:.6g},{v:.6g},{w:.6g},{i:.6g},{j:.6g},{q:.6g},0\n"
            for number, name, (t, v, w, i, j, q) in zip(
                trace.step_number[rows], trace.step_name[rows], numbers, strict=True
            )
        )
        yield "".join(lines).encode("cp1252")
