"""What a log says of a stretch of time: the least, the mean and the most of its points within it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Span:
    """A stretch of time in s, both ends included."""

    start_s: float
    end_s: float


@dataclass(frozen=True)
class Logged:
    """What the points of a log within a span are; the mean is over points, not over time."""

    minimum: float
    mean: float
    maximum: float
    points: int


def over_spans(clock_s: Floats, values: Floats, spans: Sequence[Span]) -> list[Logged | None]:
    """Return what was logged in each span, or None for a span that no point lies in; nothing is interpolated.

    clock_s, values   Shape (n,), in any order; a point without a time or a value counts nowhere.

    >>> over_spans(np.array([0.0, 60.0, 120.0]), np.array([60.0, 61.0, 80.0]), [Span(0, 60), Span(200, 300)])
    [Logged(minimum=60.0, mean=60.5, maximum=61.0, points=2), None]
    """
    known = np.isfinite(clock_s) & np.isfinite(values)
    order = np.argsort(clock_s[known], kind="stable")
    times, logged = clock_s[known][order], values[known][order]
    firsts = np.searchsorted(times, [span.start_s for span in spans], side="left")
    lasts = np.searchsorted(times, [span.end_s for span in spans], side="right")
    found: list[Logged | None] = []
    for first, last in zip(firsts, lasts, strict=True):
        within = logged[first:last]
        if len(within):
            found.append(Logged(float(within.min()), float(within.mean()), float(within.max()), len(within)))
        else:
            found.append(None)
    return found
