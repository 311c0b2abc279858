"""Calibrations: on the page of a piece of equipment, and the form that enters one."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from lims import registry
from lims.facts import Fact, fact, spelled
from lims.numbers import exact
from lims.permissions import require
from lims.tables import Cell, Column, Table
from lims.views.screens import find, form_screen
from materials import actions
from materials.calibration import said_of
from materials.forms.calibrations import CalibrationForm
from materials.models import Calibration, Equipment


def calibration_parts(record: Equipment) -> dict[str, Any]:
    """Return what the page of a piece says of its calibrations: facts, a banner where one is overdue, a table."""
    rows = list(
        record.calibrations.select_related("certificate", "recorded_by").prefetch_related("points")[:20]
    )
    newest = rows[0] if rows else None
    against = said_of(newest.result, newest.due_on, timezone.localdate()) if newest else ""
    banner = {
        "title": "Calibration",
        "level": "warning",
        "lines": [
            f"{record.code}: {against}. Wherever its numbers are used, the page says so until it is calibrated again."
        ],
    }
    return {
        "facts": _facts(newest),
        "banners": [banner] if against else [],
        "tables": [{"title": "Calibrations", "table": _table(rows)}] if rows else [],
    }


def _facts(newest: Calibration | None) -> list[Fact]:
    if newest is None:
        return [fact("Calibration", "none recorded")]
    due = [fact("Due again", newest.due_on)] if newest.due_on else []
    return [fact("Calibrated", newest.done_on, hint=f"by {newest.done_by}"), *due]


def _table(rows: list[Calibration]) -> Table:
    columns = [
        Column("Done", lambda c: str(spelled(c.done_on))),
        Column("By", lambda c: c.done_by),
        Column("Due again", lambda c: str(spelled(c.due_on)) if c.due_on else ""),
        Column(
            "Result", lambda c: Cell(c.get_result_display(), badge="failed" if c.result == "failed" else "")
        ),
        Column("Found", _found),
        Column("Certificate", lambda c: c.certificate.name if c.certificate else ""),
    ]
    return Table.of(columns, rows)


def _found(calibration: Calibration) -> str:
    return "; ".join(
        f"{p.what}: {exact(p.found)} {p.unit} for {exact(p.reference)}{', outside' if p.is_outside else ''}"
        for p in calibration.points.all()
    )


@login_required
def record_calibration(request: HttpRequest, code: str) -> HttpResponse:
    """Enter a calibration."""
    user = require(request.user, "record")
    record: Equipment = find(Equipment.objects.all(), code, user)
    return form_screen(
        request,
        CalibrationForm(request.POST or None, user=user, equipment=record),
        actions.record_calibration,
        title="Enter a calibration",
        lead="The newest one counts. Once it is overdue, every page that uses this piece's numbers says so.",
        submit_label="Save",
        cancel_url=registry.url_of(record.identity),
        record=record,
        equipment=record,
    )


def due_column() -> Column:
    """Return the column of the list that says until when each piece is calibrated."""

    def read(piece: Equipment) -> Cell:
        against = said_of(piece.calibration_result, piece.calibration_due_on, timezone.localdate())
        if against:
            return Cell(against, badge="failed")
        return Cell(str(spelled(piece.calibration_due_on)) if piece.calibration_due_on else "")

    return Column("Calibrated until", read, value=lambda piece: piece.calibration_due_on)


def calibrate_action(record: Equipment) -> dict[str, Any]:
    """Return the action of a piece's page that enters a calibration."""
    url = reverse("materials:record_calibration", args=[record.code])
    return {"label": "Enter a calibration", "url": url, "icon": "badge-check", "primary": False}
