"""Instruments: channels, and the tokens that they post with."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from lims import facts, idempotency, registry
from lims.models import ApiToken
from lims.permissions import may, require
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from testing import actions
from testing.forms import InstrumentForm, TokenForm
from testing.forms_intake import ChangeInstrumentForm
from testing.models import ChannelInterval, Instrument
from testing.views.instrument_parts import agent_facts, known_tables


@login_required
@require_GET
def instruments(request: HttpRequest) -> HttpResponse:
    """List the instruments."""
    listing = Listing(
        title="Instruments",
        lead="Cyclers and analysers. Each posts its files with a token of its own.",
        columns=[
            Column("Code", lambda i: Field(i.code, simulated=i.simulated)),
            Column("Name", lambda i: i.name),
            Column("Maker", lambda i: f"{i.maker} {i.model_name}".strip()),
            Column("Channels", lambda i: str(len(i.channels.all())), numeric=True),
            Column("Project", lambda i: str(i.project)),
        ],
        empty_text="No instrument yet. Enter the cycler with its channels, then give it a token.",
        create=("Add an instrument", reverse("testing:create_instrument")),
    )
    rows = Instrument.objects.visible_to(person(request)).with_codes().prefetch_related("channels")
    return list_screen(request, rows, listing)


@login_required
@require_GET
def instrument(request: HttpRequest, code: str) -> HttpResponse:
    """Show an instrument with what hangs on its channels."""
    user = person(request)
    record: Instrument = find(Instrument.objects.all(), code, user)
    offset, gain = record.current_offset_ma, record.current_gain_fraction
    described = [
        facts.fact("Maker", record.maker),
        facts.fact("Model", record.model_name),
        facts.fact("Serial number", record.serial_number),
        facts.fact("Firmware", record.firmware),
        facts.fact("Time zone", record.time_zone),
        facts.fact("Unclear days", record.get_day_order_display()),
        facts.fact(
            "Current offset", offset, "mA" if offset is not None else "", hint="u, k = 1; capacities need it"
        ),
        facts.fact("Current scale", gain, hint="u as a fraction, k = 1"),
    ]
    return detail_screen(
        request,
        record,
        template="testing/instrument_detail.html",
        sections=[
            {"title": "Instrument", "facts": described},
            {"title": "Its agent", "facts": agent_facts(record)},
            facts.origin(record),
        ],
        actions=[
            {"label": "Run its agent", "url": reverse("testing:agent", args=[record.code]), "icon": "cpu"},
            {
                "label": "Change",
                "url": reverse("testing:change_instrument", args=[record.code]),
                "icon": "pencil",
            },
        ],
        channels=_channels(record, records=may(user, "record")),
        known=known_tables(record, records=may(user, "record")),
        tokens=_tokens(record) if may(user, "issue_token") else None,
        token_form=TokenForm(user=user) if may(user, "issue_token") else None,
    )


def _channels(record: Instrument, *, records: bool) -> Table:
    assigned = ChannelInterval.objects.assigned().filter(channel__instrument=record)
    held = {interval.channel_id: interval for interval in assigned.at(timezone.now()).with_names()}

    def test_on(channel: Any) -> Field:
        interval = held.get(channel.pk)
        if interval is None or interval.test is None:
            return Field("free")
        test = interval.test
        return Field(f"{test.code} {test.cell.code}", url=registry.url_of(test.identity))

    def since(channel: Any) -> str:
        return facts.spelled(held[channel.pk].begins_at) if channel.pk in held else ""

    def until(channel: Any) -> str:
        interval = held.get(channel.pk)
        return facts.spelled(interval.held_until) if interval and interval.held_until else ""

    def swap(channel: Any) -> Field:
        interval = held.get(channel.pk)
        url = reverse("testing:move_interval", args=[interval.pk]) if interval else ""
        return Field("another test hangs there" if url else "", url=url)

    columns = [
        Column("Channel", lambda c: c.name), Column("Test", test_on), Column("Since", since), Column("Until", until),
        *([Column("Wrong?", swap)] if records else []),
    ]  # fmt: skip
    return Table.of(columns, record.channels.order_by("pk"))


def _tokens(record: Instrument) -> Table:
    columns = [
        Column("Begins with", lambda t: f"{t.token_key}…"),
        Column("Kept at", lambda t: t.label),
        Column("Issued", lambda t: facts.spelled(t.created)),
        Column("Last used", lambda t: facts.spelled(t.last_used_at) if t.last_used_at else "never"),
        Column(
            "Revoke",
            lambda t: Field("revoke", url=reverse("testing:revoke_token", args=[record.code, t.token_key])),
        ),
    ]
    return Table.of(columns, ApiToken.objects.filter(user=record.account).order_by("-created"))


@login_required
def new_instrument(request: HttpRequest) -> HttpResponse:
    """Enter an instrument."""
    user = require(request.user, "record")
    return form_screen(
        request,
        InstrumentForm(request.POST or None, user=user),
        actions.create_instrument,
        title="Add an instrument",
        submit_label="Add it",
        cancel_url=reverse("testing:instruments"),
        done="{record.code} has been added. A manager can issue its token here.",
    )


@login_required
@require_POST
@never_cache
def issue_token(request: HttpRequest, code: str) -> HttpResponse:
    """Issue a token and show it this once; nothing keeps its text."""
    user = require(request.user, "issue_token")
    record: Instrument = find(Instrument.objects.all(), code, user)
    form = TokenForm(request.POST, user=user)
    if not form.is_valid():
        messages.error(request, "A token needs a label: where it is kept.")
        return redirect(registry.url_of(record.identity))
    shown: list[str] = []

    def issue() -> tuple[int, Any]:
        label = form.cleaned_data["label"]
        shown.append(actions.issue_instrument_token(instrument=record, label=label, by=user))
        return 201, None

    idempotency.once(
        user=user,
        key=form.cleaned_data["idempotency_key"],
        request_fingerprint=idempotency.fingerprint("issue_instrument_token", record.code),
        perform=issue,
    )
    if not shown:
        messages.warning(
            request, "That token was issued and shown once already. Revoke it and issue another."
        )
        return redirect(registry.url_of(record.identity))
    return render(request, "testing/token_issued.html", {"record": record, "token": shown[0]}, status=201)


@login_required
@require_POST
def revoke(request: HttpRequest, code: str) -> HttpResponse:
    """Revoke every token of an instrument."""
    user = require(request.user, "issue_token")
    record: Instrument = find(Instrument.objects.all(), code, user)
    count = actions.revoke_tokens(instrument=record, by=user)
    messages.success(request, f"{count} token{'' if count == 1 else 's'} of {record.code} revoked.")
    return redirect(registry.url_of(record.identity))


@login_required
def revoke_one(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Ask, and revoke one token of an instrument; what it opens is shut at once."""
    record: Instrument = find(Instrument.objects.all(), code, person(request))
    user = require(request.user, "issue_token")
    token = ApiToken.objects.filter(user=record.account, token_key=key).first()
    if token is None:
        messages.warning(request, f"{record.code} has no such token any more.")
        return redirect(registry.url_of(record.identity))
    if request.method == "POST":
        actions.revoke_tokens(instrument=record, by=user, token_key=key)
        messages.success(request, f"The token kept at {token.label} opens nothing any more.")
        return redirect(registry.url_of(record.identity))
    return render(
        request,
        "confirm.html",
        {
            "title": "Revoke a token",
            "record": record,
            "lead": f"The token that begins with {token.token_key} and is kept at {token.label or 'no stated place'}.",
            "consequences": ["What is posted with it is refused from now on.", "Its files stay."],
            "submit_label": "Revoke it",
            "cancel_url": registry.url_of(record.identity),
            "danger": True,
        },
    )


@login_required
def change_instrument(request: HttpRequest, code: str) -> HttpResponse:
    """Say anew what an instrument is."""
    user = require(request.user, "record")
    record: Instrument = find(Instrument.objects.all(), code, user)
    return form_screen(
        request,
        ChangeInstrumentForm(request.POST or None, user=user, record=record),
        actions.change_instrument,
        title=f"Change {record.code}",
        submit_label="Save",
        cancel_url=registry.url_of(record.identity),
        record=record,
        instrument=record,
    )
