"""Protocols: what a cycler is told to do."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from lims import facts
from lims.permissions import require
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from testing import actions
from testing.forms import ProtocolForm
from testing.models import Protocol

MODES = {
    "cc": "Constant current",
    "cccv": "Constant current, then held",
    "cv": "Held voltage",
    "rest": "Rest",
    "group": "Repeat what stands above",
}


@login_required
@require_GET
def protocols(request: HttpRequest) -> HttpResponse:
    """List the protocols."""
    listing = Listing(
        title="Protocols",
        lead="What a cycler is told to do, step by step. An edition never changes.",
        columns=[
            Column("Code", lambda p: Field(p.code)),
            Column("Name", lambda p: p.name),
            Column("Steps", lambda p: str(len(p.editions.all()[0].steps)), numeric=True),
        ],
        empty_text="No protocol yet. Enter the steps of the formation cycles first.",
        create=("Write a protocol", reverse("testing:create_protocol")),
    )
    rows = Protocol.objects.visible_to(person(request)).with_codes().prefetch_related("editions")
    return list_screen(request, rows, listing)


@login_required
@require_GET
def protocol(request: HttpRequest, code: str) -> HttpResponse:
    """Show a protocol's newest edition."""
    record: Protocol = find(Protocol.objects.all(), code, person(request))
    edition = record.editions.all()[0]
    columns = [
        Column("Step", lambda row: str(row[0])),
        Column("What", lambda row: MODES.get(row[1].get("mode", ""), row[1].get("mode", ""))),
        Column("Direction", lambda row: str(row[1].get("direction", ""))),
        Column("Rate", lambda row: _rate(row[1].get("c_rate")), numeric=True),
        Column("Until", lambda row: _until(row[1])),
        Column("Times", lambda row: str(row[1].get("repeat", "")), numeric=True),
    ]
    table = Table.of(columns, enumerate(edition.steps, start=1))
    return detail_screen(
        request,
        record,
        template="materials/library_detail.html",
        sections=[facts.origin(record)],
        tables=[{"title": f"Edition {edition.number}", "table": table}],
    )


def _rate(c_rate: float | None) -> str:
    """Write a rate as people say it: C/10 below one, 2C above."""
    if not c_rate:
        return ""
    return f"C/{1 / c_rate:g}" if c_rate < 1 else f"{c_rate:g}C"


def _until(step: dict[str, Any]) -> str:
    held = step.get("hold_until_c_rate")
    until = str(step.get("until", ""))
    return f"{until}, held until {_rate(held)}" if held else until


@login_required
def new_protocol(request: HttpRequest) -> HttpResponse:
    """Write a protocol."""
    user = require(request.user, "record")
    return form_screen(
        request,
        ProtocolForm(request.POST or None, user=user),
        actions.create_protocol,
        title="Write a protocol",
        submit_label="Save the protocol",
        cancel_url=reverse("testing:protocols"),
    )
