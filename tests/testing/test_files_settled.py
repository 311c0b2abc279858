"""What people decide about files: conflicts, another test's file, their order; and what finds its test by itself."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from lims import jobs
from lims.models import LogEntry, User
from testing.actions import (
    answer_start,
    complete_test,
    create_test,
    move_file,
    move_interval,
    order_files,
    settle_conflict,
    state_clock_offset,
)
from testing.models import Alert, CellTest, ChannelInterval, Dataset, Submission
from testing.naming import card_name
from tests import factories
from tests.testing.bench import FILES, Bench, send, send_and_read
from tests.testing.squidstat_by_hand import charge, discharge, squidstat

FIRST = squidstat([charge(10), discharge(9)])
OTHER = squidstat([charge(9), discharge(8)])


def in_conflict(api: APIClient, bench: Bench) -> tuple[Submission, Submission]:
    first = send_and_read(api, FIRST, test=bench.test.code, name="first.csv")
    second = send_and_read(api, OTHER, test=bench.test.code, name="second.csv")
    assert (second.state, second.conflict_with) == ("conflict", first)
    return first, second


def files_of(test: CellTest) -> list[int]:
    dataset = Dataset.objects.get(test=test, current=True)
    return list(dataset.places.order_by("order").values_list("submission", flat=True))


def test_the_file_that_is_there_stands(api: APIClient, bench: Bench, ada: User) -> None:
    first, second = in_conflict(api, bench)
    settle_conflict(submission=second, decision="keep_old", by=ada)
    second.refresh_from_db()
    assert (second.state, files_of(bench.test)) == ("parked", [first.pk])
    assert "first.csv stands" in second.reason
    assert second.blob.path.read_bytes() == OTHER, "its bytes stay"


def test_the_file_that_came_later_stands(api: APIClient, bench: Bench, ada: User) -> None:
    first, second = in_conflict(api, bench)
    answer = api.post(
        f"{FILES}{second.pk}/settle/", {"decision": "keep_new", "reason": "the first was a trial"}
    )
    assert answer.status_code == 200
    jobs.work_all()
    first.refresh_from_db()
    assert (first.state, files_of(bench.test)) == ("parked", [second.pk])
    # 0.1 mA for 9 h in
    [cycle] = api.get(f"/api/v1/tests/{bench.test.code}/cycles/").json()["results"]
    assert cycle["charge_capacity_mah"] == pytest.approx(0.9, rel=1e-6)
    assert LogEntry.objects.get(verb="settled a conflict").reason == "the first was a trial"


def test_a_conflict_is_told_once_and_settled_once(api: APIClient, bench: Bench, ada: User) -> None:
    _, second = in_conflict(api, bench)
    assert Alert.objects.get(kind="parked_file").submission == second
    settle_conflict(submission=second, decision="keep_old", by=ada)
    with pytest.raises(ValidationError, match="is in no conflict"):
        settle_conflict(submission=second, decision="keep_new", by=ada)


def test_a_file_moved_to_another_cell_is_computed_anew_on_both_sides(
    api: APIClient, bench: Bench, ada: User
) -> None:
    file = send_and_read(api, FIRST, test=bench.test.code)
    cell = factories.make_cell(bench.shelf, condition=bench.cell.condition, edition=bench.cell.edition)
    right = factories.make_test(cell, ada)
    with pytest.raises(ValidationError, match="Say why"):
        move_file(submission=file, test=right, by=ada, reason="")
    move_file(submission=file, test=right, by=ada, reason="channels were swapped")
    jobs.work_all()
    assert files_of(right) == [file.pk]
    assert right.cycles.count() == 1 and bench.test.cycles.count() == 0
    assert not bench.test.datasets.filter(current=True).exists()

    def ice(code: str) -> Any:
        rows = api.get(f"/api/v1/cells/{code}/metrics/").json()
        return next(row["value"] for row in rows if row["name"] == "initial_coulombic_efficiency")

    assert ice(cell.code) == pytest.approx(0.9, rel=1e-6)
    assert ice(bench.cell.code) is None
    told = {entry.verb: entry.reason for entry in LogEntry.objects.filter(reason="channels were swapped")}
    assert set(told) == {"lost a file", "was given a file"}


def test_a_time_on_a_channel_moves_with_its_files(robo: APIClient, bench: Bench, ada: User) -> None:
    file = send_and_read(robo, FIRST, instrument=bench.instrument.code, channel="1")
    held = ChannelInterval.objects.get(test=bench.test)
    cell = factories.make_cell(bench.shelf, condition=bench.cell.condition, edition=bench.cell.edition)
    right = create_test(cell=cell, phase="formation", by=ada)
    move_interval(interval=held, test=right, by=ada, reason="leads of 1 and 2 were swapped")
    jobs.work_all()
    file.refresh_from_db()
    held.refresh_from_db()
    assert (file.test, held.test, held.cell) == (right, right, cell)
    assert CellTest.objects.running_on(bench.channel).get() == right
    again = send(robo, OTHER, instrument=bench.instrument.code, channel="1").json()
    assert again["test"] == right.code, "what comes now goes where the cell is"


def test_a_file_finds_its_test_by_the_name_on_the_set_up_card(
    api: APIClient, bench: Bench, ada: User
) -> None:
    rate = create_test(cell=bench.cell, phase="rate", by=ada)
    assert (card_name(bench.test), card_name(rate)) == (f"{bench.cell.code}_FORM", f"{bench.cell.code}_RATE")
    file = send_and_read(
        api, FIRST, project="NB-COAT", name=f"1_{card_name(rate)}-Cycling 20240304 120000.csv"
    )
    assert (file.state, file.test) == ("read", rate)


def test_a_second_test_of_a_phase_has_its_number_on_the_card(api: APIClient, bench: Bench, ada: User) -> None:
    second = create_test(cell=bench.cell, phase="formation", by=ada)
    assert card_name(second) == f"{bench.cell.code}_FORM-2"
    file = send_and_read(api, FIRST, project="NB-COAT", name=f"{card_name(second)}.csv")
    assert file.test == second


def test_a_file_finds_its_test_by_who_hung_there_when_it_began(
    robo: APIClient, bench: Bench, ada: User
) -> None:
    """A folder sent again after the test is over: the start in the file's name says whose it was."""
    ended = timezone.now()
    complete_test(test=bench.test, by=ada, ended_at=ended)
    cell = factories.make_cell(bench.shelf, condition=bench.cell.condition, edition=bench.cell.edition)
    create_test(cell=cell, phase="formation", by=ada, channel=bench.channel)
    ChannelInterval.objects.filter(test=bench.test).update(begins_at=datetime(2024, 3, 1, tzinfo=UTC))
    late = f"1_export-Cycling {bench.test.performed_at:%Y%m%d %H%M%S}.csv"
    file = send_and_read(robo, FIRST, instrument=bench.instrument.code, name=late.replace("export", "x"))
    assert (file.state, file.reason) == ("unassigned", "Say which test this file belongs to."), (
        "no channel yet"
    )
    Submission.objects.filter(pk=file.pk).update(channel=bench.channel, state="received")
    jobs.enqueue("read_file", file.pk, by=ada)
    jobs.work_all()
    file.refresh_from_db()
    assert (file.state, file.test) == ("read", bench.test)


def test_a_name_and_a_channel_that_disagree_wait_for_a_person(
    robo: APIClient, bench: Bench, ada: User
) -> None:
    cell = factories.make_cell(bench.shelf, condition=bench.cell.condition, edition=bench.cell.edition)
    other = create_test(cell=cell, phase="formation", by=ada)
    moment = bench.test.performed_at + timedelta(seconds=2)
    name = f"1_{card_name(other)}-Cycling {moment:%Y%m%d %H%M%S}.csv"
    file = send_and_read(robo, FIRST, instrument=bench.instrument.code, channel="1", name=name)
    assert (file.state, file.test) == ("unassigned", None)
    assert other.code in file.reason and bench.test.code in file.reason
    suggested = {row["test"] for row in _suggestions(ada, file)}
    assert suggested == {other.code, bench.test.code}


def _suggestions(user: User, file: Submission) -> list[dict[str, Any]]:
    client = APIClient()
    client.force_authenticate(user)
    rows: list[dict[str, Any]] = client.get(f"{FILES}{file.pk}/suggestions/").json()
    return rows


def test_an_hour_that_came_twice_is_asked_for(robo: APIClient, bench: Bench, ada: User) -> None:
    bench.instrument.time_zone = "Europe/Oslo"
    bench.instrument.save()
    name = "1_cell-Cycling 20241027 023000.csv"
    file = send_and_read(robo, FIRST, test=bench.test.code, name=name)
    assert (file.started_at, file.start_question) == (None, "ambiguous")
    # In Oslo that half past two was 00:30 and 01:30 UTC.
    first, second = (datetime(2024, 10, 27, hour, 30, tzinfo=UTC) for hour in (0, 1))
    with pytest.raises(ValidationError, match="00:30 UTC or"):
        answer_start(submission=file, started_at=first - timedelta(hours=1), by=ada)
    answer_start(submission=file, started_at=second, by=ada)
    file.refresh_from_db()
    assert (file.started_at, file.start_question, file.started_text) == (second, "", "2024-10-27T02:30:00")


def test_a_clock_that_was_ahead_is_set_right_for_its_time_alone(
    robo: APIClient, bench: Bench, ada: User
) -> None:
    state_clock_offset(
        instrument=bench.instrument, offset_s=90, by=ada, begins_at=datetime(2024, 1, 1, tzinfo=UTC)
    )
    state_clock_offset(
        instrument=bench.instrument, offset_s=0, by=ada, begins_at=datetime(2024, 5, 1, tzinfo=UTC)
    )
    then = send_and_read(robo, FIRST, test=bench.test.code, name="1_c-Cycling 20240304 120130.csv")
    assert then.started_at == datetime(2024, 3, 4, 12, 0, tzinfo=UTC)
    later = send_and_read(
        robo, FIRST + b" ", instrument=bench.instrument.code, name="1_c-Cycling 20240604 120130.csv"
    )
    assert later.started_at == datetime(2024, 6, 4, 12, 1, 30, tzinfo=UTC)


def test_files_are_put_in_the_order_that_people_say(api: APIClient, bench: Bench, ada: User) -> None:
    first, second = in_conflict(api, bench)
    settle_conflict(submission=second, decision="follows", by=ada)
    jobs.work_all()
    second.refresh_from_db()
    assert (second.state, second.reason) == ("read", "")
    assert files_of(bench.test) == [first.pk, second.pk]
    assert bench.test.cycles.count() == 2
    order_files(test=bench.test, files=[second, first], follows=[first.pk], by=ada)
    jobs.work_all()
    assert files_of(bench.test) == [second.pk, first.pk]
    with pytest.raises(ValidationError, match="each file"):
        order_files(test=bench.test, files=[first], by=ada)


def test_the_originals_come_back_byte_for_byte(api: APIClient, bench: Bench, ada: User) -> None:
    in_conflict(api, bench)
    client = Client()
    client.force_login(ada)
    answer = client.get(f"/tests/{bench.test.code}/originals/")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer)))  # type: ignore[arg-type]
    assert {archive.read(name) for name in archive.namelist() if name.endswith("first.csv")} == {FIRST}
    listed = archive.read("originals.csv").decode()
    assert "first.csv" in listed and "second.csv" in listed
    file = Submission.objects.get(name="second.csv")
    assert b"".join(api.get(f"{FILES}{file.pk}/content/")) == OTHER
