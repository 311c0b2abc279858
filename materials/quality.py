"""What is known of a powder by measuring it, held against what its material must keep to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models

from lims.names import named
from lims.numbers import exact, rounded
from materials.models import MaterialLimit, Powder, QualityResult, Quantity

# The quantity and, of a mass fraction, its element.
Measured = tuple[str, str]


class Verdict(models.TextChoices):
    """What a limit says of a result."""

    INSIDE = "inside", "inside its limit"
    OUTSIDE = "outside", "outside its limit"
    UNDECIDED = "undecided", "cannot be told"
    UNLIMITED = "unlimited", "no limit"


@dataclass(frozen=True)
class Judged:
    """A result and what the limit says of it."""

    result: QualityResult
    limit: MaterialLimit | None
    verdict: Verdict
    hint: str = ""

    @property
    def sentence(self) -> str:
        limit = f" ({limit_text(self.limit)})" if self.limit else ""
        return f"{measured_text(self.result)} {value_text(self.result)}: {self.verdict.label}{limit}"


def latest_results(powder: Powder) -> dict[Measured, QualityResult]:
    """Return the newest result of each quantity that no later one has replaced."""
    newest: dict[Measured, QualityResult] = {}
    standing = QualityResult.objects.filter(powder=powder, replaced_by=None)
    for result in standing.select_related("instrument__identity").order_by("measured_at", "pk"):
        newest[(result.quantity, result.element)] = result
    return newest


def limits_of(powder: Powder) -> dict[Measured, MaterialLimit]:
    """Return what a powder's results must keep to: the limits of its material; a composite has none."""
    if powder.material_id is None:
        return {}
    limits = MaterialLimit.objects.filter(material=powder.material_id)
    return {(limit.quantity, limit.element): limit for limit in limits}


def judged(powder: Powder, results: Iterable[QualityResult]) -> list[Judged]:
    """Return these results of ``powder`` with what the limits say of each."""
    limits = limits_of(powder)
    return [judge(result, limits.get((result.quantity, result.element))) for result in results]


def outside_limits(powder: Powder) -> list[Judged]:
    """Return the newest results that lie outside their limits."""
    return [j for j in judged(powder, latest_results(powder).values()) if j.verdict == Verdict.OUTSIDE]


def judge(result: QualityResult, limit: MaterialLimit | None) -> Judged:
    """Hold one result against one limit.

    A value below detection is at most the detection limit, and may not be enough to tell.
    """
    if limit is None:
        return Judged(result, None, Verdict.UNLIMITED)
    if result.below_detection:
        return Judged(result, limit, _judge_below_detection(result, limit))
    verdict = Verdict.INSIDE if limit.keeps(result.value) else Verdict.OUTSIDE
    return Judged(result, limit, verdict, _closeness(result, limit))


def _judge_below_detection(result: QualityResult, limit: MaterialLimit) -> Verdict:
    if limit.lower is not None and limit.lower > 0:
        return Verdict.OUTSIDE if result.value <= limit.lower else Verdict.UNDECIDED
    if limit.upper is not None and result.value > limit.upper:
        return Verdict.UNDECIDED
    return Verdict.INSIDE


def _closeness(result: QualityResult, limit: MaterialLimit) -> str:
    ends = [end for end in (limit.lower, limit.upper) if end is not None]
    if result.uncertainty and any(abs(result.value - end) < 2 * result.uncertainty for end in ends):
        return "nearer to the limit than twice its uncertainty"
    return ""


# --- words ---------------------------------------------------------------------------------------------------


def is_fraction(quantity: str) -> bool:
    """Return whether a quantity is a fraction, which pages print in percent."""
    return quantity.endswith("_fraction")


def unit_of(quantity: str) -> str:
    """Return the unit in which a page prints a quantity."""
    return "%" if is_fraction(quantity) else named(quantity).unit


def printed(quantity: str, value: float) -> float:
    """Return a value as a page prints it: fractions in percent."""
    # By way of 12 digits, or 0.07 x 100 would print as 7.000000000000001.
    return float(f"{100 * value:.12g}") if is_fraction(quantity) else value


def measured_text(row: QualityResult | MaterialLimit) -> str:
    """Return what was measured, in words."""
    if row.element:
        return f"Mass fraction of {row.element} (ICP)"
    return Quantity(row.quantity).label


def value_text(result: QualityResult) -> str:
    """Return a result as a page prints it, with its uncertainty and unit."""
    value, unit = printed(result.quantity, result.value), unit_of(result.quantity)
    if result.uncertainty:
        return f"{rounded(value, printed(result.quantity, result.uncertainty))} {unit}"
    return f"{'< ' if result.below_detection else ''}{exact(value)} {unit}"


def limit_text(limit: MaterialLimit) -> str:
    """Return a limit as a page prints it."""
    unit = unit_of(limit.quantity)
    ends = [
        f"{word} {exact(printed(limit.quantity, end))} {unit}"
        for word, end in (("at least", limit.lower), ("at most", limit.upper))
        if end is not None
    ]
    return " and ".join(ends)
