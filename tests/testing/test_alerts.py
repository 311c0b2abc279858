"""Alerts: raised once for a cause, told by the ways that each person chose, never a way into the lab's network."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from lims import jobs
from lims.models import Job, User
from testing import watch, webhooks
from testing.actions import acknowledge_alert, choose_alerts, complete_test, create_test
from testing.alerts import raise_alert
from testing.models import Alert, AlertDelivery, AlertWebhook, InstrumentPulse
from tests import factories
from tests.testing.bench import Bench, send_and_read
from tests.testing.squidstat_by_hand import Half, squidstat
from tests.testing.test_live_points import post, rows


def kinds() -> list[str]:
    return sorted(Alert.objects.values_list("kind", flat=True))


def raised(bench: Bench, cause: str = "one") -> Alert | None:
    return raise_alert(
        kind="short", cause=cause, sentence="It is shorted.", project=bench.shelf.project, test=bench.test,
        evidence={"voltage_v": 0.001},
    )  # fmt: skip


def test_a_cause_is_told_once(bench: Bench) -> None:
    assert raised(bench) is not None
    assert raised(bench) is None
    assert raised(bench, "another") is not None


def test_a_test_with_the_wrong_1c_raises_its_alert_within_the_first_half_hour_of_points(
    robo: APIClient, bench: Bench, ada: User
) -> None:
    """A 4.7 V cell whose C/10 was worked out with the 4.3 V cell's 1C: the commonest error of all."""
    shelf = bench.shelf
    design = factories.make_design(shelf, cut_off_v=4.7, capacity_mah_g=205)
    cell = factories.make_cell(shelf, condition=bench.cell.condition, edition=design)
    complete_test(test=bench.test, by=ada)
    own = cell.bases.get(current=True).one_c_current_ma
    unscaled = bench.cell.bases.get(current=True).one_c_current_ma
    # 205 / 165 between two cells of the same mass
    assert own / unscaled == pytest.approx(205 / 165, rel=1e-3)
    protocol = factories.make_protocol(ada) if hasattr(factories, "make_protocol") else None
    test = create_test(
        cell=cell,
        phase="formation",
        by=ada,
        channel=bench.channel,
        one_c_current_ma=own,
        protocol_edition=protocol,
    )
    Alert.objects.all().delete()
    for minute in range(0, 30, 5):
        points = rows(60 * minute, 60 * minute + 299, current_ma=0.1 * unscaled)
        assert post(robo, test, points).status_code == 202
        jobs.work_all()
    [alert] = Alert.objects.filter(kind="wrong_current")
    assert alert.test == test
    assert "1C of a 4.3 V cell" in alert.sentence and "not scaled" in alert.sentence
    assert alert.evidence["measured_ma"] == pytest.approx(0.1 * unscaled, rel=1e-6)
    assert TestPulseView(ada).bell() >= 1


class TestPulseView:
    """What the bell of a person's page says."""

    __test__ = False

    def __init__(self, user: User) -> None:
        self.client = Client()
        self.client.force_login(user)

    def bell(self) -> int:
        page = self.client.get("/alerts/").content.decode()
        return int(page.partition('class="header-count"')[2].partition(">")[2].partition("<")[0] or 0)


def test_the_same_start_posted_as_a_file_raises_it_too_and_once(
    api: APIClient, bench: Bench, ada: User
) -> None:
    design = factories.make_design(bench.shelf, cut_off_v=4.7, capacity_mah_g=205)
    cell = factories.make_cell(bench.shelf, condition=bench.cell.condition, edition=design)
    unscaled = bench.cell.bases.get(current=True).one_c_current_ma
    test = create_test(cell=cell, phase="formation", by=ada)
    whole = squidstat([Half(0.1 * unscaled, 1.0, 1.5, 2.0)])
    half = b"".join(whole.splitlines(keepends=True)[:8])
    for content in (half, whole):
        assert send_and_read(api, content, test=test.code).state == "read"
    assert kinds() == ["wrong_current"]


def test_the_wrong_1c_is_told_when_it_is_entered(bench: Bench, ada: User) -> None:
    design = factories.make_design(bench.shelf, cut_off_v=4.7, capacity_mah_g=205)
    cell = factories.make_cell(bench.shelf, condition=bench.cell.condition, edition=design)
    test = create_test(cell=cell, phase="formation", by=ada, one_c_current_ma=0.8482)
    alert = Alert.objects.get()
    assert (alert.kind, alert.test) == ("wrong_current", test)
    assert "is set to 0.8482 mA" in alert.sentence


def test_an_end_frees_the_channel_and_says_so(bench: Bench, ada: User) -> None:
    complete_test(test=bench.test, by=ada)
    assert kinds() == ["channel_free", "finished"]
    old = factories.make_test(bench.cell, ada, performed_at=timezone.now() - timedelta(days=9))
    complete_test(test=old, by=ada, ended_at=timezone.now() - timedelta(days=2))
    assert Alert.objects.count() == 2, "what is entered afterwards is no news"


def test_a_lost_heartbeat_is_told_once_for_each_silence(robo: APIClient, bench: Bench) -> None:
    url = f"/api/v1/instruments/{bench.instrument.code}/heartbeat/"
    assert robo.post(url, {"every_s": 60, "waiting_files": 3}).status_code == 200
    watch.look_for_lost_heartbeats()
    assert kinds() == []
    for _ in range(2):
        InstrumentPulse.objects.update(heard_at=timezone.now() - timedelta(minutes=5))
        for _ in range(2):
            watch.look_for_lost_heartbeats()
        robo.post(url, {"every_s": 60})
    assert kinds() == ["lost_heartbeat"] * 2


def test_a_heartbeat_comes_from_the_instrument_alone(api: APIClient, robo: APIClient, bench: Bench) -> None:
    url = f"/api/v1/instruments/{bench.instrument.code}/heartbeat/"
    assert api.post(url, {}).status_code == 403
    assert robo.post(url, {"every_s": 0}).status_code == 400
    assert robo.post("/api/v1/instruments/INST-9999/heartbeat/", {}).status_code == 404


def test_whoever_sees_to_it_first_is_kept(bench: Bench, ada: User, grace: User) -> None:
    alert = raised(bench)
    assert alert is not None
    acknowledge_alert(alert=alert, by=ada, note="leads turned round")
    acknowledge_alert(alert=alert, by=grace, note="me too")
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.acknowledged_note) == (ada, "leads turned round")


def test_otto_learns_nothing(bench: Bench, otto: User) -> None:
    alert = raised(bench)
    assert alert is not None
    client = Client()
    client.force_login(otto)
    assert client.get(f"/alerts/{alert.pk}/").status_code == 404
    assert TestPulseView(otto).bell() == 0


def test_mail_goes_to_who_chose_it(
    bench: Bench, ada: User, grace: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EMAIL_HOST_STATED", True)
    choose_alerts(by=ada, choices={"short": ["on_page", "by_email"]}, email="ada@example.org")
    raised(bench)
    jobs.work_all()
    [message] = mail.outbox
    assert message.to == ["ada@example.org"]
    assert "It is shorted." in message.body and "voltage_v: 0.001" in message.body
    assert AlertDelivery.objects.get().state == "sent"


class _Receiver(BaseHTTPRequestHandler):
    got: list[tuple[str, bytes]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).got.append((self.headers["X-Lab-Signature"], body))
        self.send_response(type(self).status)
        self.end_headers()

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def receiver() -> Any:
    _Receiver.got, _Receiver.status = [], 200
    server = HTTPServer(("127.0.0.1", 0), _Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_webhook_is_signed_and_tried_again(
    bench: Bench, ada: User, receiver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "WEBHOOK_PRIVATE", True)
    url = f"http://127.0.0.1:{receiver.server_port}/hook?team=nb"
    choose_alerts(by=ada, choices={"short": ["by_webhook"]}, webhook_url=url)
    secret = AlertWebhook.objects.get().secret
    _Receiver.status = 503
    raised(bench)
    jobs.work_all()
    assert AlertDelivery.objects.get().state == "waiting"
    _Receiver.status = 200
    Job.objects.update(not_before=None)
    jobs.work_all()
    assert AlertDelivery.objects.get().state == "sent"
    (first, body), (_, again) = _Receiver.got
    assert body == again
    seconds, _, given = first.removeprefix("t=").partition(",v1=")
    assert given == hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert json.loads(body)["sentence"] == "It is shorted."


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost:8000/admin/", "http://169.254.169.254/latest/", "http://[::1]/",
        "http://10.1.2.3/", "http://192.168.0.1/", "http://0.0.0.0/", "http://[::ffff:127.0.0.1]/", "http://2130706433/",
        "file:///etc/passwd", "ftp://example.org/", "http://user:secret@example.org/", "http://", "nonsense",
    ],
)  # fmt: skip
def test_no_webhook_leads_inside(bench: Bench, ada: User, url: str) -> None:
    with pytest.raises(ValidationError):
        choose_alerts(by=ada, choices={"short": ["by_webhook"]}, webhook_url=url)
    assert not AlertWebhook.objects.exists()


def test_a_name_that_moves_inside_after_it_was_judged_gains_nothing(
    bench: Bench, ada: User, receiver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    AlertWebhook.objects.create(user=ada, url=f"http://127.0.0.1:{receiver.server_port}/", secret="s")
    from testing.models import AlertChoice

    AlertChoice.objects.create(user=ada, kind="short", by_webhook=True)
    raised(bench)
    jobs.work_all()
    delivery = AlertDelivery.objects.get()
    assert delivery.state == "failed"
    assert "inside this machine or its network" in delivery.reason
    assert _Receiver.got == []


def test_every_address_of_a_name_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    two = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(webhooks.socket, "getaddrinfo", lambda *_a, **_k: two)
    with pytest.raises(webhooks.WebhookRefused, match=r"10\.0\.0\.1"):
        webhooks.look_up("http://two.example.org/", private_allowed=False)
