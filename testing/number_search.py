"""Cells by their numbers: conditions on metrics, on what masses give and on what they are made of, all of them true.

A condition is one short text, so that a search is an address: ``initial_coulombic_efficiency>0.9``,
``np_ratio=1.05..1.15``, ``coating=Nb2O5``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet

from cells.models import Cell, CellBasis, Layer
from cells.models.design import LayerRole
from lims.models import User
from lims.trace import descendants_of
from materials.models import CoatingBatch
from testing import methods
from testing.models import Metric
from testing.printed import QUANTITY_LABELS

MOST_CONDITIONS = 8
SEPARATOR = "~"
UNCOATED = "uncoated"
CONDITION = re.compile(
    r"(?P<name>[a-z0-9_]+)(?:~(?P<variant>[^<>=]{1,120}?))?\s*(?P<sign>>=|<=|>|<|=)\s*(?P<value>.{1,120})"
)
NUMBER = r"-?\d+(?:\.\d+)?(?:[eE]-?\d+)?"
RANGE = re.compile(rf"(?P<low>{NUMBER})\.\.(?P<high>{NUMBER})")
LOOKUPS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


@dataclass(frozen=True)
class Sought:
    """A number or a fact that cells can be found by."""

    name: str
    label: str
    unit: str = ""
    group: str = "Metrics"
    words: bool = False


def _coated(cells: QuerySet[Any], value: str) -> QuerySet[Any]:
    """Return the cells whose positive layer comes from a coating run with this material."""
    runs = CoatingBatch.objects.all()
    if value.casefold() != UNCOATED:
        named = Q(edition__recipe__coating__name__iexact=value) | Q(
            edition__recipe__coating__formula__iexact=value
        )
        runs = runs.filter(named)
    keys = list(runs.values_list("pk", flat=True))
    below = {target for _, target, _ in descendants_of(keys)} | set(keys)
    positive = Layer.objects.filter(cell=OuterRef("pk"), role=LayerRole.POSITIVE)
    inside = Exists(positive.filter(use__powder__in=below))
    return cells.filter(Exists(positive), ~inside) if value.casefold() == UNCOATED else cells.filter(inside)


def _made_of(cells: QuerySet[Any], value: str) -> QuerySet[Any]:
    named = Q(edition__layers__material__name__iexact=value) | Q(
        edition__layers__material__formula__iexact=value
    )
    return cells.filter(
        pk__in=Cell.objects.filter(named, edition__layers__role=LayerRole.POSITIVE).values("pk")
    )


FACTS: Mapping[str, tuple[str, Callable[[QuerySet[Any], str], QuerySet[Any]]]] = {
    "coating": ("Coating", _coated),
    "positive_material": ("Positive material", _made_of),
    "condition": ("Condition", lambda cells, value: cells.filter(condition__name__iexact=value)),
    "study": ("Study", lambda cells, value: cells.filter(condition__study__identity__code__iexact=value)),
    "state": ("State", lambda cells, value: cells.filter(state__iexact=value)),
    "project": ("Project", lambda cells, value: cells.filter(identity__project__code__iexact=value)),
}
DESIGN = {"upper_cut_off_v_vs_li": ("Upper cut-off vs Li/Li⁺", "V")}


def sought() -> dict[str, Sought]:
    """Return everything that cells can be found by: nothing else is looked up, whatever an address says."""
    found = [Sought(name, each.output.label, each.output.unit) for name, each in methods.named().items()]
    found += [
        Sought(name, label, unit, "From masses and die") for name, (label, unit, _) in QUANTITY_LABELS.items()
    ]
    found += [Sought(name, label, unit, "Design") for name, (label, unit) in DESIGN.items()]
    found += [
        Sought(name, label, group="Made of and belongs to", words=True) for name, (label, _) in FACTS.items()
    ]
    return {each.name: each for each in found}


@dataclass(frozen=True)
class Condition:
    """One condition: a number beyond a value or between two, or a fact that is something."""

    sought: Sought
    sign: str
    value: str
    low: float | None = None
    high: float | None = None
    variant: str = ""

    def __str__(self) -> str:
        variant = f"{SEPARATOR}{self.variant}" if self.variant else ""
        return f"{self.sought.name}{variant}{self.sign}{self.value}"

    @property
    def words(self) -> str:
        """Return the condition as a person would say it; fractions in percent."""
        label = f"{self.sought.label} {self.variant}".strip()
        if self.sought.words:
            return f"{label} is {self.value}"
        percent = self.sought.unit == "fraction"
        low, high = (None if v is None else (f"{100 * v:g} %" if percent else f"{v:g} {self.sought.unit}".strip())
                     for v in (self.low, self.high))  # fmt: skip
        if self.sign == "=":
            return f"{label} from {low} to {high}"
        return f"{label} {self.sign} {low if low is not None else high}"


def read_condition(text: str) -> Condition:
    """Return the condition that a text says, or raise ValidationError that names what is not understood."""
    found = CONDITION.fullmatch(text.strip())
    if found is None:
        raise ValidationError(
            {"where": f"{text[:80]!r} is no condition; write np_ratio=1.05..1.15, coating=Nb2O5 or name>0.9."}
        )
    known = sought().get(found["name"])
    if known is None:
        raise ValidationError({"where": f"{found['name']!r} is nothing that cells can be found by."})
    variant, sign, value = found["variant"] or "", found["sign"], found["value"].strip()
    if variant and known.group != "Metrics":
        raise ValidationError({"where": f"{known.label} has no variants; {variant!r} says nothing."})
    if known.words:
        if sign != "=":
            raise ValidationError({"where": f"{known.label} is a word: write {known.name}={value}."})
        return Condition(known, sign, value)
    low, high = _limits(known, sign, value)
    return Condition(known, sign, value, low, high, variant)


def _limits(known: Sought, sign: str, value: str) -> tuple[float | None, float | None]:
    if sign == "=":
        span = RANGE.fullmatch(value)
        if span is None:
            raise ValidationError(
                {
                    "where": f"{known.label} is measured and never exactly {value}: give a range such as 1.05..1.15."
                }
            )
        low, high = float(span["low"]), float(span["high"])
        if low > high:
            raise ValidationError({"where": f"{known.label}: {low:g} to {high:g} holds nothing."})
        return low, high
    if re.fullmatch(NUMBER, value) is None:
        raise ValidationError({"where": f"{known.label}: {value!r} is no number."})
    return (float(value), None) if sign.startswith(">") else (None, float(value))


def read_conditions(texts: Iterable[str]) -> list[Condition]:
    """Return the conditions of an address; raises ValidationError for more than eight."""
    written = [text for text in texts if text.strip()]
    if len(written) > MOST_CONDITIONS:
        raise ValidationError({"where": f"At most {MOST_CONDITIONS} conditions at once, not {len(written)}."})
    return [read_condition(text) for text in written]


def cells_where(user: User, conditions: Sequence[Condition]) -> Any:
    """Return the cells that ``user`` may see of which every condition is true."""
    cells: QuerySet[Any] = Cell.objects.visible_to(user)
    for condition in conditions:
        cells = _narrowed(cells, condition)
    return cells


def _narrowed(cells: QuerySet[Any], condition: Condition) -> QuerySet[Any]:
    name = condition.sought.name
    if condition.sought.words:
        return FACTS[name][1](cells, condition.value)
    if condition.sought.group == "Design":
        return cells.filter(_within(f"edition__{name}", condition))
    if condition.sought.group == "From masses and die":
        basis = CellBasis.objects.filter(cell=OuterRef("pk"), current=True)
        return cells.filter(Exists(basis.filter(_within(name, condition))))
    metrics = Metric.objects.filter(cell=OuterRef("pk"), name=name)
    metrics = metrics.filter(variant__iexact=condition.variant) if condition.variant else metrics
    return cells.filter(Exists(metrics.filter(_within("value", condition))))


def _within(field: str, condition: Condition) -> Q:
    if condition.sign == "=":
        return Q(**{f"{field}__gte": condition.low, f"{field}__lte": condition.high})
    value = condition.low if condition.low is not None else condition.high
    return Q(**{f"{field}__{LOOKUPS[condition.sign]}": value})


def numbers_of(cells: Sequence[Cell], conditions: Sequence[Condition]) -> dict[int, dict[str, float]]:
    """Return for each cell the numbers that were asked about, by the condition's text, in at most two queries."""
    keys = [cell.pk for cell in cells]
    found: dict[int, dict[str, float]] = {key: {} for key in keys}
    asked = [c for c in conditions if c.sought.group == "Metrics"]
    rows = Metric.objects.filter(cell__in=keys, name__in=[c.sought.name for c in asked], value__isnull=False)
    for cell, name, variant, value in rows.order_by("pk").values_list("cell_id", "name", "variant", "value"):
        for condition in asked:
            fits = not condition.variant or condition.variant.casefold() == variant.casefold()
            if value is not None and condition.sought.name == name and fits and _true_of(value, condition):
                found[cell].setdefault(str(condition), value)
    weighed = [c for c in conditions if c.sought.group == "From masses and die"]
    if weighed:
        for basis in CellBasis.objects.filter(cell__in=keys, current=True):
            for condition in weighed:
                found[basis.cell_id][str(condition)] = getattr(basis, condition.sought.name)
    return found


def _true_of(value: float, condition: Condition) -> bool:
    low, high = condition.low, condition.high
    if condition.sign in (">", "<"):
        return (low is None or value > low) and (high is None or value < high)
    return (low is None or value >= low) and (high is None or value <= high)
