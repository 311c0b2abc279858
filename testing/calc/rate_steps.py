"""The stretches of a test at one current, and which cycle of each came first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from testing.calc.cycles import CycleSummary

# Two currents are the same rate within this share; C/10 of a scaled 1C may be rounded to three digits.
SAME_CURRENT = 0.03


@dataclass(frozen=True)
class RateStep:
    """Consecutive cycles at one current; ``charge_ma`` and ``discharge_ma`` are their medians."""

    charge_ma: float | None
    discharge_ma: float
    cycles: tuple[CycleSummary, ...]


def same_current(one_ma: float | None, other_ma: float | None) -> bool:
    """Say whether two currents are the same rate: within 3 %.

    >>> same_current(0.0848, 0.0850), same_current(0.0848, 0.0951), same_current(None, 0.1)
    (True, False, False)
    """
    if one_ma is None or other_ma is None:
        return False
    return abs(one_ma - other_ma) <= SAME_CURRENT * max(one_ma, other_ma)


def rate_steps(cycles: Sequence[CycleSummary]) -> tuple[RateStep, ...]:
    """Group consecutive cycles by their currents; a cycle without a discharge belongs to none.

    >>> rate_steps([])
    ()
    """
    groups: list[list[CycleSummary]] = []
    for cycle in cycles:
        if cycle.discharge_current_ma is None:
            continue
        before = groups[-1][0] if groups else None
        same = before is not None and same_current(before.discharge_current_ma, cycle.discharge_current_ma)
        if same and before is not None and cycle.charge_current_ma and before.charge_current_ma:
            same = same_current(before.charge_current_ma, cycle.charge_current_ma)
        if same:
            groups[-1].append(cycle)
        else:
            groups.append([cycle])
    return tuple(
        RateStep(
            charge_ma=_median([one.charge_current_ma for one in group]),
            discharge_ma=_median([one.discharge_current_ma for one in group]) or 0.0,
            cycles=tuple(group),
        )
        for group in groups
    )


def first_at_rate(cycles: Sequence[CycleSummary]) -> frozenset[int]:
    """Return the numbers of the cycles that are the first after a change of current, the very first included.

    The first charge after a change starts where the rate before left it, so its efficiency is not its own.
    """
    return frozenset(step.cycles[0].cycle_number for step in rate_steps(cycles))


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None
