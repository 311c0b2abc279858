"""A channel holds one test at a time, and nobody plans over another's reservation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from lims.models import LogEntry, User
from testing.actions import complete_test, create_test, reserve_channel, withdraw_reservation
from testing.models import ChannelInterval
from tests import factories
from tests.testing.bench import Bench
from tests.threads import at_once

DAY = timedelta(days=1)


def soon(days: float) -> datetime:
    return timezone.now() + timedelta(days=days)


def test_a_test_holds_its_channel_from_its_set_up_to_its_end(bench: Bench, ada: User) -> None:
    held = ChannelInterval.objects.get(test=bench.test)
    assert (held.channel, held.begins_at, held.ends_at) == (bench.channel, bench.test.performed_at, None)
    complete_test(test=bench.test, by=ada)
    held.refresh_from_db()
    assert held.ends_at is not None
    create_test(cell=bench.cell, phase="rate", by=ada, channel=bench.channel)
    assert ChannelInterval.objects.assigned().count() == 2


def test_intervals_are_half_open_so_one_may_begin_when_another_ends(bench: Bench, ada: User) -> None:
    channel = bench.instrument.channels.get(name="2")
    for first in (1, 43, 2):
        if first == 2:
            with pytest.raises(ValidationError, match="is reserved already"):
                reserve_channel(channel=channel, cell=bench.cell, begins_at=_at(2), ends_at=_at(3), by=ada)
        else:
            reserve_channel(
                channel=channel, cell=bench.cell, begins_at=_at(first), ends_at=_at(first + 42), by=ada
            )
    assert ChannelInterval.objects.reserved().count() == 2


def _at(days: int) -> datetime:
    return datetime(2099, 1, 1, tzinfo=UTC) + days * DAY


def test_a_test_with_a_known_end_can_be_followed_by_a_reservation(bench: Bench, ada: User) -> None:
    channel = bench.instrument.channels.get(name="2")
    create_test(cell=bench.cell, phase="long_term", by=ada, channel=channel, expected_end_at=soon(42))
    with pytest.raises(ValidationError, match="is held by TEST-"):
        reserve_channel(channel=channel, purpose="service", begins_at=soon(41), ends_at=soon(50), by=ada)
    reserve_channel(channel=channel, purpose="service", begins_at=soon(43), ends_at=soon(50), by=ada)


def test_a_test_without_a_known_end_holds_its_channel_for_ever(bench: Bench, ada: User) -> None:
    with pytest.raises(ValidationError, match="with no end stated"):
        reserve_channel(
            channel=bench.channel, purpose="service", begins_at=soon(900), ends_at=soon(901), by=ada
        )


def test_500_cycles_are_not_planned_over_somebody_elses_reservation(bench: Bench, ada: User) -> None:
    channel = bench.instrument.channels.get(name="2")
    other = factories.plan_cell(bench.shelf, condition=bench.cell.condition, edition=bench.cell.edition)
    reserve_channel(channel=channel, cell=other, begins_at=soon(30), ends_at=soon(40), by=ada)
    with pytest.raises(ValidationError) as refused:
        create_test(cell=bench.cell, phase="long_term", by=ada, channel=channel, expected_end_at=soon(42))
    [sentence] = refused.value.message_dict["channel"]
    assert other.code in sentence and "withdraw" in sentence
    create_test(cell=bench.cell, phase="rate", by=ada, channel=channel, expected_end_at=soon(29))


def test_a_reservation_is_for_its_own_cell(bench: Bench, ada: User) -> None:
    channel = bench.instrument.channels.get(name="2")
    reserve_channel(channel=channel, cell=bench.cell, begins_at=soon(-1), ends_at=soon(40), by=ada)
    create_test(cell=bench.cell, phase="rate", by=ada, channel=channel)


def test_a_reservation_is_withdrawn_with_a_reason_that_stays(bench: Bench, ada: User) -> None:
    channel = bench.instrument.channels.get(name="2")
    kept = reserve_channel(channel=channel, purpose="service", begins_at=soon(1), ends_at=soon(2), by=ada)
    with pytest.raises(ValidationError, match="Say why"):
        withdraw_reservation(reservation=kept, by=ada, reason=" ")
    withdraw_reservation(reservation=kept, by=ada, reason="the technician is ill")
    entry = LogEntry.objects.get(verb="withdrew a reservation")
    assert entry.reason == "the technician is ill" and "service" in entry.changes["what"]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"begins_at": soon(2), "ends_at": soon(1), "purpose": "x"}, "ends after it begins"),
        ({"begins_at": soon(-3), "ends_at": soon(-2), "purpose": "x"}, "is past"),
        ({"begins_at": soon(1), "ends_at": soon(2)}, "Say which cell or what for"),
    ],
)
def test_a_reservation_that_says_nothing_sensible_is_refused(
    bench: Bench, ada: User, facts: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        reserve_channel(channel=bench.instrument.channels.get(name="2"), by=ada, **facts)  # type: ignore[arg-type]


@pytest.mark.django_db(transaction=True)
def test_six_who_reserve_the_same_days_at_once_are_one(ada: User, bench: Bench) -> None:
    channel = bench.instrument.channels.get(name="2")

    def reserve() -> ChannelInterval:
        return reserve_channel(channel=channel, purpose="mine", begins_at=_at(1), ends_at=_at(9), by=ada)

    outcomes = at_once(*(reserve for _ in range(6)))
    refused = [one for one in outcomes if isinstance(one, ValidationError)]
    assert (len(refused), ChannelInterval.objects.reserved().count()) == (5, 1), outcomes


@pytest.mark.postgresql
@pytest.mark.django_db
def test_the_database_itself_lets_no_two_tests_overlap(bench: Bench, ada: User) -> None:
    assert connection.vendor == "postgresql"
    held = ChannelInterval.objects.get(test=bench.test)
    twin = ChannelInterval(
        channel=held.channel, kind="assigned", test=held.test, cell=held.cell,
        begins_at=held.begins_at + DAY, ends_at=held.begins_at + 2 * DAY, entered_by=ada,
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="channel_held_once"), transaction.atomic():
        twin.save()
