"""Whom a picture shows: cells, the groups they fall into, and what divides their capacities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cells.models import Cell, CellBasis
from lims.registry import url_of
from testing.causes import CAUSES
from testing.upstream import Upstream, upstream_of

UNKNOWN = "not recorded"
BY_CELL = "cell"
MG_PER_G = 1000


@dataclass(frozen=True)
class Subject:
    """Some cells, in the order in which groups take their colours.

    group_of  The group of each cell, by the cause that colours it.
    divisors  What the capacities of each cell may be divided by: cm², g of active material, g of composite.
    aside     Why a cell does not count, for those that a person has left out.
    """

    title: str
    cells: Sequence[Cell]
    up: Upstream
    colour_by: str
    group_of: Mapping[int, str]
    divisors: Mapping[int, Mapping[str, float]]
    aside: Mapping[int, str]

    @property
    def simulated(self) -> bool:
        """Return whether any of its cells is simulated: a picture that mixes them says so."""
        return any(cell.simulated for cell in self.cells)

    @property
    def groups_by(self) -> str:
        return "Cell" if self.colour_by == BY_CELL else CAUSES[self.colour_by].label

    @property
    def groups(self) -> list[str]:
        return list(dict.fromkeys(self.group_of[cell.pk] for cell in self.cells))

    def url(self, cell: Cell) -> str:
        return url_of(cell.identity)

    def one_of_each(self) -> list[Cell]:
        """Return the first cell of each group."""
        first: dict[str, Cell] = {}
        for cell in self.cells:
            first.setdefault(self.group_of[cell.pk], cell)
        return list(first.values())


def subject_of(
    cells: Iterable[Cell],
    *,
    title: str,
    colour_by: str = "condition",
    aside: Mapping[int, str] | None = None,
    up: Upstream | None = None,
) -> Subject:
    """Return these cells grouped by a cause, or each by itself.

    Raises ValueError where ``colour_by`` is no cause.
    """
    if colour_by != BY_CELL and colour_by not in CAUSES:
        raise ValueError(f"{colour_by!r} is nothing to colour by; there is: {', '.join((BY_CELL, *CAUSES))}.")
    known = list(cells)
    above = up or upstream_of(known)
    group_of, places = _grouped(known, above, colour_by)
    known.sort(key=lambda cell: places[group_of[cell.pk]])
    return Subject(title, known, above, colour_by, group_of, _divisors(known), aside or {})


def _grouped(cells: Sequence[Cell], up: Upstream, colour_by: str) -> tuple[dict[int, str], dict[str, int]]:
    """Return the group of each cell, and the place of each group: numbers rise, words keep the cells' order."""
    if colour_by == BY_CELL:
        return {cell.pk: cell.code for cell in cells}, {cell.code: n for n, cell in enumerate(cells)}
    cause = CAUSES[colour_by]
    values = {cell.pk: cause.read(up, cell.pk) for cell in cells}
    distinct = list(dict.fromkeys(values.values()))
    if cause.number:
        distinct.sort(key=lambda value: (value is None, float(value or 0)))
    words = {value: _words(value, cause.unit) for value in distinct}
    return {key: words[value] for key, value in values.items()}, {words[v]: n for n, v in enumerate(distinct)}


def _words(value: str | float | None, unit: str) -> str:
    if value is None:
        return UNKNOWN
    return value if isinstance(value, str) else f"{value:.6g} {unit}".strip()


def _divisors(cells: Sequence[Cell]) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = {cell.pk: {} for cell in cells}
    rows = CellBasis.objects.filter(cell__in=found, current=True)
    names = ("cell_id", "area_cm2", "positive_active_mass_mg", "positive_composite_mass_mg")
    for cell, area_cm2, active_mg, composite_mg in rows.values_list(*names):
        known = {
            "cm2": area_cm2,
            "active": active_mg and active_mg / MG_PER_G,
            "composite": composite_mg and composite_mg / MG_PER_G,
        }
        found[cell] = {name: value for name, value in known.items() if value}
    return found
