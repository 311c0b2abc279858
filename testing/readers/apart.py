"""Reading a file in a process of its own, so that no file can take the worker down with it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from testing.readers.base import DEFAULT_BUDGET, Flag, UnreadableFile
from testing.readers.child import UNREADABLE_EXIT
from testing.readers.mapping import ColumnMap
from testing.readers.parquet import part_name
from testing.readers.prefix import Prefix
from testing.readers.vendors.biologic_binary import SETTING as MPR_SETTING

PROJECT = Path(__file__).resolve().parents[2]
POLL_S = 0.02
TICK_S = 0.25
GRACE_S = 5.0
BYTES_PER_MB = 1_000_000
# The rest of the worker's environment holds secrets that a reader of strangers' files has no use for.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV", MPR_SETTING)


@dataclass(frozen=True)
class ReadSummary:
    """What came of a file that was read; the frame itself lies in the Parquet file.

    kind             What the file holds: ``cycling`` or ``impedance``.
    prefix           Length and SHA-256 of its complete lines, to recognise the file when it has grown.
    elapsed_s        Time the process ran, in s.
    peak_memory_mb   Most resident memory seen while it ran, in MB of 10^6 bytes.
    """

    reader: str
    reader_version: str
    rows: int
    flags: tuple[Flag, ...]
    digits: Mapping[str, int | None]
    metadata: Mapping[str, str]
    prefix: Prefix
    kind: str
    elapsed_s: float
    peak_memory_mb: float


@dataclass
class _Use:
    elapsed_s: float = 0.0
    peak_memory_mb: float = 0.0


def read_apart(
    path: Path,
    *,
    name: str,
    out: Path,
    memory_mb: int = 1024,
    time_s: float = 120,
    file_bytes: int = DEFAULT_BUDGET.file_bytes,
    mappings: Sequence[ColumnMap] = (),
    on_tick: Callable[[], None] | None = None,
) -> ReadSummary:
    """Read ``path`` in a process of its own and leave its table in ``out`` as Parquet.

    memory_mb   Most resident memory in MB of 10^6 bytes. Not address space: polars reserves much.
    time_s      Most time in s.
    mappings    What people of the lab have said of headers that no reader knows.
    on_tick     Called a few times a second while the process runs; whatever it raises ends the process.
    Raises UnreadableFile with a sentence if the file cannot be read within these limits.
    """
    command = [sys.executable, "-m", "testing.readers.child", str(path.resolve()), name, str(out.resolve())]
    command += ["--file-bytes", str(file_bytes), "--time-s", str(time_s + GRACE_S)]
    with (
        tempfile.TemporaryFile() as answer,
        tempfile.TemporaryFile() as complaints,
        tempfile.NamedTemporaryFile("w", suffix=".json") as said,
    ):
        if mappings:
            json.dump([mapping.as_dict() for mapping in mappings], said)
            said.flush()
            command += ["--mappings", said.name]
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env={key: os.environ[key] for key in PASSED_ON if key in os.environ},
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=complaints,
            start_new_session=True,
        )
        try:
            use = _watch(process, memory_mb=memory_mb, time_s=time_s, on_tick=on_tick)
        finally:
            _end(process)
            part_name(out.resolve(), pid=process.pid).unlink(missing_ok=True)
        return _summary(_answer(process, answer, complaints), use)


def _watch(
    process: subprocess.Popen[bytes], *, memory_mb: int, time_s: float, on_tick: Callable[[], None] | None
) -> _Use:
    """Return what the process used once it has ended, or raise UnreadableFile if it uses too much."""
    use = _Use()
    started = last_tick = time.monotonic()
    while process.poll() is None:
        now = time.monotonic()
        use.elapsed_s = now - started
        resident_mb = sum(resident_memory_mb(pid) for pid in (process.pid, *children_of(process.pid)))
        use.peak_memory_mb = max(use.peak_memory_mb, resident_mb)
        if resident_mb > memory_mb:
            raise UnreadableFile(
                f"Reading the file took {resident_mb:.0f} MB of memory; the limit is {memory_mb} MB."
            )
        if use.elapsed_s > time_s:
            raise UnreadableFile(f"Reading the file took longer than the limit of {time_s:g} s.")
        if on_tick and now - last_tick >= TICK_S:
            last_tick = now
            on_tick()
        time.sleep(POLL_S)
    return use


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process with whatever it has started, and wait until it is gone."""
    if process.poll() is None:
        # It leads a session of its own, so its group is it and its children.
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started; none where there is no /proc."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def resident_memory_mb(pid: int) -> float:
    """Return the resident memory of a process in MB; 0 once it has ended, and where there is no /proc."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / BYTES_PER_MB


def _answer(process: subprocess.Popen[bytes], answer: IO[bytes], complaints: IO[bytes]) -> dict[str, Any]:
    answer.seek(0)
    if process.returncode not in (0, UNREADABLE_EXIT):
        complaints.seek(0)
        lines = complaints.read().decode(errors="replace").strip().splitlines()
        last = lines[-1] if lines else "it said nothing"
        raise UnreadableFile(f"The reader's process ended with exit code {process.returncode}: {last}")
    told: dict[str, Any] = json.loads(answer.read())
    if "unreadable" in told:
        raise UnreadableFile(told["unreadable"])
    return told


def _summary(told: Mapping[str, Any], use: _Use) -> ReadSummary:
    return ReadSummary(
        reader=told["reader"],
        reader_version=told["reader_version"],
        rows=told["rows"],
        flags=tuple(Flag(**flag) for flag in told["flags"]),
        digits=told["digits"],
        metadata=told["metadata"],
        prefix=Prefix(told["prefix_bytes"], told["prefix_sha256"]),
        kind=told["kind"],
        elapsed_s=use.elapsed_s,
        peak_memory_mb=use.peak_memory_mb,
    )
