"""Laying out a PDF in a process of its own: however long or hostile a page is, the worker lives on."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from lims.pdf import Attached, PdfUnavailable, pdf_problem
from lims.pdf_child import REFUSED_EXIT

PROJECT = Path(__file__).resolve().parents[1]
# The rest of the worker's environment holds secrets that laying out a page has no use for.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV")
BYTES_PER_MB = 1_000_000
POLL_S = 0.02
TICK_S = 1.0


class PdfRefused(Exception):
    """The page cannot be laid out within the limits; the sentence says which and what to do."""


def render_pdf_apart(
    template: str,
    context: Mapping[str, Any],
    *,
    identifier: str = "",
    attached: Sequence[Attached] = (),
    time_s: float = 60,
    memory_mb: int = 1000,
    on_tick: Callable[[], None] | None = None,
) -> bytes:
    """Return what ``lims.pdf.render_pdf`` would, laid out by a process of its own.

    time_s     Most time in s.
    memory_mb  Most resident memory in MB of 10^6 bytes.
    on_tick    Called about once a second meanwhile; whatever it raises ends the process.
    Raises PdfUnavailable where the system's libraries are missing and PdfRefused where a limit is reached.
    """
    if problem := pdf_problem():
        raise PdfUnavailable(problem)
    with tempfile.TemporaryDirectory(prefix="pdf-") as name:
        folder = Path(name)
        (folder / "page.html").write_text(render_to_string(template, dict(context)))
        _hand_over(folder, identifier, attached)
        return _laid_out(
            folder, _printer.lay_out(folder, time_s=time_s, memory_mb=memory_mb, on_tick=on_tick)
        )


class _Printer:
    """The process beside this one that lays out pages: started when first needed, ended with this one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def lay_out(
        self, folder: Path, *, time_s: float, memory_mb: int, on_tick: Callable[[], None] | None
    ) -> int:
        """Have the page in ``folder`` laid out and return the exit code."""
        with self._lock:
            try:
                asking, pid = self._ask(folder)
            except RuntimeError:
                # It had ended since the last page, and has begun nothing: a new one is asked.
                asking, pid = self._ask(folder)
            try:
                _watch(pid, asking, time_s=time_s, memory_mb=memory_mb, on_tick=on_tick)
            except BaseException:
                os.kill(pid, signal.SIGKILL)
                self._number(asking)
                raise
            return self._number(asking)

    def _ask(self, folder: Path) -> tuple[socket.socket, int]:
        asking = self._started()
        return asking, self._number(asking, f"{folder}\n")

    def _number(self, asking: socket.socket, question: str = "") -> int:
        try:
            asking.sendall(question.encode())
            with asking.makefile("rb", buffering=0) as answers:
                return int(answers.readline())
        except (OSError, ValueError) as problem:
            # It is gone, and so is what it was laying out; the next page gets a new one.
            self.stop()
            raise RuntimeError("The process that lays out pages has ended.") from problem

    def _started(self) -> socket.socket:
        # A copy of this process, such as a worker's, must not ask on its parent's socket.
        mine = self._owner == os.getpid() and self._process is not None and self._process.poll() is None
        if mine and self._socket is not None:
            return self._socket
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "lims.pdf_child"],
                cwd=PROJECT,
                env={key: os.environ[key] for key in PASSED_ON if key in os.environ},
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._owner, self._socket = os.getpid(), ours
        return ours

    def stop(self) -> None:
        """End the process, if this one started it."""
        if self._socket is not None:
            self._socket.close()
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        self._process = self._socket = None


_printer = _Printer()
atexit.register(_printer.stop)


def _hand_over(folder: Path, identifier: str, attached: Sequence[Attached]) -> None:
    told = []
    for place, one in enumerate(attached):
        file = f"attached-{place}"
        (folder / file).write_bytes(one.content)
        made_at = one.made_at.isoformat()
        told.append({"file": file, "name": one.name, "description": one.description, "made_at": made_at})
    (folder / "asked.json").write_text(json.dumps({"identifier": identifier, "attached": told}))


def _watch(
    pid: int, asking: socket.socket, *, time_s: float, memory_mb: int, on_tick: Callable[[], None] | None
) -> None:
    """Return once it has answered; raise PdfRefused where a limit is reached before."""
    started = last_tick = time.monotonic()
    while not select.select([asking], [], [], POLL_S)[0]:
        now = time.monotonic()
        if now - started > time_s:
            raise PdfRefused(
                f"Laying out the pages took longer than {time_s:g} s. Choose fewer sections, or export the data."
            )
        used_mb = _resident_mb(pid)
        if used_mb > memory_mb:
            raise PdfRefused(
                f"Laying out the pages took {used_mb:.0f} MB of memory; the limit is {memory_mb} MB. "
                "Choose fewer sections, or export the data."
            )
        if on_tick and now - last_tick >= TICK_S:
            last_tick = now
            on_tick()


def _resident_mb(pid: int) -> float:
    """Return the resident memory of a process; 0 once it has ended, and where there is no /proc."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / BYTES_PER_MB


def _laid_out(folder: Path, exit_code: int) -> bytes:
    if exit_code == REFUSED_EXIT:
        raise PdfRefused((folder / "refused.txt").read_text())
    if exit_code != 0:
        complaints = folder / "complaints.txt"
        lines = complaints.read_text(errors="replace").strip().splitlines() if complaints.exists() else []
        raise RuntimeError(
            f"Laying out the pages ended with exit code {exit_code}: {lines[-1] if lines else ''}"
        )
    return (folder / "page.pdf").read_bytes()
