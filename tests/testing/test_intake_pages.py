"""The pages of board, calendar, inbox, conflicts, alerts and instruments: they open, and do what their buttons say."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from lims import jobs
from lims.models import ApiToken, User
from testing.actions import create_test, issue_instrument_token, reserve_channel
from testing.models import Alert, AlertChoice, ChannelInterval, ClockOffset, CurrentRange, Submission
from tests import factories
from tests.testing.bench import Bench, robo_of, send_and_read
from tests.testing.squidstat_by_hand import charge, discharge, squidstat
from tests.testing.test_files_settled import in_conflict
from tests.testing.test_live_points import post, rows


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def sent(client: Client, url: str, key: str = "k1", **fields: Any) -> Any:
    return client.post(url, {"idempotency_key": key, **fields})


def text(client: Client, url: str, **headers: Any) -> str:
    answer = client.get(url, headers=headers)
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


def test_the_board_shows_what_runs_with_its_last_point(
    browser: Client, robo: APIClient, bench: Bench, ada: User
) -> None:
    post(robo, bench.test, rows(0, 60, every_s=60))
    page = text(browser, "/board/")
    assert f"{bench.cell.code}</a>" in page and "2.0001 V" in page
    assert re.search(r"0\.1000 mAh charging", page)
    tiles = text(browser, "/board/", **{"HX-Request": "true"})
    assert "<html" not in tiles and bench.test.code in tiles
    assert 'hx-trigger="every' in page


def test_the_board_costs_the_same_queries_however_many_channels_run(
    browser: Client, bench: Bench, ada: User
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            text(browser, "/board/")
        return len(queries)

    before = count()
    other = factories.make_instrument(ada, bench.shelf.project, channels=tuple("abcdef"))
    for channel in other.channels.all():
        create_test(cell=bench.cell, phase="other", by=ada, channel=channel)
    assert count() == before


def test_a_running_tests_page_follows_its_points(browser: Client, robo: APIClient, bench: Bench) -> None:
    post(robo, bench.test, rows(0, 10))
    assert f'hx-get="/tests/{bench.test.code}/now/"' in text(browser, f"/tests/{bench.test.code}/")
    assert "11 live points" in text(browser, f"/tests/{bench.test.code}/now/")


def test_a_channel_is_reserved_on_the_calendar_and_given_back(browser: Client, bench: Bench) -> None:
    channel = bench.instrument.channels.get(name="2")
    begins, ends = (timezone.now() + timedelta(days=days) for days in (1, 43))
    fields = {"channel": channel.pk, "cell": bench.cell.code, "begins_at": f"{begins:%Y-%m-%dT%H:%M}"}
    for _ in range(2):
        answer = sent(browser, "/board/reserve/", **fields, ends_at=f"{ends:%Y-%m-%dT%H:%M}")
        assert answer.status_code == 302
    kept = ChannelInterval.objects.reserved().get()
    page = text(browser, "/board/calendar/")
    assert "bar-reserved" in page and f"/board/reservations/{kept.pk}/withdraw/" in page
    clash = sent(browser, "/board/reserve/", key="k2", **fields, ends_at=f"{ends:%Y-%m-%dT%H:%M}")
    assert "is reserved already" in clash.content.decode()
    url = f"/board/reservations/{kept.pk}/withdraw/"
    assert "Withdraw a reservation" in text(browser, url)
    assert sent(browser, url, key="k3", reason="not needed").status_code == 302
    assert not ChannelInterval.objects.reserved().exists()
    assert "No instrument yet" not in text(browser, "/board/calendar/?from=nonsense")


def test_files_dropped_without_a_test_wait_with_what_is_suggested(browser: Client, bench: Bench) -> None:
    content = squidstat([charge(10), discharge(9)])
    for key in ("k1", "k2"):
        file = SimpleUploadedFile(f"{bench.cell.code} whatever.csv", content)
        assert sent(browser, "/files/inbox/drop/", key=key, project="NB-COAT", file=file).status_code == 302
    create_test(cell=bench.cell, phase="rate", by=bench.shelf.by)
    jobs.work_all()
    page = text(browser, "/files/inbox/")
    assert f'value="{bench.test.code}"' in page and "the name" in page
    found = Submission.objects.get()
    assert found.way == "dropped"
    answer = sent(browser, f"/files/{found.pk}/assign/", test=bench.test.code)
    assert answer["Location"] == f"/tests/{bench.test.code}/"
    refused = sent(
        browser, "/files/inbox/drop/", key="k9", project="NB-COAT", file=SimpleUploadedFile("e.csv", b"")
    )
    assert (refused.status_code, "holds 0 bytes" in refused.content.decode()) == (400, True)


def test_a_conflict_is_seen_side_by_side_and_settled(browser: Client, api: APIClient, bench: Bench) -> None:
    first, second = in_conflict(api, bench)
    url = f"/files/{second.pk}/settle/"
    assert url in text(browser, "/files/inbox/") and url in text(browser, f"/files/{second.pk}/")
    page = text(browser, url)
    assert "first.csv" in page and "second.csv" in page and "Elapsed Time" in page
    drawn = browser.get(f"{url}plot.json").json()
    assert [len(series["x"]) > 50 for series in drawn["series"]] == [True, True]
    assert sent(browser, url, decision="keep_new").status_code == 302
    first.refresh_from_db()
    assert first.state == "parked"
    assert browser.get(url).status_code == 302, "it is settled"


def test_an_hour_that_came_twice_is_chosen_on_the_files_page(
    browser: Client, robo: APIClient, bench: Bench
) -> None:
    bench.instrument.time_zone = "Europe/Oslo"
    bench.instrument.save()
    name = "1_cell-Cycling 20241027 023000.csv"
    file = send_and_read(robo, squidstat([charge(10)]), test=bench.test.code, name=name)
    url = f"/files/{file.pk}/start/"
    assert url in text(browser, f"/files/{file.pk}/")
    assert "2024-10-27 01:30:00 UTC" in text(browser, url)
    assert sent(browser, url, started_at="2024-10-27T01:30:00+00:00").status_code == 302
    file.refresh_from_db()
    assert file.started_at is not None and file.started_at.hour == 1


def test_an_alert_is_seen_to_on_its_page(browser: Client, api: APIClient, bench: Bench, ada: User) -> None:
    in_conflict(api, bench)
    alert = Alert.objects.get()
    assert 'class="header-count"' in text(browser, "/")
    page = text(browser, f"/alerts/{alert.pk}/")
    assert "I have seen to it" in page
    assert sent(browser, f"/alerts/{alert.pk}/acknowledge/", note="second was a trial").status_code == 302
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.acknowledged_note) == (ada, "second was a trial")
    assert 'class="header-count"' not in text(browser, "/")
    assert "second was a trial" in text(browser, f"/alerts/{alert.pk}/")


def test_a_person_chooses_how_to_be_told(browser: Client, bench: Bench, ada: User) -> None:
    assert "no mail server" in text(browser, "/alerts/choices/")
    answer = sent(browser, "/alerts/choices/", short=["on_page", "by_email"], email="ada@example.org")
    assert answer.status_code == 302
    chosen = AlertChoice.objects.get(user=ada, kind="short")
    assert (chosen.on_page, chosen.by_email, chosen.by_webhook) == (True, True, False)
    assert not AlertChoice.objects.get(user=ada, kind="finished").on_page
    inside = sent(browser, "/alerts/choices/", short=["by_webhook"], webhook_url="http://127.0.0.1/x")
    assert "inside this machine" in inside.content.decode()
    assert "Say which address" in sent(browser, "/alerts/choices/", short=["by_email"]).content.decode()


def test_an_instrument_is_described_calibrated_and_its_clock_set_right(browser: Client, bench: Bench) -> None:
    base = f"/instruments/{bench.instrument.code}/"
    answer = sent(
        browser, f"{base}calibrate/", upper_ma="1", offset_ma="0.001", gain_fraction="0.0005",
        calibrated_on="2026-01-05", certificate="C-17",
    )  # fmt: skip
    assert answer.status_code == 302
    again = sent(
        browser, f"{base}calibrate/", key="k2", upper_ma="1", offset_ma="0.002", calibrated_on="2026-01-05"
    )
    assert "calibration of that day already" in again.content.decode()
    assert (
        sent(browser, f"{base}clock/", key="k3", offset_s="12", begins_at="2026-01-01T00:00").status_code
        == 302
    )
    clash = sent(browser, f"{base}clock/", key="k4", offset_s="5", begins_at="2025-12-01T00:00")
    assert "stated for then already" in clash.content.decode()
    assert (CurrentRange.objects.get().certificate, ClockOffset.objects.get().offset_s) == ("C-17", 12)
    page = text(browser, base)
    assert "C-17" in page and "Ahead" in page
    version = bench.instrument.version
    changed = sent(
        browser, f"{base}change/", key="k5", name="Squidstat", maker="Admiral", time_zone="Europe/Oslo",
        firmware="2.11", reason="as on its plate", expected_version=version,
    )  # fmt: skip
    assert changed.status_code == 302, changed.content.decode()[-3000:]
    bench.instrument.refresh_from_db()
    assert (bench.instrument.firmware, bench.instrument.time_zone) == ("2.11", "Europe/Oslo")


def test_the_smallest_range_that_holds_a_current_counts_by_its_newest_calibration(
    bench: Bench, ada: User
) -> None:
    from datetime import date

    from testing.actions import calibrate_range

    for upper, offset, year in ((1.0, 0.001, 2024), (1.0, 0.002, 2025), (10.0, 0.01, 2025)):
        calibrate_range(
            instrument=bench.instrument,
            upper_ma=upper,
            offset_ma=offset,
            calibrated_on=date(year, 1, 1),
            by=ada,
        )
    found = {ma: bench.instrument.range_for(ma) for ma in (0.5, -1.0, 2.0, 11.0)}
    assert [r and r.offset_ma for r in found.values()] == [0.002, 0.002, 0.01, None]


def test_one_token_is_revoked_and_the_others_stay(bench: Bench, grace: User) -> None:
    kept, gone = robo_of(bench.instrument, grace, "kept"), robo_of(bench.instrument, grace, "gone")
    key = ApiToken.objects.get(label="gone").token_key
    client = Client()
    client.force_login(grace)
    url = f"/instruments/{bench.instrument.code}/tokens/{key}/revoke/"
    assert url in text(client, f"/instruments/{bench.instrument.code}/")
    assert "Revoke a token" in text(client, url)
    client.post(url)
    assert gone.get("/api/v1/files/").status_code == 401
    assert kept.get("/api/v1/files/").status_code == 200


def test_the_agent_comes_with_its_instructions_filled_in(browser: Client, bench: Bench) -> None:
    page = text(browser, f"/instruments/{bench.instrument.code}/agent/")
    assert f"--instrument {bench.instrument.code}" in page and "--lab http://testserver" in page
    answer = browser.get(f"/instruments/{bench.instrument.code}/agent/lims_agent.py")
    compile(answer.content, "lims_agent.py", "exec")
    assert "attachment" in answer["Content-Disposition"]


def test_a_test_without_a_file_is_missed(browser: Client, bench: Bench, ada: User) -> None:
    long_ago = timezone.now() - timedelta(days=3)
    factories.make_test(bench.cell, ada, performed_at=long_ago)
    page = text(browser, "/files/missing/")
    assert "TEST-0002" in page and bench.test.code not in page


def test_a_token_of_nobody_else_is_shown(bench: Bench, ada: User, grace: User) -> None:
    issue_instrument_token(instrument=bench.instrument, label="bench", by=grace)
    client = Client()
    client.force_login(ada)
    assert "Issue a token" not in text(client, f"/instruments/{bench.instrument.code}/")


def test_a_reservation_by_the_api_is_the_same(api: APIClient, bench: Bench, ada: User) -> None:
    begins = timezone.now() + timedelta(days=1)
    body = {
        "instrument": bench.instrument.code, "channel": "2", "cell": bench.cell.code,
        "begins_at": begins.isoformat(), "ends_at": (begins + timedelta(days=42)).isoformat(),
    }  # fmt: skip
    made = api.post("/api/v1/reservations/", body)
    assert made.status_code == 201, made.json()
    clash = api.post("/api/v1/reservations/", body)
    assert "is reserved already" in clash.json()["channel"][0]
    assert (
        api.post(f"/api/v1/reservations/{made.json()['id']}/withdraw/", {"reason": "moved"}).status_code
        == 204
    )
    with pytest.raises(ChannelInterval.DoesNotExist):
        ChannelInterval.objects.reserved().get()
    reserve_channel(
        channel=bench.instrument.channels.get(name="2"), cell=bench.cell, begins_at=begins,
        ends_at=begins + timedelta(days=1), by=ada,
    )  # fmt: skip
    [row] = [r for r in api.get("/api/v1/board/").json() if r["channel"] == "2"]
    assert (row["state"], row["test"]) == ("free", None) and row["next_reservation"]
