"""A weighing sheet from its plan to its batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError

from lims.audit import action, log
from lims.models import Project, User
from lims.records import Origin, create_record, touch
from lims.units import mass_text
from materials.actions.ledger import NOTHING, Despite
from materials.actions.mix import Weighing, mix_composite
from materials.actions.plan import Amount, PremixChoice, plan_mix
from materials.models import Equipment, FormulationEdition, Powder, WeighingRow, WeighingSheet
from materials.weighings import rows_of


class MixingFacts(Origin, total=False):
    """What may be said of the mixing itself."""

    name: str
    recovered_mass_ug: int | None
    method: str
    tool: Equipment | None
    glovebox: Equipment | None
    duration_min: float | None
    oxygen_ppm: float | None
    water_ppm: float | None


class SheetFacts(TypedDict, total=False):
    """What may be said of a sheet beside its plan."""

    name: str
    note: str


@action
def plan_sheet(
    *,
    project: Project | None,
    edition: FormulationEdition,
    amount: Amount,
    by: User,
    balance: Equipment | None = None,
    powders: Mapping[int, Powder] | None = None,
    premixes: Sequence[PremixChoice] = (),
    **facts: Unpack[SheetFacts],
) -> WeighingSheet:
    """Keep a plan as a sheet with a row for each powder to weigh, to be filled at the balance."""
    plan = plan_mix(edition=edition, amount=amount, balance=balance, powders=powders, premixes=premixes)
    sheet = create_record(
        WeighingSheet(
            edition=edition, total_ug=plan.total_ug, planned_for=plan.planned_for, balance=balance, **facts
        ),
        project=project,
        by=by,
        verb="planned",
        formulation=str(edition),
        total=mass_text(plan.total_ug),
        **{f"target of {row.name}": mass_text(row.target.target_ug) for row in plan.rows},
    )
    for order, planned in enumerate(plan.rows, start=1):
        row = WeighingRow(
            sheet=sheet, order=order, part=planned.part, powder=planned.powder,
            target_ug=planned.target.target_ug, tolerance_ug=planned.target.tolerance_ug,
        )  # fmt: skip
        row.full_clean()
        row.save(force_insert=True)
    return sheet


def lock_open(sheet: WeighingSheet) -> WeighingSheet:
    """Return the sheet, locked until the transaction ends, or raise ValidationError where it is open no more."""
    locked: WeighingSheet = (
        WeighingSheet.objects.select_for_update(of=("self",))
        .select_related("identity__project", "edition__formulation__identity", "balance")
        .get(pk=sheet.pk)
    )
    if locked.state == WeighingSheet.State.MIXED and locked.batch is not None:
        raise ValidationError(f"{locked.code} has been mixed already: it became {locked.batch.code}.")
    if locked.state != WeighingSheet.State.OPEN:
        raise ValidationError(f"{locked.code} has been dropped; plan another.")
    return locked


@action
def drop_sheet(*, sheet: WeighingSheet, reason: str, by: User) -> WeighingSheet:
    """Drop a sheet that will not be mixed. What was weighed stays on it; nothing was drawn for it."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is dropped."})
    sheet = lock_open(sheet)
    sheet.state = WeighingSheet.State.DROPPED
    _save(sheet)
    log(by, "dropped", sheet, reason=reason, state=["open", "dropped"])
    return sheet


@action
def mix_sheet(
    *, sheet: WeighingSheet, by: User, despite: Despite = NOTHING, **facts: Unpack[MixingFacts]
) -> Powder:
    """Mix what was weighed on a sheet: all of it is drawn and the composite made, in one transaction."""
    sheet = lock_open(sheet)
    told: dict[str, Any] = {**facts, "name": facts.get("name") or sheet.name}
    composite = mix_composite(
        project=sheet.project, edition=sheet.edition, weighings=_weighings(sheet), balance=sheet.balance,
        by=by, despite=despite, **told,
    )  # fmt: skip
    sheet.state, sheet.batch = WeighingSheet.State.MIXED, composite
    _save(sheet)
    log(by, "mixed", sheet, state=["open", "mixed"], batch=composite.code)
    return composite


def _save(sheet: WeighingSheet) -> None:
    sheet.full_clean()
    sheet.save()
    touch(sheet)


def _weighings(sheet: WeighingSheet) -> list[Weighing]:
    """Return what was weighed for each part, top-ups included, and of each premix."""
    rows = rows_of(sheet)
    waiting = [str(row.order) for row in rows if row.mass_ug is None]
    if waiting:
        raise ValidationError(
            f"Row {', '.join(waiting)} of {sheet.code} {'has' if len(waiting) == 1 else 'have'} not been weighed."
        )
    masses: dict[tuple[int | None, int], int] = {}
    firsts: dict[tuple[int | None, int], WeighingRow] = {}
    for row in rows:
        if row.powder is not None:
            key = (row.part_id, row.powder.pk)
            firsts.setdefault(key, row)
            masses[key] = masses.get(key, 0) + (row.mass_ug or 0)
    return [
        Weighing(part=row.part, powder=row.powder, mass_ug=masses[key])
        for key, row in firsts.items()
        if row.powder is not None
    ]
