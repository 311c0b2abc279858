"""What nobody sends is found by looking: lost heartbeats, tests that should be over, uploads nobody finished.

Called by the sweep every few seconds, so each look is one indexed question, and most find nothing.
"""

from __future__ import annotations

from datetime import timedelta

from django.core.cache import cache
from django.utils import timezone

from testing.actions.uploads import forget_expired
from testing.alerts import raise_alert
from testing.board import LEAST_SILENCE, LIVE_SILENCE, is_lost
from testing.models import AlertKind, CellTest, ChannelInterval, InstrumentPulse, TestPulse
from testing.sealing import ask_for_what_waits

EVERY_S = 30


def look() -> None:
    """Look once in half a minute, whichever of the workers is asked first."""
    if not cache.add("testing-watch", "1", EVERY_S):
        return
    look_for_lost_heartbeats()
    look_for_silent_tests()
    look_for_ends()
    forget_expired()
    ask_for_what_waits()


def look_for_lost_heartbeats() -> None:
    """Raise an alert for an agent that has fallen silent; once for each silence."""
    now = timezone.now()
    quiet = InstrumentPulse.objects.filter(heard_at__lt=now - LEAST_SILENCE)
    for pulse in quiet.select_related("instrument__identity__project"):
        instrument = pulse.instrument
        if not is_lost(pulse, now) or instrument.project is None:
            continue
        raise_alert(
            kind=AlertKind.LOST_HEARTBEAT,
            cause=f"{instrument.code} since {pulse.heard_at.isoformat()}",
            sentence=f"{instrument.code} {instrument.name} was last heard at {_local(pulse.heard_at)}: its agent, its "
            "computer or the network is down. Tests may go on; their files wait there.",
            evidence={"heard_at": pulse.heard_at.isoformat(), "every_s": pulse.every_s, "host": pulse.host},
            project=instrument.project,
            instrument=instrument,
        )


def look_for_silent_tests() -> None:
    """Raise an alert for a running test whose live points have stopped."""
    before = timezone.now() - LIVE_SILENCE
    silent = TestPulse.objects.filter(
        live_rows__gt=0, received_at__lt=before, test__state=CellTest.State.RUNNING
    )
    for pulse in silent.select_related("test__identity__project", "test__channel__instrument__identity"):
        test = pulse.test
        if test.project is None or pulse.received_at is None:
            continue
        raise_alert(
            kind=AlertKind.LOST_HEARTBEAT,
            cause=f"{test.code} after record {pulse.last_record}",
            sentence=f"{test.code} has sent no point since {_local(pulse.received_at)}, when it stood at "
            f"{pulse.voltage_v:.4g} V and {pulse.current_ma:.4g} mA.",
            evidence={"last_record": pulse.last_record, "received_at": pulse.received_at.isoformat()},
            project=test.project,
            test=test,
        )


def look_for_ends() -> None:
    """Tell that a test should be over by now, so that its channel does not stand idle."""
    now = timezone.now()
    due = ChannelInterval.objects.assigned().filter(
        ends_at=None, expected_end_at__lt=now, expected_end_at__gt=now - timedelta(days=30)
    )
    for interval in due.with_names():
        test = interval.test
        if test is None or test.project is None or interval.expected_end_at is None:
            continue
        raise_alert(
            kind=AlertKind.FINISHED,
            cause=f"{test.code} expected at {interval.expected_end_at.isoformat()}",
            sentence=f"{test.code} on {interval.channel} was expected to end at {_local(interval.expected_end_at)}. "
            "End it on its page when it has, and the channel is free.",
            evidence={"expected_end_at": interval.expected_end_at.isoformat()},
            project=test.project,
            test=test,
            channel=interval.channel,
        )


def _local(moment: object) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"  # type: ignore[arg-type]
