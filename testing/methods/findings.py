"""What a quality check finds, and what every check begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from testing.calc.cycles import CycleSummary
from testing.methods.base import Inputs


@dataclass(frozen=True)
class Finding:
    """What a check found: one value beside its threshold, in a sentence; of one cycle where it is of one."""

    value: float
    sentence: str
    cycle_number: int | None = None


def cycles_of(inputs: Inputs) -> Sequence[CycleSummary]:
    """Return the cycles of the one test, or raise ValueError where it has none."""
    found = inputs.test.cycles
    if not found:
        raise ValueError("the test has no cycle.")
    return found
