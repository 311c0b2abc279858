"""Logs joined with a test by time, and leads that were reversed: said by a person, never by the program."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from lims import jobs
from lims.models import User
from testing.models import AuxiliaryLog, CellTest, Submission
from tests.testing.bench import Bench, send_and_read
from tests.testing.squidstat_by_hand import charge, discharge, squidstat

# 0.1 mA for 10 h in and 9 h out, exported by an instrument whose clock stands in Oslo.
NAME = "1_cell-Formation 20260306 120000.csv"
LOG = "time,Temperature (°C),Force (kN)\n" + "".join(
    f"2026-03-06 {hour:02d}:30:00,{60 + hour / 10},1.5\n" for hour in range(8, 24)
)


def turned(content: bytes) -> bytes:
    """Return the export as it is when the leads hang the wrong way round."""
    lines = content.decode("cp1252").replace("\r\n", "\n").splitlines()
    rows = [line.split(",") for line in lines[1:]]
    for row in rows:
        row[3], row[5] = str(-float(row[3])), str(-float(row[5]))
    return ("\n".join([lines[0], *(",".join(row) for row in rows)]) + "\n").encode("cp1252")


def cycles_of(api: APIClient, test: CellTest) -> list[dict[str, float]]:
    found: list[dict[str, float]] = api.get(f"/api/v1/tests/{test.code}/cycles/").json()["results"]
    return found


def test_reversed_leads_are_said_and_turned_only_by_a_person(
    api: APIClient, bench: Bench, client: Client, ada: User
) -> None:
    content = turned(squidstat([charge(10), discharge(9)]))
    send_and_read(api, content, test=bench.test.code)
    assert cycles_of(api, bench.test)[0]["cycle_number"] == 0, "as recorded it begins with a discharge"
    address = f"/api/v1/tests/{bench.test.code}/polarity/"
    said = {"polarity": "leads_reversed", "reason": "The red clip hung on the anode."}
    assert api.post(address, said).status_code == 428
    version = api.get(f"/api/v1/tests/{bench.test.code}/").headers["ETag"]
    assert api.post(address, {**said, "reason": " "}, headers={"If-Match": version}).status_code == 400
    assert api.post(address, said, headers={"If-Match": version}).status_code == 200
    jobs.work_all()
    (cycle,) = cycles_of(api, bench.test)
    assert (cycle["charge_capacity_mah"], cycle["discharge_capacity_mah"]) == pytest.approx((1.0, 0.9))
    dataset = bench.test.datasets.get(current=True)
    assert dataset.version == 2
    assert any("Corrected by a person: leads reversed" in flag for flag in dataset.flags)
    entry = bench.test.identity.log.get(verb="corrected its polarity")
    assert entry.reason == "The red clip hung on the anode."
    client.force_login(ada)
    page = client.get(reverse("testing:test", args=[bench.test.code])).content.decode()
    assert "leads reversed: voltage and current are turned round" in page
    back = client.post(
        reverse("testing:correct_polarity", args=[bench.test.code]),
        {"idempotency_key": "1", "polarity": "as_recorded", "reason": "It was another channel."},
    )
    assert back.status_code == 302
    jobs.work_all()
    assert cycles_of(api, bench.test)[0]["cycle_number"] == 0


def test_a_log_is_joined_with_the_test_by_time(api: APIClient, bench: Bench) -> None:
    bench.instrument.time_zone = "Europe/Oslo"
    bench.instrument.save()
    file = send_and_read(api, squidstat([charge(10), discharge(9)]), name=NAME, test=bench.test.code)
    Submission.objects.filter(pk=file.pk).update(started_at=datetime(2026, 3, 6, 11, tzinfo=UTC))
    log = send_and_read(api, LOG.encode(), name="oven.csv", test=bench.test.code)
    assert (log.state, log.measured) == ("read", "auxiliary")
    assert len(cycles_of(api, bench.test)) == 1, "a log is no part of the dataset"
    kept = AuxiliaryLog.objects.get()
    assert (kept.zone, kept.first_at) == ("Europe/Oslo", datetime(2026, 3, 6, 7, 30, tzinfo=UTC))
    rows = api.get(f"/api/v1/tests/{bench.test.code}/conditions/").json()["results"]
    whole = next(
        row
        for row in rows
        if row["quantity"] == "ambient_temperature_celsius" and row["cycle_number"] is None
    )
    # From 12:00 in Oslo on: 12:30 to 23:30, of the log's sixteen points.
    assert (whole["points"], whole["minimum"], whole["maximum"]) == (
        12,
        pytest.approx(61.2),
        pytest.approx(62.3),
    )
    assert {row["cycle_number"] for row in rows} == {None, 1}


def test_a_log_whose_zone_nobody_said_waits(api: APIClient, bench: Bench) -> None:
    CellTest.objects.filter(pk=bench.test.pk).update(channel=None)
    log = send_and_read(api, LOG.encode(), name="oven.csv", test=bench.test.code)
    assert log.state == "unassigned"
    assert "names no zone" in log.reason
    assert not AuxiliaryLog.objects.exists()
