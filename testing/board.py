"""What runs now: every channel of the instruments that a person sees, with its test and its last point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from lims.models import User
from testing.models import Channel, ChannelInterval, Instrument, InstrumentPulse, TestPulse

# An agent that has missed this many beats is lost; a short gap is a slow network.
MISSED_BEATS = 3
LEAST_SILENCE = timedelta(minutes=3)
# A running test that sent live points and sends none any more.
LIVE_SILENCE = timedelta(minutes=15)


@dataclass(frozen=True)
class ChannelNow:
    """A channel, what hangs on it, and what is planned next."""

    channel: Channel
    state: str
    interval: ChannelInterval | None = None
    pulse: TestPulse | None = None
    next_reservation: ChannelInterval | None = None
    silent: bool = False

    @property
    def label(self) -> str:
        return STATES[self.state]


STATES = {
    "running": "Running",
    "planned": "Set up",
    "overdue": "Past its end",
    "silent": "Silent",
    "reserved": "Reserved",
    "free": "Free",
}


@dataclass(frozen=True)
class InstrumentNow:
    """An instrument with its channels, and whether its agent was heard in time."""

    instrument: Instrument
    pulse: InstrumentPulse | None
    lost: bool
    channels: list[ChannelNow] = field(default_factory=list)


def is_lost(pulse: InstrumentPulse, now: datetime) -> bool:
    """Return whether an agent has been silent for too long; one that never spoke is not missed."""
    return now - pulse.heard_at > max(timedelta(seconds=MISSED_BEATS * pulse.every_s), LEAST_SILENCE)


def instruments_now(user: User) -> list[InstrumentNow]:
    """Return what runs now, in a number of queries that does not grow with the lab."""
    now = timezone.now()
    instruments = list(
        Instrument.objects.visible_to(user).with_codes().prefetch_related("channels").order_by("identity_id")
    )
    pulses = {
        pulse.instrument_id: pulse for pulse in InstrumentPulse.objects.filter(instrument__in=instruments)
    }
    held = {
        interval.channel_id: interval
        for interval in ChannelInterval.objects.assigned()
        .filter(channel__instrument__in=instruments)
        .at(now)
        .with_names()
    }
    points = {
        pulse.test_id: pulse
        for pulse in TestPulse.objects.filter(test__in=[i.test_id for i in held.values()])
    }
    kept: dict[int, ChannelInterval] = {}
    ahead = ChannelInterval.objects.reserved().filter(channel__instrument__in=instruments, ends_at__gt=now)
    for reservation in ahead.with_names().order_by("begins_at"):
        kept.setdefault(reservation.channel_id, reservation)
    found = []
    for instrument in instruments:
        pulse = pulses.get(instrument.pk)
        channels = [
            _now(channel, held.get(channel.pk), points, kept.get(channel.pk), now)
            for channel in sorted(instrument.channels.all(), key=lambda c: c.pk)
        ]
        found.append(InstrumentNow(instrument, pulse, pulse is not None and is_lost(pulse, now), channels))
    return found


def _now(
    channel: Channel,
    interval: ChannelInterval | None,
    points: dict[int, TestPulse],
    reservation: ChannelInterval | None,
    now: datetime,
) -> ChannelNow:
    if interval is None or interval.test is None:
        state = "reserved" if reservation and reservation.begins_at <= now else "free"
        return ChannelNow(channel, state, next_reservation=reservation)
    pulse = points.get(interval.test.pk)
    silent = pulse is not None and is_silent(pulse, now)
    overdue = interval.expected_end_at is not None and interval.expected_end_at < now
    state = "overdue" if overdue else "silent" if silent else interval.test.state
    return ChannelNow(channel, state, interval, pulse, reservation, silent)


def is_silent(pulse: TestPulse, now: datetime) -> bool:
    """Return whether a test that sent live points sends none any more."""
    return bool(pulse.live_rows and pulse.received_at and now - pulse.received_at > LIVE_SILENCE)


def as_rows(instrument: InstrumentNow) -> Iterator[dict[str, Any]]:
    """Return an instrument's channels as plain facts, for the API."""
    for now in instrument.channels:
        interval, pulse = now.interval, now.pulse
        test = interval.test if interval else None
        yield {
            "instrument": instrument.instrument.code,
            "channel": now.channel.name,
            "state": now.state,
            "test": test.code if test else None,
            "cell": test.cell.code if test else None,
            "point_at": pulse.point_at if pulse else None,
            "voltage_v": pulse.voltage_v if pulse else None,
            "current_ma": pulse.current_ma if pulse else None,
            "half_capacity_mah": pulse.half_capacity_mah if pulse else None,
            "cycle_number": pulse.cycle_number if pulse else None,
            "expected_end_at": interval.expected_end_at if interval else None,
            "heard_at": instrument.pulse.heard_at if instrument.pulse else None,
            "next_reservation": str(now.next_reservation or ""),
        }
