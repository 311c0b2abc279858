"""A whole lab in processes of its own, on the database that this run is about, to be hurt in tests."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parents[2]
QUICK = {"LIMS_JOB_LEASE_S": "3", "LIMS_JOB_SWEEP_S": "1"}


@dataclass
class RunningLab:
    """Where the lab answers, and how to reach into it."""

    folder: Path
    environment: dict[str, str]
    url: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, *arguments: str) -> str:
        """Run one command of the lab to its end and return what it printed."""
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a process that stays, in a group of its own."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def start_web(self) -> None:
        port = str(urlsplit(self.url).port)
        self.start(
            "web", "-m", "granian", "--interface", "wsgi", "lims.wsgi:application", "--host", "127.0.0.1",
            "--port", port, "--workers", "1", "--blocking-threads", "8",
        )  # fmt: skip

    def start_worker(self) -> subprocess.Popen[bytes]:
        return self.start(
            "worker", "-m", "celery", "-A", "lims", "worker", "-B", "--schedule", str(self.folder / "beat"),
            "--pidfile=", "--pool", "prefork", "--concurrency", "2", "--without-gossip", "--without-mingle",
            "--without-heartbeat", "--loglevel", "WARNING",
        )  # fmt: skip

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the lab's database past all of its code."""
        address = self.environment.get("LIMS_DATABASE_URL")
        if address:
            with psycopg.connect(address) as postgresql:
                return postgresql.execute(sql).fetchall()  # type: ignore[arg-type]
        database = sqlite3.connect(self.folder / "lab.sqlite3", timeout=20)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def number(self, sql: str) -> int:
        [(number,)] = self.rows(sql)
        return int(number)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and everything it started, without a word."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def wait_until(true: Callable[[], bool], *, seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"Not within {seconds:g} s: {what}."
        time.sleep(0.1)


@contextmanager
def running_lab(folder: Path) -> Iterator[RunningLab]:
    """Make an empty lab in ``folder`` (and a database of its own on PostgreSQL), and clear it away after."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | QUICK | {"LIMS_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "lims.settings"}
    lab = RunningLab(folder, environment, f"http://127.0.0.1:{port}")
    server = os.environ.get("LIMS_DATABASE_URL", "")
    name = f"lims_faults_{os.getpid()}"
    if server.startswith("postgres"):
        _on_server(server, f"CREATE DATABASE {name}")
        environment["LIMS_DATABASE_URL"] = urlsplit(server)._replace(path=f"/{name}").geturl()
    try:
        lab.run("manage.py", "migrate", "--verbosity", "0")
        yield lab
    finally:
        for process in lab.processes:
            kill_group(process)
        if server.startswith("postgres"):
            _on_server(server, f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(address: str, sql: str) -> None:
    maintenance = urlsplit(address)._replace(path="/postgres").geturl()
    with psycopg.connect(maintenance, autocommit=True) as server:
        server.execute(sql)  # type: ignore[call-overload]


def prepared(lab: RunningLab) -> dict[str, Any]:
    """Enter people, cells and tests, and return the token and the tests' codes."""
    answer: dict[str, Any] = json.loads(lab.run("-m", "tests.faults.prepare"))
    return answer
