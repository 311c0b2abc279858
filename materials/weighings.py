"""How a weighing sheet stands: its rows against their targets, the running ratio, and what would restore it."""

from __future__ import annotations

from dataclasses import dataclass

from lims.numbers import exact
from lims.units import mg_from_ug
from materials.calc.rebalancing import Portion, Rebalanced, Standing, rebalance, running_parts, standing
from materials.calc.weighing_plan import Part
from materials.mixtures import part_names, parts_of, premix_fractions, weighing_parts
from materials.models import Equipment, FormulationPart, WeighingRow, WeighingSheet


@dataclass(frozen=True)
class RowStanding:
    """A row of a sheet, what it is called and where its weighing stands."""

    row: WeighingRow
    name: str
    tolerance_ug: int
    standing: Standing

    @property
    def missing_ug(self) -> int:
        """Return what is still to be weighed; below zero where there is too much."""
        return self.row.target_ug - (self.row.mass_ug or 0)


@dataclass(frozen=True)
class SheetStanding:
    """A whole sheet: its rows, the ratio so far in parts, and the targets that would restore it where one is over."""

    rows: tuple[RowStanding, ...]
    parts: tuple[Part, ...]
    running: dict[str, float]
    step_ug: int
    proposal: Rebalanced | None

    @property
    def done(self) -> bool:
        return all(one.row.mass_ug is not None for one in self.rows)

    def find(self, order: int | None) -> RowStanding | None:
        """Return the row with this number, or None."""
        return next((one for one in self.rows if one.row.order == order), None)

    def next_row(self, after: int = 0) -> RowStanding | None:
        """Return the next row that has not been weighed, after this one first, or None where all are."""
        waiting = [one for one in self.rows if one.row.mass_ug is None]
        return next((one for one in waiting if one.row.order > after), waiting[0] if waiting else None)


def rows_of(sheet: WeighingSheet) -> list[WeighingRow]:
    """Return the rows of a sheet in order, with what they are of."""
    return list(
        sheet.rows.select_related(
            "part__material", "powder__identity", "powder__material", "weighed_by", "sheet__identity"
        ).order_by("order")
    )


def last_weighed(rows: list[WeighingRow]) -> WeighingRow | None:
    """Return the row that was weighed last: one whose boat waits to be emptied before any other."""
    waiting = [row for row in rows if row.mass_ug is None and row.boat_full_ug is not None]
    weighed = [row for row in rows if row.weighed_at is not None]
    if waiting:
        return waiting[-1]
    return max(weighed, key=lambda row: (row.weighed_at, row.order), default=None)


def step_ug(balance: Equipment | None) -> int:
    """Return the smallest step of a balance, and the ledger's where none is known."""
    return (
        1 if balance is None or not balance.readability_mg else max(1, round(balance.readability_mg * 1000))
    )


def shown_mg(mass_ug: int, step: int) -> str:
    """Return a mass in mg with the digits that the balance shows, and more only where it has more.

    >>> shown_mg(140_000, 100), shown_mg(140_050, 100), shown_mg(9100, 1)
    ('140.0', '140.05', '9.100')
    """
    digits = next(digits for digits in range(4) if step % 10 ** (3 - digits) == 0)
    whole = f"{mg_from_ug(mass_ug):f}"
    kept = whole[: len(whole) - 3 + digits] if digits else whole[:-4]
    return kept if int(whole[len(whole) - 3 + digits :] or 0) == 0 else whole.rstrip("0")


def rounded_mg(mass_ug: int, step: int) -> str:
    """Return a computed mass in mg to what the balance shows.

    >>> rounded_mg(243_467, 100)
    '243.5'
    """
    return shown_mg(round(mass_ug / step) * step, step)


def ratio_text(standing: SheetStanding) -> str:
    """Return what has been weighed so far as people say a ratio: 70.06 : 29.9 : 5 : 5."""
    return " : ".join(exact(round(standing.running[part.name], 2)) for part in standing.parts)


def row_name(row: WeighingRow, names: dict[int, str]) -> str:
    """Return what a row is called at the bench."""
    if row.part_id is None:
        return f"Premix {row.powder.code}" if row.powder else "Premix"
    return names[row.part_id]


def stand(sheet: WeighingSheet, rows: list[WeighingRow] | None = None) -> SheetStanding:
    """Return how a sheet stands now."""
    rows = rows_of(sheet) if rows is None else rows
    parts = parts_of(sheet.edition)
    names, asked = part_names(parts), weighing_parts(parts)
    step = step_ug(sheet.balance)
    portions = [_portion(row, parts, names) for row in rows]
    stands = tuple(
        _row(row, names, step, before=[one for one in rows[:place] if one.part_id == row.part_id])
        for place, row in enumerate(rows)
    )
    over = any(one.standing == "over" for one in stands)
    proposal = (
        rebalance(parts=asked, portions=portions, total_ug=sheet.total_ug, step_ug=step) if over else None
    )
    running = running_parts(parts=asked, portions=portions, total_ug=sheet.total_ug)
    return SheetStanding(stands, tuple(asked), running, step, proposal)


def _portion(row: WeighingRow, parts: list[FormulationPart], names: dict[int, str]) -> Portion:
    if row.part_id is not None:
        return Portion({names[row.part_id]: 1.0}, row.target_ug, row.mass_ug)
    if row.powder is None:
        raise ValueError(f"Row {row.order} is neither of a part nor of a premix.")
    return Portion(premix_fractions(row.powder, parts), row.target_ug, row.mass_ug, is_premix=True)


def _row(row: WeighingRow, names: dict[int, str], step: int, *, before: list[WeighingRow]) -> RowStanding:
    """Return where a row stands; ``before`` are the rows above it of the same part."""
    # Where the formulation states no tolerance, the smallest step that the balance shows is what one can hit.
    tolerance_ug = step if row.tolerance_ug is None else row.tolerance_ug
    name = row_name(row, names)
    if before and row.part_id is not None:
        other_jar = row.powder is not None and row.powder not in [one.powder for one in before]
        name += f", rest from {row.powder.code}" if other_jar and row.powder else ", top-up"
    where = standing(weighed_ug=row.mass_ug, target_ug=row.target_ug, tolerance_ug=tolerance_ug)
    return RowStanding(row, name, tolerance_ug, where)
