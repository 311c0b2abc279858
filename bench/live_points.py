"""Do pages still answer while 64 channels send 1,000 points a second?

Starts the real server and worker on a database of its own, measures some pages while nothing happens and again while 64
tests post their points, one post a channel every two seconds, and prints both and their ratio. Ends with status 1
where fewer than 1,000 points a second were taken, or a point was lost or taken twice, or pages took more than three
times as long.
"""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.faults.running_lab import RunningLab, running_lab, wait_until  # noqa: E402

CHANNELS, POINTS_A_SECOND, SECONDS, EVERY_S = 64, 1_000, 60, 2.0
ROWS_A_POST = round(POINTS_A_SECOND / CHANNELS * EVERY_S) + 1
SLOWER = 3.0
PREPARE = """
import django, json, sys
django.setup()
from tests import factories
from lims.models import Role
from testing.actions import issue_instrument_token, create_test
project = factories.make_project()
grace = factories.make_person("grace", Role.MANAGER, project)
shelf = factories.make_shelf(grace, project)
first = factories.make_cell(shelf)
names = tuple(str(n) for n in range(1, %d + 1))
instrument = factories.make_instrument(grace, project, channels=names)
channels = {c.name: c for c in instrument.channels.all()}
cells = [first] + [factories.make_cell(shelf, condition=first.condition, edition=first.edition) for _ in range(3)]
tests = [create_test(cell=cells[int(n) %% 4], phase="long_term", by=grace, channel=channels[n]) for n in names]
token = issue_instrument_token(instrument=instrument, label="bench", by=grace)
json.dump({"token": token, "tests": [t.code for t in tests], "cell": first.code}, sys.stdout)
"""


class Channel(threading.Thread):
    """One channel: a post every two seconds, for as long as the bench runs."""

    def __init__(self, lab: RunningLab, code: str, token: str, delay_s: float) -> None:
        super().__init__(daemon=True)
        self.parts, self.code, self.token, self.delay_s = urlsplit(lab.url), code, token, delay_s
        self.accepted = self.duplicate = self.refused = 0
        self.took: list[float] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection(str(self.parts.hostname), self.parts.port, timeout=60)
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/x-ndjson"}
        begun = time.monotonic() + self.delay_s
        for number in range(round(SECONDS / EVERY_S)):
            time.sleep(max(0.0, begun + number * EVERY_S - time.monotonic()))
            sent = time.monotonic()
            connection.request("POST", f"/api/v1/tests/{self.code}/rows/", self.body(number), headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            self.took.append(time.monotonic() - sent)
            if answer.status == 202:
                self.accepted += told["accepted"]
                self.duplicate += told["duplicate"]
            else:
                self.refused += 1
        connection.close()

    def body(self, number: int) -> bytes:
        first = number * ROWS_A_POST
        lines = (
            json.dumps(
                {
                    "record_index": n, "test_time_second": n * EVERY_S / ROWS_A_POST,
                    "voltage_volt": 2 + 1e-6 * n, "current_ampere": 0.0001, "step_id": "1",
                }
            )
            for n in range(first, first + ROWS_A_POST)
        )  # fmt: skip
        return "\n".join(lines).encode()


def log_in(lab: RunningLab) -> tuple[http.client.HTTPConnection, dict[str, str]]:
    """Return a connection and the headers of somebody who looks at pages."""
    parts = urlsplit(lab.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    connection.request("GET", "/accounts/login/")
    answer = connection.getresponse()
    page = answer.read().decode()
    cookies = [value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    body = f"csrfmiddlewaretoken={token}&login=grace&password=demo-lab"
    headers = {
        "Cookie": "; ".join(cookies),
        "Content-Type": "application/x-www-form-urlencoded",
        "Referer": lab.url,
    }
    connection.request("POST", "/accounts/login/", body, headers)
    answer = connection.getresponse()
    answer.read()
    cookies = [value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    return connection, {"Cookie": "; ".join(cookies)}


def pages_ms(lab: RunningLab, paths: list[str], *, seconds: float) -> list[float]:
    """Return how long each page took, one after the other, for some seconds."""
    connection, headers = log_in(lab)
    took: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for path in paths:
            begun = time.monotonic()
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path} answered {answer.status}.")
            took.append(1000 * (time.monotonic() - begun))
            time.sleep(0.1)
    connection.close()
    return took


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="lims-bench-") as folder, running_lab(Path(folder)) as lab:
        made: dict[str, Any] = json.loads(lab.run("-c", PREPARE % CHANNELS))
        lab.start_web()
        lab.start_worker()
        wait_until(lambda: _answers(lab), seconds=60, what="the server answers")
        paths = ["/board/", f"/tests/{made['tests'][0]}/", f"/cells/{made['cell']}/", "/files/"]
        pages_ms(lab, paths, seconds=3)
        quiet = pages_ms(lab, paths, seconds=15)
        channels = [
            Channel(lab, code, made["token"], place * EVERY_S / CHANNELS)
            for place, code in enumerate(made["tests"])
        ]
        begun = time.monotonic()
        for channel in channels:
            channel.start()
        busy = pages_ms(lab, paths, seconds=SECONDS - 5)
        for channel in channels:
            channel.join(120)
        took_s = time.monotonic() - begun
        kept = lab.number("SELECT sum(live_rows) FROM testing_testpulse")
    return report(channels, quiet, busy, took_s, kept)


def _answers(lab: RunningLab) -> bool:
    parts = urlsplit(lab.url)
    try:
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=2)
        connection.request("GET", "/api/v1/health/live/")
        return connection.getresponse().status == 200
    except OSError:
        return False


def report(channels: list[Channel], quiet: list[float], busy: list[float], took_s: float, kept: int) -> int:
    sent = CHANNELS * round(SECONDS / EVERY_S) * ROWS_A_POST
    accepted = sum(channel.accepted for channel in channels)
    rate = accepted / took_s
    posts = [1000 * one for channel in channels for one in channel.took]
    ratio = statistics.median(busy) / statistics.median(quiet)
    print(
        f"{CHANNELS} channels, {len(posts)} posts of {ROWS_A_POST} points: {sent} sent, {accepted} taken, {kept} kept"
    )
    print(f"{rate:.0f} points a second (at least {POINTS_A_SECOND})")
    print(
        f"a post: median {statistics.median(posts):.0f} ms, 99 of 100 within {percentile(posts, 0.99):.0f} ms"
    )
    print(
        f"a page: {statistics.median(quiet):.0f} ms before and {statistics.median(busy):.0f} ms during, "
        f"ratio {ratio:.2f} (at most {SLOWER:g}); 99 of 100 within {percentile(busy, 0.99):.0f} ms"
    )
    whole = accepted == sent == kept and not any(channel.duplicate or channel.refused for channel in channels)
    if not whole:
        print("POINTS WERE LOST, REFUSED OR TAKEN TWICE")
    return 0 if whole and rate >= POINTS_A_SECOND and ratio <= SLOWER else 1


if __name__ == "__main__":
    sys.exit(main())
