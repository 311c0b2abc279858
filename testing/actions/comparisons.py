"""Keeping comparisons of cells."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError

from cells.models import Cell
from lims.audit import action, log
from lims.models import Project, User
from lims.records import create_record, save_record, touch
from testing.causes import CAUSES
from testing.models import ComparedCell, Comparison

MOST_COMPARED = 300
BY_CELL = "cell"


@action
def save_comparison(
    *,
    by: User,
    project: Project | None,
    name: str,
    cells: Sequence[Cell],
    colour_by: str = "condition",
    question: str = "",
    note: str = "",
) -> Comparison:
    """Keep which cells are compared, for everybody of the project."""
    _judge(cells, colour_by)
    made = create_record(
        Comparison(name=name, question=question, colour_by=colour_by, note=note),
        project=project,
        by=by,
        verb="began to compare",
        cells=", ".join(cell.code for cell in cells),
        colour_by=colour_by,
    )
    _enter(made, cells)
    return made


@action
def change_comparison(
    *,
    comparison: Comparison,
    by: User,
    name: str,
    cells: Sequence[Cell],
    colour_by: str,
    question: str = "",
    expected_version: int | None = None,
) -> Comparison:
    """Compare other cells, or the same ones otherwise; members that ``by`` may not see stay where they are."""
    _judge(cells, colour_by)
    locked = Comparison.objects.with_codes().select_for_update(of=("self",)).get(pk=comparison.pk)
    seen = {cell.pk for cell in locked.cells_visible_to(by)}
    before = list(locked.members.select_related("cell__identity"))
    locked.name, locked.colour_by, locked.question = name, colour_by, question
    save_record(locked, by=by, expected_version=expected_version)
    old = [member.cell.code for member in before if member.cell_id in seen]
    new = [cell.code for cell in cells]
    if old != new:
        hidden = [member.cell for member in before if member.cell_id not in seen]
        locked.members.all().delete()
        _enter(locked, [*cells, *(cell for cell in hidden if cell.pk not in {c.pk for c in cells})])
        touch(locked)
        log(by, "changed the cells", locked, cells=[", ".join(old), ", ".join(new)])
    return locked


def _judge(cells: Sequence[Cell], colour_by: str) -> None:
    if not cells:
        raise ValidationError({"cells": "Choose at least one cell."})
    if len(cells) > MOST_COMPARED:
        raise ValidationError({"cells": f"At most {MOST_COMPARED} cells can be compared, not {len(cells)}."})
    if len({cell.pk for cell in cells}) != len(cells):
        raise ValidationError({"cells": "A cell stands in a comparison once."})
    if colour_by != BY_CELL and colour_by not in CAUSES:
        raise ValidationError({"colour_by": f"{colour_by!r} is nothing to colour by."})


def _enter(comparison: Comparison, cells: Sequence[Cell]) -> None:
    members = [
        ComparedCell(comparison=comparison, cell=cell, order=n) for n, cell in enumerate(cells, start=1)
    ]
    for member in members:
        member.full_clean()
    ComparedCell.objects.bulk_create(members)
