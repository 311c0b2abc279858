"""What can be claimed of cells, and whether what is claimed is what the records give.

Apps above register further quantities in their `AppConfig.ready()`: `register(Claimable(...))`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from django.db.models import Prefetch

from cells.calc.claims import rounded_like, stated
from cells.models import Cell, CellBasis, Claim, Study
from lims.numbers import significant, unit_sign

# Values by the cell's key, in the claimable's unit; a cell without a value is left out.
Values = Callable[[Sequence[Cell]], dict[int, float]]


@dataclass(frozen=True)
class Claimable:
    """A quantity that a text may state of cells. Ratios are given in percent where the unit is %."""

    name: str
    label: str
    unit: str
    values: Values


@dataclass(frozen=True)
class Alternative:
    """Another quantity of the same unit that would have agreed."""

    label: str
    value: float


@dataclass(frozen=True)
class Verdict:
    """Whether a claim agrees with the records within its own rounding; None where the records give nothing."""

    agrees: bool | None
    value: float | None
    unit: str
    label: str
    cells: int
    sentence: str
    would_agree: tuple[Alternative, ...] = ()


claimables: dict[str, Claimable] = {}


def register(claimable: Claimable) -> None:
    """Let claims be about one more quantity."""
    claimables[claimable.name] = claimable


def choices() -> list[tuple[str, str]]:
    """Return what a claim can be about, for a form."""
    return [(c.name, f"{c.label}, {unit_sign(c.unit)}" if c.unit else c.label) for c in claimables.values()]


def standing(study: Study) -> list[Claim]:
    """Return the claims of a study that were not withdrawn."""
    rows = study.claims.filter(withdrawn_reason="")
    return list(rows.select_related("condition", "compared_to", "cell__identity"))


def verdicts(study: Study, claims: Sequence[Claim]) -> dict[int, Verdict]:
    """Return the verdict of each claim by its key, in as many questions as there are quantities and not as cells."""
    judge = _Judge(study)
    return {claim.pk: judge.verdict(claim) for claim in claims}


class _Judge:
    """The cells of a study and what was asked of them already."""

    def __init__(self, study: Study) -> None:
        current = Prefetch("bases", CellBasis.objects.filter(current=True), to_attr="current_bases")
        ended = (Cell.State.FAILED, Cell.State.SHORTED)
        cells = Cell.objects.filter(condition__study=study).exclude(state__in=ended)
        self.cells = list(
            cells.select_related("edition", "identity").prefetch_related(
                current, "edition__layers__formulation__parts__material__roles"
            )
        )
        self.known: dict[str, dict[int, float]] = {}

    def of(self, claimable: Claimable) -> dict[int, float]:
        if claimable.name not in self.known:
            self.known[claimable.name] = claimable.values(self.cells)
        return self.known[claimable.name]

    def number(self, claim: Claim, claimable: Claimable) -> tuple[float, list[float]] | None:
        """Return the number that the records give for a claim, and those of each cell behind it."""
        found = self.of(claimable)
        own = [
            found[cell.pk]
            for cell in self.cells
            if cell.pk in found
            and (claim.condition_id in (None, cell.condition_id))
            and (claim.cell_id in (None, cell.pk))
        ]
        if not own:
            return None
        value = fmean(own)
        if claim.compared_to_id is None:
            return value, own
        below = [found[c.pk] for c in self.cells if c.pk in found and c.condition_id == claim.compared_to_id]
        return (value / fmean(below), own) if below and fmean(below) else None

    def verdict(self, claim: Claim) -> Verdict:
        claimable = claimables.get(claim.quantity)
        if claimable is None:
            return Verdict(None, None, "", claim.quantity, 0, f"Nothing here tells of {claim.quantity!r}.")
        unit = "" if claim.compared_to_id else claimable.unit
        found = self.number(claim, claimable)
        if found is None:
            sentence = f"The records do not give the {claimable.label.lower()} yet."
            return Verdict(None, None, unit, claimable.label, 0, sentence)
        value, own = found
        agrees = stated(claim.stated).agrees_with(value)
        others = () if agrees else self._others(claim, claimable)
        return Verdict(
            agrees,
            value,
            unit,
            claimable.label,
            len(own),
            _sentence(claim, claimable, value, own, others, unit),
            others,
        )

    def _others(self, claim: Claim, claimable: Claimable) -> tuple[Alternative, ...]:
        found = []
        for other in claimables.values():
            if other.unit == claimable.unit and other.name != claimable.name:
                number = self.number(claim, other)
                if number is not None and stated(claim.stated).agrees_with(number[0]):
                    found.append(Alternative(other.label, number[0]))
        return tuple(found)


def _sentence(
    claim: Claim,
    claimable: Claimable,
    value: float,
    own: Sequence[float],
    others: Sequence[Alternative],
    unit: str,
) -> str:
    sign = f" {unit_sign(unit)}" if unit else ""
    over = f" over that of {claim.compared_to.name}" if claim.compared_to else ""
    of_cells = f" (mean of {len(own)} cells, {significant(min(own))} to {significant(max(own))})"
    spread = of_cells if max(own) - min(own) > abs(value) * 1e-6 and not claim.compared_to_id else ""
    gives = f"The records give a {_lower(claimable.label)}{over} of {significant(value)}{sign}{spread}"
    if stated(claim.stated).agrees_with(value):
        return f"{gives}, which rounds to {claim.stated}."
    if others:
        named = " or ".join(f"the {_lower(o.label)}, {significant(o.value)}{sign}" for o in others)
        return f"{gives}. {claim.stated} is {named}."
    return f"{gives}, which rounds to {rounded_like(claim.stated, value)}, not {claim.stated}."


def _lower(label: str) -> str:
    """Return a label inside a sentence; what begins with an abbreviation keeps it."""
    return (
        label
        if label[:2].isupper() or label[:1].isdigit() or "/" in label[:3]
        else label[:1].lower() + label[1:]
    )
