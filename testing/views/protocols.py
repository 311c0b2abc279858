"""Protocols: what a cycler is told to do, and the card that says what it means on one cell."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from lims import facts, registry
from lims.numbers import plain
from lims.pdf import PdfUnavailable
from lims.permissions import may, require
from lims.tables import Cell as Field
from lims.tables import Column
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from testing import actions
from testing.calc.protocol import Setting
from testing.calc.protocol_data import read_steps
from testing.calc.protocol_outline import Row, outline
from testing.calc.protocol_text import parse, write
from testing.forms import ProtocolEditionForm, ProtocolForm
from testing.models import CellTest, Protocol, ProtocolEdition
from testing.protocols import duration_text, steps_of
from testing.setup_card import setup_card_pdf

GRAMMAR = (
    ("charge at C/10 until upper limit, then hold until C/25", "constant current, then the voltage held"),
    (
        "discharge at 0.5 mA until 3.0 V vs Li or 12 h",
        "a limit says what it is stated against; 'or' ends it sooner",
    ),
    ("hold at 2.75 V at the cell until C/20 or 1 h", "a voltage held"),
    ("rest 10 min", "open circuit"),
    ("impedance 1 MHz to 1 Hz, 30 mV rms, 10 points per decade", "an impedance sweep"),
    ("scan from 0 V vs Li to 4.7 V vs Li at 0.1 mV/s", "cyclic voltammetry"),
    ("formation, repeat 3 times:", "a group: what is indented below it; the phase is for its cycles"),
    ("for at most 1 h in total:", "a group that ends after this time, whatever step it is in"),
)


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
            Column("Edition", lambda p: str(_newest(p).number), numeric=True),
            Column("Takes", lambda p: _takes(_newest(p))),
        ],
        empty_text="No protocol yet. Enter the steps of the formation cycles first.",
        create=("Write a protocol", reverse("testing:create_protocol")),
    )
    rows = Protocol.objects.visible_to(person(request)).with_codes().prefetch_related("editions")
    return list_screen(request, rows, listing)


def _newest(protocol: Protocol) -> ProtocolEdition:
    return protocol.editions.all()[0]


def _takes(edition: ProtocolEdition) -> str:
    rows = outline(steps_of(edition), Setting())
    top = [row.duration for row in rows if row.depth == 0]
    total = top[0]
    for duration in top[1:]:
        total = total.plus(duration)
    return duration_text(total)


@login_required
@require_GET
def protocol(request: HttpRequest, code: str) -> HttpResponse:
    """Show a protocol, the newest edition first."""
    record: Protocol = find(Protocol.objects.all(), code, person(request))
    editions = list(record.editions.all())
    revise = {
        "label": "Write a new edition",
        "url": reverse("testing:revise_protocol", args=[record.code]),
        "icon": "pencil",
    }
    return detail_screen(
        request,
        record,
        template="testing/protocol_detail.html",
        sections=[facts.origin(record)],
        actions=[revise] if may(request.user, "record") else [],
        editions=[
            {
                "number": edition.number,
                "rows": lines(outline(steps_of(edition), Setting())),
                "takes": _takes(edition),
                "text": write(steps_of(edition)),
                "tests": edition.tests.count(),
            }
            for edition in editions
        ],
    )


def lines(rows: list[Row]) -> list[dict[str, Any]]:
    """Return outline rows as ``testing/_outline.html`` takes them."""
    return [
        {
            "number": row.number,
            "depth": row.depth,
            "text": row.text[:1].upper() + row.text[1:],
            "current": "" if row.current_ma is None else f"{plain(row.current_ma, 4)} mA",
            "volts": ", ".join(f"{plain(volts, 3)} V" for volts in row.voltages_v),
            "takes": duration_text(row.duration),
            "problem": row.problem,
        }
        for row in rows
    ]


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
        template="testing/protocol_form.html",
        extra={"grammar": GRAMMAR},
    )


@login_required
def revise(request: HttpRequest, code: str) -> HttpResponse:
    """Write the next edition of a protocol."""
    user = require(request.user, "record")
    record: Protocol = find(Protocol.objects.all(), code, user)
    text = write(read_steps(_newest(record).steps))
    return form_screen(
        request,
        ProtocolEditionForm(request.POST or None, user=user, initial={"text": text}),
        actions.revise_protocol,
        title="Write a new edition",
        lead="Tests that were set up keep the edition that they have.",
        submit_label="Save the edition",
        cancel_url=registry.url_of(record.identity),
        template="testing/protocol_form.html",
        extra={"grammar": GRAMMAR},
        record=record,
        protocol=record,
    )


@login_required
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Say how the text of a protocol is understood."""
    require(request.user, "record")
    text = request.POST.get("text", "")
    context: dict[str, Any] = {"rows": [], "problem": ""}
    if text.strip():
        try:
            context["rows"] = lines(outline(parse(text), Setting()))
        except ValueError as problem:
            context["problem"] = str(problem)
    return render(request, "testing/_outline.html", context)


@login_required
@require_GET
def setup_card(request: HttpRequest, code: str) -> HttpResponse:
    """Print the set-up card of a test."""
    user = person(request)
    record: CellTest = find(CellTest.objects.with_cells(), code, user)
    try:
        printed = setup_card_pdf(record, user)
    except PdfUnavailable as problem:
        return render(request, "testing/no_pdf.html", {"problem": str(problem)}, status=503)
    answer = HttpResponse(printed, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{record.code}-card.pdf"'
    return answer
