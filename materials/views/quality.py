"""Results on a powder's page: the list with its verdicts, the form, and a hold that is proposed."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from lims import registry
from lims.facts import spelled
from lims.models import User
from lims.permissions import may, require
from lims.tables import Cell, Column, Table
from lims.views.screens import find, form_screen
from materials import actions
from materials.forms.quality import ResultForm
from materials.models import Hold, Powder, QualityResult
from materials.quality import (
    Judged,
    Verdict,
    judge,
    latest_results,
    limit_text,
    limits_of,
    measured_text,
    value_text,
)

SHOWN = 40


def results_of_powder(powder: Powder, user: User) -> dict[str, Any]:
    """Add to a powder's page its results, and what should follow from them."""
    records = may(user, "record")
    rows = _rows(powder)
    url = reverse("materials:record_result", args=[powder.code])
    panel = {
        "title": "Results",
        "table": Table.of(_columns(), rows),
        "empty_text": "Nothing has been measured on it yet.",
        "links": [{"label": "Enter a result", "url": url}] if records else [],
    }
    standing = {result.pk for result in latest_results(powder).values()}
    outside = [row for row in rows if row.verdict == Verdict.OUTSIDE and row.result.pk in standing]
    return {"tables_below": [panel], "banners": _proposal(powder, outside, records=records)}


def _rows(powder: Powder) -> list[Judged]:
    results = QualityResult.objects.filter(powder=powder).select_related(
        "measured_by", "instrument__identity", "replaced_by"
    )
    limits = limits_of(powder)
    return [
        judge(r, limits.get((r.quantity, r.element))) for r in results.order_by("-measured_at", "-pk")[:SHOWN]
    ]


def _columns() -> list[Column]:
    return [
        Column("Measured", lambda j: Cell(measured_text(j.result), hint=_how(j.result))),
        Column("Value", lambda j: Cell(value_text(j.result), numeric=True), numeric=True),
        Column("Verdict", _verdict),
        Column("When", lambda j: _when(j.result)),
    ]


def _how(result: QualityResult) -> str:
    return f"{result.method}, on {result.instrument.code}" if result.instrument else result.method


def _when(result: QualityResult) -> Cell:
    return Cell(str(spelled(timezone.localdate(result.measured_at))), hint=result.measured_by.display_name)


def _verdict(row: Judged) -> Cell:
    newer = getattr(row.result, "replaced_by", None)
    if newer is not None:
        return Cell("replaced", badge="replaced", hint=f"by {value_text(newer)}")
    if row.verdict == Verdict.UNLIMITED:
        return Cell("no limit")
    hints = [limit_text(row.limit) if row.limit else "", row.hint]
    return Cell(row.verdict.value, badge=row.verdict.value, hint="; ".join(hint for hint in hints if hint))


def _proposal(powder: Powder, outside: list[Judged], *, records: bool) -> list[dict[str, Any]]:
    """Return a banner that proposes a hold; whether it is put on hold is for a person to say."""
    if not outside or powder.state != Powder.State.OPEN:
        return []
    if Hold.objects.filter(powder=powder, released_at=None).exists():
        return []
    banner: dict[str, Any] = {
        "title": "Outside its limits",
        "level": "warning",
        "lines": [f"{row.sentence}." for row in outside],
    }
    if records:
        banner["action"] = {"label": "Put it on hold", "url": hold_url(powder)}
    return [banner]


def hold_url(powder: Powder) -> str:
    return reverse("materials:hold", args=[powder.code])


@login_required
def record_result(request: HttpRequest, code: str) -> HttpResponse:
    """Enter a result measured on a powder."""
    user = require(request.user, "record")
    record: Powder = find(Powder.objects.all(), code, user)
    return form_screen(
        request,
        ResultForm(request.POST or None, user=user, powder=record),
        actions.record_result,
        title="Enter a result",
        lead="A result is never changed: one that was wrong is replaced by the right one, and both stay.",
        submit_label="Save",
        cancel_url=registry.url_of(record.identity),
        record=record,
        powder=record,
    )
