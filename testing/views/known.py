"""Entering what is known of an instrument: calibrations, its clock; and its agent to download."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from lims import registry
from lims.models import Record
from lims.permissions import may, require
from lims.views.screens import find, form_screen, person
from testing import actions
from testing.forms_intake import ClockOffsetForm, CurrentRangeForm
from testing.models import Instrument

AGENT = Path(__file__).resolve().parents[1] / "agent" / "lims_agent.py"


@login_required
def calibrate(request: HttpRequest, code: str) -> HttpResponse:
    """Enter a calibration of one current range."""
    user = require(request.user, "record")
    record: Instrument = find(Instrument.objects.all(), code, user)

    def do(**facts: Any) -> Record:
        return actions.calibrate_range(**facts).record

    return form_screen(
        request,
        CurrentRangeForm(request.POST or None, user=user),
        do,
        title="Enter a calibration",
        lead="Of one current range: what the zero and the scale are known to, as standard uncertainties.",
        submit_label="Save",
        cancel_url=registry.url_of(record.identity),
        record=record,
        instrument=record,
    )


@login_required
def state_clock(request: HttpRequest, code: str) -> HttpResponse:
    """State how far an instrument's clock is ahead."""
    user = require(request.user, "record")
    record: Instrument = find(Instrument.objects.all(), code, user)

    def do(**facts: Any) -> Record:
        return actions.state_clock_offset(**facts).record

    return form_screen(
        request,
        ClockOffsetForm(request.POST or None, user=user),
        do,
        title="State the clock's offset",
        lead=f"Its clock shows {record.time_zone}. Files that come from now on are dated with this; durations are "
        "never touched, since they come from elapsed time.",
        submit_label="Save",
        cancel_url=registry.url_of(record.identity),
        record=record,
        instrument=record,
    )


@login_required
@require_GET
def agent(request: HttpRequest, code: str) -> HttpResponse:
    """Show how the agent is run for this instrument, with everything filled in but its token."""
    user = person(request)
    record: Instrument = find(Instrument.objects.prefetch_related("channels"), code, user)
    return render(
        request,
        "testing/agent.html",
        {
            "record": record,
            "lab_url": settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/"),
            "channels": [channel.name for channel in record.channels.all()],
            "download_url": reverse("testing:agent_file", args=[record.code]),
            "may_issue": may(user, "issue_token"),
        },
    )


@login_required
@require_GET
def agent_file(request: HttpRequest, code: str) -> HttpResponse:
    """Give the agent: one file that needs nothing but Python 3.8."""
    find(Instrument.objects.all(), code, person(request))
    response = HttpResponse(AGENT.read_bytes(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="lims_agent.py"'
    return response
