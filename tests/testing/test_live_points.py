"""Live points: kept once by their record numbers, shown as they come, and put into a file like any other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from lims import jobs
from lims.models import User
from testing.actions import complete_test
from testing.models import CellTest, LiveSegment, Submission, TestPulse
from tests.testing.bench import Bench, send_and_read
from tests.testing.squidstat_by_hand import charge, squidstat


def rows(
    first: int, last: int, *, every_s: float = 1.0, current_ma: float = 0.1, **more: Any
) -> list[dict[str, Any]]:
    """Return points ``first`` to ``last`` of a charge at constant current, one a second."""
    return [
        {
            "record_index": n, "test_time_second": n * every_s, "voltage_volt": 2.0 + n * 1e-6,
            "current_ampere": current_ma / 1000, **more,
        }
        for n in range(first, last + 1)
    ]  # fmt: skip


def post(client: APIClient, test: CellTest, points: list[dict[str, Any]] | bytes) -> Any:
    body = points if isinstance(points, bytes) else b"".join(json.dumps(p).encode() + b"\n" for p in points)
    return client.post(f"/api/v1/tests/{test.code}/rows/", body, content_type="application/x-ndjson")


def test_points_are_taken_once_and_counted(robo: APIClient, bench: Bench) -> None:
    answer = post(robo, bench.test, rows(0, 9))
    assert (answer.status_code, answer.json()) == (202, {"accepted": 10, "duplicate": 0, "differing": 0})
    again = post(robo, bench.test, rows(5, 14)).json()
    assert again == {"accepted": 5, "duplicate": 5, "differing": 0}
    other = post(robo, bench.test, rows(0, 2, current_ma=0.2)).json()
    assert other == {"accepted": 0, "duplicate": 3, "differing": 3}, "the first values stand, and it is told"
    assert CellTest.objects.get(pk=bench.test.pk).state == "running"


def test_a_record_that_stands_twice_in_one_post_is_one(robo: APIClient, bench: Bench) -> None:
    assert post(robo, bench.test, rows(0, 2) + rows(1, 3)).json() == {
        "accepted": 4, "duplicate": 2, "differing": 0,
    }  # fmt: skip


def test_points_that_come_late_fill_their_hole(robo: APIClient, bench: Bench) -> None:
    post(robo, bench.test, rows(0, 9))
    post(robo, bench.test, rows(20, 29))
    assert post(robo, bench.test, rows(5, 25)).json()["accepted"] == 10
    assert TestPulse.objects.get().last_record == 29


def test_the_pulse_follows_the_last_point(robo: APIClient, bench: Bench) -> None:
    # 0.1 mA for an hour, in two posts, is 0.1 mAh; then half an hour out is 0.05 mAh.
    post(robo, bench.test, rows(0, 30, every_s=60))
    post(robo, bench.test, rows(31, 60, every_s=60, surface_temperature_celsius=60.5))
    pulse = TestPulse.objects.get(test=bench.test)
    assert pulse.half_capacity_mah == pytest.approx(0.1, rel=1e-9)
    assert (pulse.half_sign, pulse.temperature_c, pulse.test_time_s) == (1, 60.5, 3600)
    post(robo, bench.test, rows(61, 90, every_s=60, current_ma=-0.1))
    pulse.refresh_from_db()
    assert (pulse.half_sign, pulse.half_capacity_mah) == (-1, pytest.approx(0.05, rel=1e-9))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "holds no line"),
        (b"{nonsense\n", "Line 1 is no JSON"),
        (b"[1]\n", "Line 1 is no JSON object"),
        (b'{"record_index": 1}\n', "Line 1 lacks test_time_second"),
        (json.dumps(rows(0, 0)[0] | {"voltage_mV": 1}).encode(), "is no BDF column"),
        (json.dumps(rows(0, 0)[0] | {"voltage_volt": "2"}).encode(), "voltage_volt is a number"),
        (json.dumps(rows(0, 0)[0] | {"record_index": -1}).encode(), "record_index is a whole number"),
        (json.dumps(rows(0, 0)[0]).replace("2.0", "NaN").encode(), "NaN is no number"),
        (json.dumps(rows(0, 0)[0]).replace("2.0", "1e999").encode(), "voltage_volt is a number"),
    ],
)
def test_a_line_that_is_wrong_is_named_and_nothing_is_kept(
    robo: APIClient, bench: Bench, body: bytes, sentence: str
) -> None:
    answer = post(robo, bench.test, body)
    assert answer.status_code == 400
    assert sentence in answer.json()["__all__"][0]
    assert not LiveSegment.objects.exists()


def test_who_may_not_post_for_a_test_may_not_post_points(
    bench: Bench, robo: APIClient, otto: User, ada: User, grace: User
) -> None:
    from tests import factories
    from tests.testing.bench import client_of, robo_of

    other = factories.make_instrument(ada, bench.shelf.project)
    assert post(robo_of(other, grace), bench.test, rows(0, 1)).status_code == 404
    assert post(client_of(otto), bench.test, rows(0, 1)).status_code == 404
    assert not LiveSegment.objects.exists()


def test_points_become_a_file_whose_longer_version_takes_its_place(
    robo: APIClient, api: APIClient, bench: Bench, ada: User
) -> None:
    test = bench.test
    post(robo, test, rows(0, 1799, every_s=10))
    jobs.work_all()
    first = Submission.objects.get(way="live")
    assert (first.state, first.rows) == ("read", 1800)
    assert not LiveSegment.objects.exclude(content=None).exists(), "its points lie in the file now"
    assert post(robo, test, rows(100, 120, every_s=10)).json()["duplicate"] == 21, "and are still known"
    post(robo, test, rows(1800, 2499, every_s=10))
    complete_test(test=test, by=ada)
    jobs.work_all()
    second = Submission.objects.filter(way="live").first()
    assert second is not None
    assert (second.rows, second.blob.path.read_bytes()[:5000]) == (2500, first.blob.path.read_bytes()[:5000])
    dataset = test.datasets.get(current=True)
    assert dataset.rows == 2500
    assert [place.submission_id for place in dataset.places.all()] == [second.pk]
    [cycle] = api.get(f"/api/v1/tests/{test.code}/cycles/").json()["results"]
    assert (cycle["charge_capacity_mah"], cycle["complete"]) == (None, False), "its charge has not ended"


def test_the_instruments_own_file_takes_the_place_of_the_points_that_it_covers(
    robo: APIClient, bench: Bench, ada: User
) -> None:
    post(robo, bench.test, rows(0, 1799, every_s=1))
    jobs.work_all()
    file = send_and_read(robo, squidstat([charge(10)]), test=bench.test.code)
    assert file.state == "read", file.reason
    dataset = bench.test.datasets.get(current=True)
    assert [place.submission_id for place in dataset.places.all()] == [file.pk]
