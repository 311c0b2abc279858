"""What a running test has done so far, carried from one batch of points to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Below this a current is rest and ends no half cycle.
REST_MA = 1e-6
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True)
class Running:
    """Where a test stands after its last point.

    half_capacity_mah   Charge since the current last changed its sign, mAh, above 0 in either direction.
    """

    test_time_s: float | None = None
    current_ma: float | None = None
    half_capacity_mah: float = 0.0
    sign: int = 0


def go_on(state: Running, time_s: Sequence[float], current_ma: Sequence[float]) -> Running:
    """Return the state after these points; they follow each other and the state's own last one.

    Between two points of one sign the current is the mean of both; where the sign changes the interval belongs to
    the new point alone (DOMAIN A1). Time that goes back adds nothing.

    >>> go_on(Running(), [0.0, 3600.0, 3600.0], [0.1, 0.1, -0.1])
    Running(test_time_s=3600.0, current_ma=-0.1, half_capacity_mah=0.0, sign=-1)
    >>> round(go_on(Running(0.0, 0.1, 0.0, 1), [1800.0], [0.1]).half_capacity_mah, 6)
    0.05
    """
    last_s, last_ma, charge, sign = state.test_time_s, state.current_ma, state.half_capacity_mah, state.sign
    for now_s, now_ma in zip(time_s, current_ma, strict=True):
        now_sign = 0 if abs(now_ma) <= REST_MA else (1 if now_ma > 0 else -1)
        elapsed = 0.0 if last_s is None else max(0.0, now_s - last_s)
        if now_sign and now_sign != sign:
            charge, sign = 0.0, now_sign
            mean_ma = abs(now_ma)
        else:
            mean_ma = abs(now_ma) if last_ma is None else abs(now_ma + last_ma) / 2
        charge += mean_ma * elapsed / SECONDS_PER_HOUR
        last_s, last_ma = now_s, now_ma
    return Running(last_s, last_ma, charge, sign)


def from_end(time_s: NDArray[np.float64], current_ma: NDArray[np.float64]) -> Running:
    """Return where a table ends: as `go_on` from its beginning would, looking at its last half cycle alone.

    Raises ValueError for a table without rows.

    >>> from_end(np.array([0.0, 3600.0, 7200.0]), np.array([0.1, -0.1, -0.1])).half_capacity_mah
    0.2
    """
    if not time_s.size:
        raise ValueError("A table without rows has no end.")
    signs = np.where(np.abs(current_ma) <= REST_MA, 0, np.sign(current_ma)).astype(int)
    flowing = np.flatnonzero(signs)
    if not flowing.size:
        return Running(float(time_s[-1]), float(current_ma[-1]))
    sign = int(signs[flowing[-1]])
    other = np.flatnonzero(signs == -sign)
    # One row before the half cycle, so that its first interval is known.
    first = int(other[-1]) if other.size else 0
    before = Running(float(time_s[first]), float(current_ma[first]), 0.0, int(signs[first]))
    return go_on(before, time_s[first + 1 :].tolist(), current_ma[first + 1 :].tolist())
