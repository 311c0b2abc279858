"""The registry of causes: every upstream fact by which cells can be grouped, coloured or warned about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from cells.models.design import LayerRole
from materials.models import Powder
from testing.upstream import Upstream

Value = str | float
SECONDS_PER_HOUR = 3600
UNCOATED = "uncoated"


@dataclass(frozen=True)
class Cause:
    """One fact of a cell that may be behind its numbers.

    unit      The unit of a fact that is a number; empty for words.
    nuisance  Whether nobody meant to study it: a condition that coincides with it cannot be told from it.
    """

    name: str
    label: str
    read: Callable[[Upstream, int], Value | None]
    unit: str = ""
    number: bool = False
    nuisance: bool = False


def _coating(up: Upstream, cell: int) -> str | None:
    if up.layer(cell, LayerRole.POSITIVE) is None:
        return None
    runs = up.coatings_of(cell)
    return ", ".join(dict.fromkeys(run.edition.recipe.coating.name for run in runs)) or UNCOATED


def _ald_cycles(up: Upstream, cell: int) -> float | None:
    if up.layer(cell, LayerRole.POSITIVE) is None:
        return None
    done = [run.cycles_done or run.edition.cycles for run in up.coatings_of(cell)]
    return float(sum(cycles for cycles in done if cycles))


def _coating_run(up: Upstream, cell: int) -> str | None:
    return ", ".join(run.powder.code for run in up.coatings_of(cell)) or None


def _lot_of(role: str, serves: str) -> Callable[[Upstream, int], str | None]:
    """Return the reader of the lots of a layer whose material serves as ``serves``."""

    def read(up: Upstream, cell: int) -> str | None:
        found = sorted(
            powder.code
            for key in up.above_layer(cell, role)
            if (powder := up.powders[key]).kind == Powder.Kind.LOT
            and powder.material is not None
            and serves in {role.role for role in powder.material.roles.all()}
        )
        return ", ".join(found) or None

    return read


def _powder_of(role: str) -> Callable[[Upstream, int], str | None]:
    def read(up: Upstream, cell: int) -> str | None:
        powder = up.layer(cell, role)
        return None if powder is None else up.powders[powder].code

    return read


def _press_pressure(up: Upstream, cell: int) -> float | None:
    known = [step.pressure_mpa for step in up.presses.get(cell, ()) if step.pressure_mpa is not None]
    return max(known, default=None)


def _glovebox(up: Upstream, cell: int) -> str | None:
    powder = up.layer(cell, LayerRole.POSITIVE)
    batch = up.composites.get(powder) if powder is not None else None
    return batch.glovebox.name if batch and batch.glovebox else None


def _instrument(up: Upstream, cell: int) -> str | None:
    test = up.first_tests.get(cell)
    return test.channel.instrument.code if test and test.channel else None


def _week(up: Upstream, cell: int) -> str:
    year, week, _ = timezone.localtime(up.cells[cell].performed_at).isocalendar()
    return f"{year}-W{week:02d}"


def _open_time(up: Upstream, cell: int) -> float | None:
    """Return the hours from the mixing of the positive composite to the first press of the cell."""
    powder, steps = up.layer(cell, LayerRole.POSITIVE), up.presses.get(cell)
    if powder is None or not steps or powder not in up.composites:
        return None
    waited = steps[0].performed_at - up.powders[powder].performed_at
    return waited.total_seconds() / SECONDS_PER_HOUR


CAUSES = {
    cause.name: cause
    for cause in (
        Cause("condition", "Condition", lambda up, cell: up.cells[cell].condition.name),
        Cause("study", "Study", lambda up, cell: up.cells[cell].study.code),
        Cause("coating", "Coating", _coating),
        Cause("ald_cycles", "ALD cycles", _ald_cycles, number=True),
        Cause("coating_run", "Coating run", _coating_run),
        Cause(
            "cut_off_v_vs_li",
            "Upper cut-off (nominal)",
            lambda up, cell: up.cells[cell].edition.upper_cut_off_v_vs_li,
            unit="V vs Li",
            number=True,
        ),
        Cause("design", "Design", lambda up, cell: up.cells[cell].edition.design.code),
        Cause(
            "active_lot", "Lot of the active material", _lot_of(LayerRole.POSITIVE, "positive_active"), nuisance=True
        ),
        Cause("separator_lot", "Lot of the SE separator", _lot_of(LayerRole.SEPARATOR, "electrolyte"), nuisance=True),
        Cause("mix", "Mixing batch", _powder_of(LayerRole.POSITIVE)),
        Cause("negative_mix", "Mixing batch, negative", _powder_of(LayerRole.NEGATIVE), nuisance=True),
        Cause("press_mpa", "Highest press pressure", _press_pressure, unit="MPa", number=True),
        Cause("die", "Die", lambda up, cell: up.cells[cell].die.code, nuisance=True),
        Cause("operator", "Pressed by", lambda up, cell: up.cells[cell].performed_by.display_name, nuisance=True),
        Cause("glovebox", "Glovebox of the mixing", _glovebox, nuisance=True),
        Cause("instrument", "Instrument", _instrument, nuisance=True),
        Cause("week", "Week of pressing", _week, nuisance=True),
        Cause("open_h", "Age of the composite at pressing", _open_time, unit="h", number=True),
    )
}  # fmt: skip


def values(cause: Cause, up: Upstream) -> dict[int, Value]:
    """Return the fact of each cell for which it is known."""
    found = {cell: cause.read(up, cell) for cell in up.cells}
    return {cell: value for cell, value in found.items() if value is not None}
