"""After too much was weighed of a part: how much of the others restores the ratio, within what the jars hold."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from lims.audit import action, log
from lims.models import User
from lims.records import touch
from lims.units import mass_text
from materials.actions.weighing import lock_open
from materials.actions.weighing_rows import save_row
from materials.calc.rebalancing import Rebalanced
from materials.calc.weighing_plan import tolerance_ug
from materials.mixtures import part_names, parts_of
from materials.models import Powder, WeighingRow, WeighingSheet
from materials.weighings import row_name, rows_of, stand, step_ug


@action
def rebalance_sheet(*, sheet: WeighingSheet, by: User) -> WeighingSheet:
    """Take over the targets that restore the ratio after too much was weighed of a part.

    Raises ValidationError where nothing is over, or where a jar does not hold what it would take.
    """
    sheet = lock_open(sheet)
    rows = rows_of(sheet)
    proposal = stand(sheet, rows).proposal
    if proposal is None:
        raise ValidationError(f"Nothing on {sheet.code} is over its target: its targets stay.")
    if problems := shortages(sheet, rows, proposal):
        raise ValidationError(problems)
    told: dict[str, Any] = {
        **_take_targets(sheet, rows, proposal),
        **_add_top_ups(sheet, rows, proposal),
    }
    told["total"] = [mass_text(sheet.total_ug), mass_text(proposal.total_ug)]
    sheet.total_ug = proposal.total_ug
    sheet.full_clean()
    sheet.save()
    touch(sheet)
    log(by, "restored the ratio of", sheet, **told)
    return sheet


def _take_targets(
    sheet: WeighingSheet, rows: list[WeighingRow], proposal: Rebalanced
) -> dict[str, list[str]]:
    """Give each row its new target; a row of which nothing is needed any more goes. Return what changed."""
    step = step_ug(sheet.balance)
    names = part_names(parts_of(sheet.edition))
    told = {}
    for place, target_ug in proposal.targets_ug.items():
        row = rows[place]
        if target_ug == row.target_ug or row.part is None:
            continue
        told[f"target of {row_name(row, names)}"] = [mass_text(row.target_ug), mass_text(target_ug)]
        if target_ug == 0:
            row.delete()
        else:
            row.target_ug, row.tolerance_ug = (
                target_ug,
                _tolerance(row.part.tolerance_fraction, target_ug, step),
            )
            save_row(row)
    return told


def _add_top_ups(sheet: WeighingSheet, rows: list[WeighingRow], proposal: Rebalanced) -> dict[str, list[str]]:
    """Add a row for what is to be weighed on top of a part that has been weighed. Return what was added."""
    step = step_ug(sheet.balance)
    names = part_names(parts_of(sheet.edition))
    told = {}
    for order, (name, mass_ug) in enumerate(proposal.top_ups_ug.items(), start=rows[-1].order + 1):
        first = next(row for row in rows if row.part_id is not None and names[row.part_id] == name)
        # What is good enough of the whole part is good enough of its top-up.
        fraction = first.part.tolerance_fraction if first.part else None
        allowed_ug = _tolerance(fraction, mass_ug + (first.mass_ug or 0), step)
        save_row(
            WeighingRow(
                sheet=sheet, order=order, part=first.part, powder=first.powder, target_ug=mass_ug,
                tolerance_ug=allowed_ug,
            )
        )  # fmt: skip
        told[f"top-up of {name}"] = ["", mass_text(mass_ug)]
    return told


def shortages(sheet: WeighingSheet, rows: list[WeighingRow], proposal: Rebalanced) -> list[str]:
    """Return which jars do not hold what the restored ratio asks of them, as sentences."""
    names = part_names(parts_of(sheet.edition))
    wanted: dict[int, int] = {}
    jars: dict[int, Powder] = {}
    for place, row in enumerate(rows):
        if row.powder is not None:
            jars[row.powder.pk] = row.powder
            more_ug = proposal.top_ups_ug.get(names[row.part_id], 0) if row.part_id is not None else 0
            target_ug = proposal.targets_ug.get(place, row.target_ug)
            # A weighed portion is still in the book: nothing is drawn before it is mixed.
            wanted[row.powder.pk] = wanted.get(row.powder.pk, 0) + (row.mass_ug or target_ug) + more_ug
    return [
        f"{jars[pk].code} holds only {mass_text(jars[pk].balance_now_ug())}; the ratio would take {mass_text(mass_ug)}."
        for pk, mass_ug in wanted.items()
        if jars[pk].balance_now_ug() < mass_ug
    ]


def _tolerance(fraction: float | None, target_ug: int, step: int) -> int | None:
    return None if fraction is None else tolerance_ug(fraction=fraction, target_ug=target_ug, step_ug=step)
