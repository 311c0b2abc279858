"""Calibrating equipment: what was found, by whom, and when it is due again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypedDict

from django.core.exceptions import ValidationError

from lims.audit import action, log
from lims.models import Attachment, User
from lims.records import touch
from materials.models import Calibration, CalibrationPoint, Equipment


class PointFacts(TypedDict):
    """What one reference read."""

    what: str
    reference: float
    found: float
    allowed: float | None
    unit: str


@action
def record_calibration(
    *,
    equipment: Equipment,
    done_on: date,
    done_by: str,
    result: str,
    by: User,
    due_on: date | None = None,
    note: str = "",
    certificate: Attachment | None = None,
    points: Sequence[PointFacts] = (),
) -> Calibration:
    """Enter a calibration with what was found; the newest by its date is the one that counts.

    Raises ValidationError where a point lies outside what is allowed and the result says that it passed, or where the
    certificate is a file of another record.
    """
    locked = Equipment.objects.with_codes().select_for_update(of=("self",)).get(pk=equipment.pk)
    if certificate is not None and certificate.identity_id != locked.pk:
        raise ValidationError({"certificate": f"{certificate.name} is not a file of {locked.code}."})
    made = Calibration(
        equipment=locked, done_on=done_on, done_by=done_by, due_on=due_on, result=result, note=note,
        certificate=certificate, recorded_by=by,
    )  # fmt: skip
    made.full_clean()
    made.save(force_insert=True)
    rows = [
        CalibrationPoint(calibration=made, order=order, **point)
        for order, point in enumerate(points, start=1)
    ]
    for row in rows:
        row.full_clean()
        row.save(force_insert=True)
    outside = [row for row in rows if row.is_outside]
    if outside and result == Calibration.Result.PASSED:
        row = outside[0]
        raise ValidationError(
            {
                "result": f"{row.what} is {row.deviation:+.4g} {row.unit} off, and ±{row.allowed:g} {row.unit} is "
                "allowed: it did not pass as found."
            }
        )
    touch(locked)
    told = {"due_on": f"{due_on:%Y-%m-%d}"} if due_on else {}
    log(
        by, "calibrated", locked, done_on=f"{done_on:%Y-%m-%d}", done_by=done_by, result=made.get_result_display(),
        found="; ".join(str(row) for row in rows), **told,
    )  # fmt: skip
    return made
