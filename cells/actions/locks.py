"""How every verb on a cell begins: the cell locked, the version that was read still its own."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from cells.models import Cell
from lims.records import StaleRecord


def lock(cell: Cell, expected_version: int | None = None) -> Cell:
    """Return the locked cell, or raise StaleRecord where somebody changed it after ``expected_version``."""
    # A lock that lets others refer to the cell: who corrects a powder holds that powder, which we may want next,
    # and writes a new basis for this cell.
    cells = Cell.objects.select_for_update(of=("self",), no_key=True)
    locked: Cell = cells.select_related(
        "identity__project", "die__identity", "glovebox__identity", "condition", "edition__design__identity",
        "performed_by", "recorded_by",
    ).get(pk=cell.pk)  # fmt: skip
    if expected_version is not None and locked.version != expected_version:
        raise StaleRecord(locked, expected_version)
    return locked


def with_edition(cell: Cell) -> Cell:
    """Return the cell with all that its basis is computed from."""
    found: Cell = Cell.objects.select_related("edition", "die", "identity").get(pk=cell.pk)
    return found


def move(cell: Cell, state: str) -> None:
    """Put a locked cell into another state, or raise ValidationError where its present one does not allow it."""
    if state not in Cell.MOVES[cell.state]:
        allowed = ", ".join(Cell.State(s).label.lower() for s in Cell.MOVES[cell.state]) or "nothing"
        raise ValidationError(
            f"{cell.code} is {cell.get_state_display().lower()} and can become {allowed}, "
            f"not {Cell.State(state).label.lower()}."
        )
    cell.state = state
