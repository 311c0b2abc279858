"""Critical current: the steps of rising current that a cell stands, and the one at which it shorts."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

METHOD = "critical_current"
VERSION = "1"

# A short shows as a fall of the cell's resistance, in one step or from step to step.
LARGEST_FALL = 0.2
SETTLED_SHARE = 0.1


@dataclass(frozen=True)
class CurrentLevel:
    """One half step: a constant current density and the area resistance that its voltage means.

    first, smallest and last are abs(V / j) in ohm cm2: after the first tenth of the step, at its lowest, at its end.
    """

    density_ma_cm2: float
    direction: int
    duration_s: float
    first_ohm_cm2: float
    smallest_ohm_cm2: float
    last_ohm_cm2: float


@dataclass(frozen=True)
class CriticalCurrent:
    """The highest current density that both directions passed, and the one that did not.

    reached_ma_cm2  None if no density was passed. shorted_at_ma_cm2 is None if none of them shorted: the critical
                    current is then above ``reached_ma_cm2``.
    """

    reached_ma_cm2: float | None
    shorted_at_ma_cm2: float | None
    fall: float | None
    levels: tuple[CurrentLevel, ...]
    largest_fall: float
    method: str = METHOD
    method_version: str = VERSION


def current_levels(
    time_s: npt.ArrayLike, voltage_v: npt.ArrayLike, current_ma: npt.ArrayLike, *, area_cm2: float
) -> tuple[CurrentLevel, ...]:
    """Return the stretches of constant current of a record, in order; arrays of shape (n,).

    Raises ValueError if no current flows.
    """
    time, voltage, current = (np.asarray(v, dtype=np.float64) for v in (time_s, voltage_v, current_ma))
    largest = float(np.abs(current).max()) if len(current) else 0.0
    if largest == 0:
        raise ValueError("Critical current not computed: no current flows in this record.")
    changes = np.abs(np.diff(current)) > 0.02 * np.maximum(np.abs(current[1:]), 0.01 * largest)
    bounds = [0, *(int(row) + 1 for row in np.flatnonzero(changes)), len(current)]
    found: list[CurrentLevel] = []
    for start, stop in pairwise(bounds):
        level = float(np.median(current[start:stop]))
        if stop - start < 5 or abs(level) < 0.01 * largest:
            continue
        density = level / area_cm2
        resistance = np.abs(voltage[start:stop] / density) * 1000
        settled = max(1, int(SETTLED_SHARE * (stop - start)))
        found.append(
            CurrentLevel(
                density_ma_cm2=abs(density),
                direction=1 if level > 0 else -1,
                duration_s=float(time[stop - 1] - time[start]),
                first_ohm_cm2=float(np.median(resistance[settled : 2 * settled + 1])),
                smallest_ohm_cm2=float(resistance[settled:].min()),
                last_ohm_cm2=float(np.median(resistance[-max(1, settled) :])),
            )
        )
    return tuple(found)


def critical_current(
    levels: Sequence[CurrentLevel], *, largest_fall: float = LARGEST_FALL
) -> CriticalCurrent:
    """Return the highest current density that a symmetric cell stood in both directions.

    levels        See ``current_levels``, of a test in which the current rises from step to step.
    largest_fall  The resistance may fall by this share within a step, and from the step before to this one;
                  beyond it lithium has gone through. A falling voltage at constant current is the only sign a
                  short gives that does not depend on its size.

    Raises ValueError without two levels. Method "critical_current", version "1": docs/science/critical-current.md.

    >>> steps = [CurrentLevel(j, d, 3600, r, r, r) for j, r in ((0.1, 80), (0.2, 79), (0.4, 30)) for d in (1, -1)]
    >>> found = critical_current(steps)
    >>> found.reached_ma_cm2, found.shorted_at_ma_cm2
    (0.2, 0.4)
    """
    if len(levels) < 2:
        raise ValueError(f"Critical current not computed: {len(levels)} steps of current are too few.")
    reached: float | None = None
    before: CurrentLevel | None = None
    passed: set[tuple[float, int]] = set()
    for level in levels:
        known = [level.first_ohm_cm2] + ([before.last_ohm_cm2] if before else [])
        fall = 1 - min(level.smallest_ohm_cm2, level.last_ohm_cm2) / max(known)
        if fall > largest_fall:
            return CriticalCurrent(reached, level.density_ma_cm2, fall, tuple(levels), largest_fall)
        density = round(level.density_ma_cm2, 6)
        passed.add((density, level.direction))
        if (density, -level.direction) in passed and (reached is None or density > reached):
            reached = density
        before = level
    return CriticalCurrent(reached, None, None, tuple(levels), largest_fall)
