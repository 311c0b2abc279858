"""What several methods need: the instrument in the words of calc, variants that tell rates apart, rows cut by sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from testing.calc.cycles import CycleSummary
from testing.calc.meters import Meter as CalcMeter
from testing.calc.polarisation import Curve, constant_current
from testing.calc.rate_capability import rate_label
from testing.calc.rate_steps import RateStep, rate_steps
from testing.methods.base import Measured, Meter, Rows

ROW_COLUMNS = ("test_time_second", "voltage_volt", "current_ampere")


def calc_meter(meter: Meter) -> CalcMeter:
    """Return the instrument as ``testing.calc`` takes it."""
    return CalcMeter(
        offset_ma=meter.current_offset_ma,
        gain=meter.current_gain_fraction,
        time_digits=meter.time_digits,
        current_digits=meter.current_digits,
    )


def known_to(meter: Meter, uncertainty: float | None) -> float | None:
    """Return an uncertainty where the instrument's zero is known; digits alone would pretend too much."""
    return None if meter.current_offset_ma is None else uncertainty


def phase_of(cycle: CycleSummary, test: Measured) -> str:
    """Return what a cycle was for: its own phase where the protocol tells it, else that of its test."""
    return cycle.phase or test.phase


def has_phase(test: Measured, *phases: str) -> bool:
    """Say whether a test is, or holds cycles, of one of these phases."""
    return test.phase in phases or any(cycle.phase in phases for cycle in test.cycles)


def cycles_of(test: Measured, phase: str) -> list[CycleSummary]:
    """Return the cycles of a test that belong to a phase."""
    return [cycle for cycle in test.cycles if phase_of(cycle, test) == phase]


@dataclass(frozen=True)
class NamedStep:
    """A stretch of cycles at one rate and what tells it from the others: "C/10", "1C", "C/10 again"."""

    variant: str
    step: RateStep

    @property
    def last_whole(self) -> CycleSummary | None:
        """The last complete cycle at the rate, which speaks for it."""
        whole = [cycle for cycle in self.step.cycles if cycle.complete]
        return whole[-1] if whole else None


def named_steps(test: Measured, cycles: Sequence[CycleSummary] | None = None) -> list[NamedStep]:
    """Return the rate steps of a test, each with a name of its own; the only one needs none."""
    steps = rate_steps(test.cycles if cycles is None else cycles)
    if len(steps) == 1:
        return [NamedStep("", steps[0])]
    return [
        NamedStep(variant, step)
        for variant, step in zip(variants([_label(step, test) for step in steps]), steps, strict=True)
    ]


def _label(step: RateStep, test: Measured) -> str:
    if not test.one_c_current_ma:
        return f"{step.discharge_ma:.4g} mA"
    return rate_label(step.discharge_ma / test.one_c_current_ma)


def variants(labels: Sequence[str]) -> list[str]:
    """Return labels that differ: one that comes back is "again", later ones are counted.

    >>> variants(["C/10", "1C", "C/10", "C/10"])
    ['C/10', '1C', 'C/10 again', 'C/10 again, 3rd time']
    """
    seen: dict[str, int] = {}
    found = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        count = seen[label]
        again = (
            ""
            if count == 1
            else " again"
            if count == 2
            else f" again, {count}{'rd' if count == 3 else 'th'} time"
        )
        found.append(label + again)
    return found


def half_curves(rows: Rows, cycle: CycleSummary) -> tuple[Curve, Curve]:
    """Return the constant-current parts of a cycle's charge and discharge.

    Raises ValueError if the cycle lacks one of them.
    """
    frame = rows.of_cycle(cycle, *ROW_COLUMNS)
    time, voltage, current = (frame[name].to_numpy() for name in ROW_COLUMNS)
    charge, discharge = current > 0, current < 0
    if not charge.any() or not discharge.any():
        raise ValueError(f"cycle {cycle.cycle_number} lacks a charge or a discharge")
    return (
        constant_current(time[charge], voltage[charge], current[charge]),
        constant_current(time[discharge], voltage[discharge], current[discharge]),
    )


def columns(test: Measured) -> Iterator[np.ndarray]:
    """Return time in s, voltage in V and current in A of every row; raises ValueError before a file was read."""
    if test.rows is None:
        raise ValueError("the test has no data yet.")
    frame = test.rows.columns(*ROW_COLUMNS)
    return (frame[name].to_numpy() for name in ROW_COLUMNS)
