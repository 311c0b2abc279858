"""What was measured on a coating after its run: thickness and witness wafer, entered or corrected later."""

from __future__ import annotations

from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError

from lims import blanks, registry
from lims.audit import action, log
from lims.models import User
from lims.records import StaleRecord, touch
from materials.actions.coating_parts import judge_measured
from materials.models import CoatingBatch, Powder


class Measured(TypedDict, total=False):
    """What is measured on a coating; what is left out stays as it is, None takes a value away."""

    thickness_measured_nm: float | None
    thickness_method: str
    thickness_sites: int | None
    thickness_standard_deviation_nm: float | None
    witness_thickness_nm: float | None
    witness_sites: int | None


@action
def record_coating_measurements(
    *,
    powder: Powder,
    by: User,
    reason: str = "",
    expected_version: int | None = None,
    **measured: Unpack[Measured],
) -> Powder:
    """Say what was measured on a coated powder after its run; what rests on it is computed anew at once.

    A value that takes the place of another needs its reason; both stand in the log.
    """
    locked: Powder = Powder.objects.select_for_update(of=("self",)).with_codes().get(pk=powder.pk)
    if locked.kind != Powder.Kind.COATING:
        raise ValidationError(f"{locked.code} is no coated powder.")
    if expected_version is not None and locked.version != expected_version:
        raise StaleRecord(locked, expected_version)
    batch = CoatingBatch.objects.get(pk=locked.pk)
    changes = {}
    for name, value in measured.items():
        before = getattr(batch, name)
        if before != value:
            changes[name] = [before, value]
            setattr(batch, name, value)
    if not changes:
        raise ValidationError("This is what the record says already.")
    if any(old not in blanks.EMPTY for old, _ in changes.values()) and not reason.strip():
        raise ValidationError({"reason": "Another value stands there: say why it changes."})
    judge_measured(batch)
    batch.full_clean()
    batch.save(update_fields=list(changes))
    filled = [name for name, (_, new) in changes.items() if new not in blanks.EMPTY]
    locked.blanks = blanks.settle(locked, filled)
    locked.save(update_fields=["blanks"])
    touch(locked)
    log(by, "recorded a measurement", locked, reason=reason, **changes)
    registry.facts_changed({locked.pk})
    return locked
