"""The board: a tile for each channel with what runs on it now, and the calendar of reservations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.views.decorators.http import require_GET

from lims import registry
from lims.models import Record, User
from lims.numbers import plain
from lims.permissions import may, require
from lims.views.screens import form_screen, person
from testing import actions, board
from testing.forms_intake import MoveIntervalForm, ReserveForm, WithdrawForm
from testing.models import ChannelInterval
from testing.views.calendar_picture import WEEKS, calendar_of

POLL_S = 5


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Show the board; its tiles ask for themselves anew every few seconds."""
    user = person(request)
    context = {
        "instruments": tiles(user),
        "poll_s": POLL_S,
        "may_record": may(user, "record"),
        "now": timezone.now(),
    }
    template = "testing/_board_tiles.html" if request.htmx else "testing/board.html"  # type: ignore[attr-defined]
    response = render(request, template, context)
    response["Cache-Control"] = "no-store"
    return response


def tiles(user: User) -> list[dict[str, Any]]:
    """Return the instruments with their tiles, as the page prints them."""
    now = timezone.now()
    return [
        {
            "code": one.instrument.code,
            "name": one.instrument.name,
            "url": registry.url_of(one.instrument.identity),
            "lost": one.lost,
            "heard": _ago(one.pulse.heard_at, now) if one.pulse else "",
            "problem": one.pulse.problem if one.pulse else "",
            "simulated": one.instrument.simulated,
            "busy": sum(channel.interval is not None for channel in one.channels),
            "tiles": [_tile(channel, now) for channel in one.channels],
        }
        for one in board.instruments_now(user)
    ]


def _tile(channel: board.ChannelNow, now: datetime) -> dict[str, Any]:
    tile: dict[str, Any] = {
        "channel": channel.channel.name, "state": channel.state, "label": channel.label, "next": _next(channel, now),
    }  # fmt: skip
    interval, pulse = channel.interval, channel.pulse
    if interval is None or interval.test is None:
        return tile
    test = interval.test
    tile |= {
        "test": test.code, "url": registry.url_of(test.identity), "cell": test.cell.code,
        "phase": test.get_phase_display(), "end": _end(interval, now), "share": _share(interval, now),
    }  # fmt: skip
    if pulse is not None and pulse.voltage_v is not None:
        tile |= {
            "voltage": plain(pulse.voltage_v, 4),
            "current": plain(pulse.current_ma or 0.0, 4),
            "capacity": plain(pulse.half_capacity_mah or 0.0, 4),
            "direction": {1: "charging", -1: "discharging"}.get(pulse.half_sign, "resting"),
            "cycle": pulse.cycle_number,
            "last": _ago(pulse.point_at, now) if pulse.point_at else "",
        }
    return tile


def _ago(moment: datetime, now: datetime) -> str:
    """Return how long ago something was, as people say it: seconds while it is fresh."""
    seconds = (now - moment).total_seconds()
    if seconds < 1:
        return "just now"
    if seconds < 120:
        return f"{seconds:.0f} s ago"
    return f"{timesince(moment, now, depth=1)} ago"


def _end(interval: ChannelInterval, now: datetime) -> str:
    end = interval.expected_end_at
    if end is None:
        return "end not stated"
    local = timezone.localtime(end)
    if end < now:
        return f"should have ended {local.day} {local:%b %H:%M}"
    return f"until {local.day} {local:%b %H:%M}"


def _share(interval: ChannelInterval, now: datetime) -> str:
    """Return how much of the expected time is over, for a bar; empty where no end is expected."""
    if interval.expected_end_at is None:
        return ""
    whole = interval.expected_end_at - interval.begins_at
    return f"{min(1.0, max(0.0, (now - interval.begins_at) / whole)):.3f}"


def _next(channel: board.ChannelNow, now: datetime) -> str:
    reservation = channel.next_reservation
    if reservation is None:
        return ""
    who = reservation.cell.code if reservation.cell else reservation.purpose
    if reservation.begins_at <= now:
        return f"kept for {who}"
    local = timezone.localtime(reservation.begins_at)
    return f"from {local.day} {local:%b}: {who}"


@login_required
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Show who holds which channel in the weeks to come."""
    user = person(request)
    begin = _week(request.GET.get("from", ""))
    step = timedelta(weeks=WEEKS // 2)
    return render(
        request,
        "testing/calendar.html",
        {
            "calendar": calendar_of(user, begin),
            "earlier_url": f"?from={(begin - step):%Y-%m-%d}",
            "later_url": f"?from={(begin + step):%Y-%m-%d}",
            "reservations": reservation_rows(user),
            "may_record": may(user, "record"),
        },
    )


def _week(text: str) -> datetime:
    """Return the Monday from which the calendar is shown: the one asked for, or last week's."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=timezone.get_current_timezone())
        if not 1990 < day.year < 2200:
            raise ValueError
    except ValueError:
        day = timezone.localtime() - timedelta(days=7)
    monday = day - timedelta(days=day.weekday())
    return monday.replace(hour=0, minute=0, second=0, microsecond=0)


def reservation_rows(user: User) -> list[dict[str, Any]]:
    """Return the reservations that are not over, the next one first."""
    ahead = ChannelInterval.objects.reserved().visible_to(user).filter(ends_at__gt=timezone.now())
    return [
        {
            "channel": str(kept.channel),
            "what": kept.cell.code if kept.cell else kept.purpose,
            "more": kept.purpose if kept.cell else "",
            "begins_at": kept.begins_at,
            "ends_at": kept.ends_at,
            "who": kept.entered_by.display_name,
            "withdraw_url": reverse("testing:withdraw_reservation", args=[kept.pk]),
        }
        for kept in ahead.with_names().order_by("begins_at")[:100]
    ]


@login_required
def reserve(request: HttpRequest) -> HttpResponse:
    """Reserve a channel."""
    user = require(request.user, "record")
    started = {name: request.GET.get(name, "") for name in ("channel", "cell") if request.GET.get(name)}

    def do(**facts: Any) -> Record:
        return actions.reserve_channel(**facts).record

    return form_screen(
        request,
        ReserveForm(request.POST or None, user=user, initial=started),
        do,
        title="Reserve a channel",
        lead="Half-open: a reservation may begin at the moment at which another one ends. 500 cycles at 1C hold a "
        "channel for up to 42 days.",
        submit_label="Reserve it",
        cancel_url=reverse("testing:calendar"),
        done="The channel is reserved.",
    )


@login_required
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a reservation up."""
    user = require(request.user, "record")
    kept = _find(user, pk)

    def do(*, reservation: ChannelInterval, **facts: Any) -> Record:
        record = reservation.record
        actions.withdraw_reservation(reservation=reservation, **facts)
        return record

    return form_screen(
        request,
        WithdrawForm(request.POST or None, user=user),
        do,
        title="Withdraw a reservation",
        lead=str(kept),
        submit_label="Withdraw it",
        cancel_url=reverse("testing:calendar"),
        done="The reservation is withdrawn.",
        reservation=kept,
    )


@login_required
def move_interval(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that another test hung on a channel in that time."""
    user = require(request.user, "record")
    held = _find(user, pk)

    def do(*, interval: ChannelInterval, **facts: Any) -> Record:
        actions.move_interval(interval=interval, **facts)
        test: Record = facts["test"]
        return test

    return form_screen(
        request,
        MoveIntervalForm(request.POST or None, user=user, interval=held),
        do,
        title="Another test hung there",
        lead=f"{held}: {held.test.code if held.test else ''}. Its files of that time go along, "
        "and both cells are computed anew.",
        submit_label="Move it",
        cancel_url=registry.url_of(held.channel.instrument.identity),
        done="Moved to {record.code}; both are computed anew.",
        interval=held,
    )


def _find(user: User, pk: int) -> ChannelInterval:
    found = ChannelInterval.objects.visible_to(user).with_names().filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such time on a channel that you may see.")
    return found
