"""What can be said about groups of cells: mean, spread, and whether two of them differ."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import special

METHOD = "welch_two_sided"
VERSION = "1"

SMALLEST_GROUP = 3
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Summary:
    """A group in four numbers; sd is the sample standard deviation (n - 1).

    sd and the confidence limits of the mean (95 %, Student's t) are None below two values.
    """

    n: int
    mean: float
    sd: float | None
    ci95_low: float | None
    ci95_high: float | None


@dataclass(frozen=True)
class WelchResult:
    """The difference of two means (first minus second) in the values' own unit, with its 95 % limits."""

    difference: float
    ci95_low: float
    ci95_high: float
    t: float
    degrees_of_freedom: float
    p_value: float
    method: str = METHOD
    method_version: str = VERSION


def describe(values: Sequence[float]) -> Summary:
    """Return mean, sample standard deviation and 95 % confidence limits of the mean.

    Raises ValueError if there is no value or one is not finite.

    >>> summary = describe([0.911, 0.916, 0.921])
    >>> summary.n, round(summary.mean, 4), round(summary.sd, 4), round(summary.ci95_low, 4)
    (3, 0.916, 0.005, 0.9036)
    """
    n = len(values)
    if n == 0:
        raise ValueError("A group without values has no mean.")
    if not all(math.isfinite(value) for value in values):
        raise ValueError(f"One of {n} values is not a finite number.")
    mean = math.fsum(values) / n
    if n < 2:
        return Summary(n, mean, None, None, None)
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    half_width = _student_factor(n - 1) * sd / math.sqrt(n)
    return Summary(n, mean, sd, mean - half_width, mean + half_width)


def welch(first: Sequence[float], second: Sequence[float]) -> WelchResult:
    """Return Welch's two-sided t test of two groups whose variances may differ.

    Values are one per replicate; what a replicate is (cell, mix, ALD run) is the caller's to state.
    Raises ValueError below three values a group or if neither group varies.
    Welch, Biometrika 34, 28 (1947), doi 10.1093/biomet/34.1-2.28; docs/science/group-statistics.md.

    >>> result = welch([91.1, 91.6, 92.1], [82.2, 82.8, 83.4])
    >>> round(result.t, 1), round(result.degrees_of_freedom, 1), round(result.ci95_low, 1)
    (19.5, 3.9, 7.5)
    """
    one, two = describe(first), describe(second)
    if min(one.n, two.n) < SMALLEST_GROUP:
        raise ValueError(f"No test below {SMALLEST_GROUP} values a group: there are {one.n} and {two.n}.")
    if one.sd is None or two.sd is None or one.sd == two.sd == 0:
        raise ValueError("No test of two groups that do not vary at all: t would be infinite.")
    first_part, second_part = one.sd**2 / one.n, two.sd**2 / two.n
    error = math.sqrt(first_part + second_part)
    freedom = (first_part + second_part) ** 2 / (first_part**2 / (one.n - 1) + second_part**2 / (two.n - 1))
    difference = one.mean - two.mean
    t = difference / error
    half_width = _student_factor(freedom) * error
    p_value = 2 * float(special.stdtr(freedom, -abs(t)))
    return WelchResult(difference, difference - half_width, difference + half_width, t, freedom, p_value)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return p values adjusted for having asked several questions at once, in the order given.

    Holm, Scand. J. Statist. 6, 65 (1979). Raises ValueError for what is no probability.

    >>> [round(value, 6) for value in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    for value in p_values:
        if not 0 <= value <= 1:
            raise ValueError(f"{value:g} is not a probability.")
    adjusted = [0.0] * len(p_values)
    so_far = 0.0
    for rank, position in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        # A larger p may not come out below a smaller one, and no probability exceeds 1.
        so_far = max(so_far, min(1.0, (len(p_values) - rank) * p_values[position]))
        adjusted[position] = so_far
    return tuple(adjusted)


def _student_factor(degrees_of_freedom: float) -> float:
    """Return t such that a share of 95 % lies within plus and minus t."""
    return float(special.stdtrit(degrees_of_freedom, (1 + CONFIDENCE) / 2))
