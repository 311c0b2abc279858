"""The agent as it runs on an instrument's computer: a process of its own, killed at random, against a real server.

With LIMS_LONG=1 a hundred files appear while it is killed; a few do otherwise. Every file ends in the lab, none twice.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from lims.models import User
from testing.actions import issue_instrument_token
from testing.agent import lims_agent
from testing.models import InstrumentPulse, Submission, Upload
from tests.testing.bench import Bench

AGENT = Path(settings.BASE_DIR) / "testing" / "agent" / "lims_agent.py"
LONG = bool(os.environ.get("LIMS_LONG"))
FILES, KILLS = (100, 40) if LONG else (12, 4)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def command(live_server: Any, bench: Bench, grace: User, tmp_path: Path) -> list[str]:
    """The command line of an agent that watches ``tmp_path/exports`` without patience."""
    token = tmp_path / "token.txt"
    token.write_text(issue_instrument_token(instrument=bench.instrument, label="bench", by=grace))
    (tmp_path / "exports").mkdir()
    return [
        sys.executable, "-I", str(AGENT), "--lab", live_server.url, "--instrument", bench.instrument.code,
        "--token-file", str(token), "--folder", str(tmp_path / "exports"), "--stable-s", "0.2", "--look-s", "0.1",
        "--beat-s", "1", "--first-pause-s", "0.1", "--channel-folder", "1",
    ]  # fmt: skip


def run_once(command: list[str]) -> str:
    done = subprocess.run([*command, "--once"], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def names() -> list[str]:
    return sorted(Submission.objects.values_list("name", flat=True))


def test_killed_at_random_it_ends_with_every_file_and_none_twice(command: list[str], tmp_path: Path) -> None:
    chance = random.Random(42)
    exports = tmp_path / "exports"
    expected = [f"cell-{number:03d}.csv" for number in range(FILES)]
    waiting = list(expected)
    for _ in range(KILLS):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for name in waiting[: FILES // KILLS + 1]:
            content = chance.randbytes(chance.choice([50, 5_000, 200_000]))
            (exports / name).write_bytes(name.encode() + content)
        del waiting[: FILES // KILLS + 1]
        time.sleep(chance.uniform(0.2, 1.2))
        process.kill()
        process.wait()
    for name in waiting:
        (exports / name).write_bytes(name.encode())
    run_once(command)
    assert names() == expected
    assert run_once(command) == "", "a restart repeats nothing"
    pulse = InstrumentPulse.objects.get()
    assert (pulse.agent_version, pulse.waiting_files) == (lims_agent.VERSION, 0)


def test_a_large_file_goes_in_parts_and_is_resumed(command: list[str], tmp_path: Path, bench: Bench) -> None:
    content = random.Random(7).randbytes(lims_agent.LARGE_BYTES + 3_000_001)
    folder = tmp_path / "exports" / "1"
    folder.mkdir()
    (folder / "large.bin").write_bytes(content)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _wait_for(lambda: Upload.objects.filter(offset__gt=0).exists() or Submission.objects.exists())
    process.kill()
    process.wait()
    run_once(command)
    file = Submission.objects.get()
    assert (file.blob.path.read_bytes(), file.way, file.channel) == (content, "resumed", bench.channel)
    assert file.test == bench.test, "the folder is named like the channel, and that test hangs there"


def _wait_for(true: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_growing_file_waits_and_its_longer_state_is_sent_again(command: list[str], tmp_path: Path) -> None:
    path = tmp_path / "exports" / "growing.csv"
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for line in range(10):
            with path.open("a") as file:
                file.write(f"line {line}\n")
            time.sleep(0.05)
        _wait_for(Submission.objects.exists)
    finally:
        process.kill()
        process.wait()
    assert [s.blob.path.read_text().count("\n") for s in Submission.objects.all()] == [10], (
        "never in the middle"
    )
    with path.open("a") as file:
        file.write("line 10\n")
    run_once(command)
    assert names() == ["growing.csv", "growing.csv"]


def test_what_the_lab_will_never_take_is_not_sent_for_ever(command: list[str], tmp_path: Path) -> None:
    other = [*command, "--channel", "no-such-channel"]
    (tmp_path / "exports" / "cell.csv").write_bytes(b"x")
    assert "refused" in run_once(other)
    assert run_once(other) == ""


def test_two_agents_do_not_share_a_journal(command: list[str], tmp_path: Path) -> None:
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait_for(lambda: (tmp_path / "token.journal").exists())
        second = subprocess.run([*command, "--once"], capture_output=True, text=True, timeout=60, check=False)
    finally:
        first.kill()
        first.wait()
    assert second.returncode != 0
    assert "Another agent" in second.stderr


@pytest.fixture
def options(tmp_path: Path) -> Iterator[Any]:
    yield lims_agent.read_options(
        [
            "--lab",
            "http://lab",
            "--instrument",
            "INST-0001",
            "--token-file",
            str(tmp_path / "t & t"),
            "--folder",
            "x",
        ]
    )


def test_services_are_told_where_everything_lies(options: Any) -> None:
    unit, task = lims_agent.systemd_unit(options), lims_agent.windows_task(options)
    assert "Restart=always" in unit and str(AGENT) in unit
    assert "t &amp; t" in task and "<BootTrigger>" in task


def test_it_needs_nothing_but_the_standard_library() -> None:
    imported = set(re.findall(r"^\s*(?:import|from) (\w+)", AGENT.read_text(), re.MULTILINE))
    assert imported <= sys.stdlib_module_names
