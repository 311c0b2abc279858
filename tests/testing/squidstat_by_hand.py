"""Squidstat exports typed from the facts of the format, so that the lab's own writer is never its own judge.

Each half cycle is a straight line of voltage at constant current with a row every 360 s, so a capacity is
current times time and can be worked out in the head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Dialect = Literal["2.11", "later"]

HEADER_2_11 = (
    '"Step number","Step name","Elapsed Time (s)","Working Electrode (V)","Working Electrode vs. NHE (V)",'
    '"Current (mA)","Current Density (mA/cm²)","Cumulative Charge (mAh)","Counter Electrode (V)"'
)
HEADER_LATER = (
    '"Step number","Repeats","Step name","Elapsed Time (s)","UTC Time (s)","Working Electrode (V)",'
    '"Working Electrode vs. NHE (V)","Current (A)","Current Density (A/m^2)","Cumulative Charge (mAh)",'
    '"Counter Electrode (V)"'
)
ROW_EVERY_S = 360.0
UPPER_V, LOWER_V = 2.75, 1.45


@dataclass(frozen=True)
class Half:
    """A stretch of constant current in mA (charge above 0) for some hours, from one voltage to another."""

    current_ma: float
    hours: float
    from_v: float = LOWER_V
    to_v: float = UPPER_V


def charge(hours: float, *, to_v: float = UPPER_V) -> Half:
    """Charge at 0.1 mA."""
    return Half(0.1, hours, LOWER_V, to_v)


def discharge(hours: float, *, to_v: float = LOWER_V) -> Half:
    """Discharge at 0.1 mA."""
    return Half(-0.1, hours, UPPER_V, to_v)


def rest(hours: float) -> Half:
    return Half(0.0, hours, LOWER_V, LOWER_V)


@dataclass(frozen=True)
class _Row:
    step: int
    time_s: float
    voltage_v: float
    current_ma: float
    charge_mah: float


def _rows(halves: Sequence[Half], start_s: float) -> list[_Row]:
    rows: list[_Row] = []
    time_s, charge_mah = start_s, 0.0
    for step, half in enumerate(halves, start=1):
        points = round(half.hours * 3600 / ROW_EVERY_S)
        # The first row of a step repeats the last moment of the one before it, with the new current.
        for point in range(points + 1):
            share = point / points
            rows.append(
                _Row(
                    step,
                    time_s + point * ROW_EVERY_S,
                    half.from_v + share * (half.to_v - half.from_v),
                    half.current_ma,
                    charge_mah + half.current_ma * point * ROW_EVERY_S / 3600,
                )
            )
        time_s += points * ROW_EVERY_S
        charge_mah += half.current_ma * half.hours
    return rows


def squidstat(halves: Sequence[Half], *, dialect: Dialect = "2.11", start_s: float = 0.0) -> bytes:
    """Return the bytes of an export; ``start_s`` is when this element began, counted from the experiment's start."""
    rows = _rows(halves, start_s)
    if dialect == "2.11":
        lines = [
            f"{r.step}_1,Constant Current,{r.time_s:.6g},{r.voltage_v:.6g},{r.voltage_v:.6g},{r.current_ma:.6g},"
            f"0,{r.charge_mah:.6g},0"
            for r in rows
        ]
        return (
            HEADER_2_11.encode("cp1252") + b"\r\n" + "".join(f"{line}\n" for line in lines).encode("cp1252")
        )
    lines = [
        f"{r.step},1,Constant Current,{r.time_s!r},{1_710_000_000 + r.time_s!r},{r.voltage_v!r},{r.voltage_v!r},"
        f"{r.current_ma / 1000!r},0,{r.charge_mah!r},0"
        for r in rows
    ]
    return HEADER_LATER.encode() + b"\n" + "".join(f"{line}\n" for line in lines).encode()
