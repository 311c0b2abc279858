"""A file is read in a process of its own: whatever the file does, only that process ends."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from testing.readers.apart import PROJECT, read_apart
from testing.readers.base import UnreadableFile
from testing.readers.parquet import scan_table
from testing.readers.prefix import begins_with, complete_lines_prefix

HEADER = b"Step number,Elapsed Time (s),Working Electrode (V),Current (mA)\n"
ROWS = b"1_1,0,2.1,0\n1_1,10,2.2,0.85\n2_1,20,2.3,-0.85\n"


@pytest.fixture(autouse=True)
def many_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("testing.readers.apart.TICK_S", 0.01)


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    path = tmp_path / "sent"
    path.write_bytes(HEADER + ROWS)
    return path


def test_the_table_lands_in_parquet_and_the_summary_says_what_is_in_it(sent: Path, tmp_path: Path) -> None:
    ticks: list[int] = []
    out = tmp_path / "out.parquet"
    sent.write_bytes(HEADER + ROWS + b"2_1,30")
    summary = read_apart(sent, name="cell 4.csv", out=out, on_tick=lambda: ticks.append(1))
    frame = scan_table(out).collect()
    assert summary.rows == frame.height == 3
    assert frame["current_ampere"].to_list() == [0, 0.00085, -0.00085]
    assert (summary.reader, summary.reader_version) == ("squidstat-csv", "1")
    assert [(flag.code, flag.row) for flag in summary.flags] == [("incomplete_last_line", 4)]
    # Squidstat writes six digits and leaves zeros at the end out: 0.00085 is 0.000850000.
    assert summary.digits["current_ampere"] == 6
    assert summary.prefix.byte_length == len(HEADER + ROWS)
    assert summary.prefix.sha256 == hashlib.sha256(HEADER + ROWS).hexdigest()
    assert summary.peak_memory_mb > 10
    assert ticks
    assert {path.name for path in tmp_path.iterdir()} == {"sent", "out.parquet"}


def test_a_grown_file_is_recognised_and_a_changed_one_is_not(sent: Path) -> None:
    sent.write_bytes(HEADER + ROWS + b"2_1,30")
    prefix = complete_lines_prefix(sent)
    sent.write_bytes(HEADER + ROWS + b"2_1,30,2.4,0\n")
    assert begins_with(sent, prefix)
    sent.write_bytes(HEADER + ROWS.replace(b"2.2", b"2.1") + b"2_1,30,2.4,0\n")
    assert not begins_with(sent, prefix)
    sent.write_bytes(HEADER)
    assert not begins_with(sent, prefix)


def test_too_much_memory_ends_the_process(sent: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"took \d+ MB of memory; the limit is 20 MB"):
        read_apart(sent, name="x", out=tmp_path / "out", memory_mb=20)
    assert {path.name for path in tmp_path.iterdir()} == {"sent"}


def test_too_much_time_ends_the_process(sent: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"longer than the limit of 0.05 s"):
        read_apart(sent, name="x", out=tmp_path / "out", time_s=0.05)
    assert {path.name for path in tmp_path.iterdir()} == {"sent"}


def test_a_crash_is_told_with_its_exit_code_and_last_words(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"exit code 1: IsADirectoryError"):
        read_apart(tmp_path, name="x", out=tmp_path / "out")


def test_a_lost_lease_ends_the_process_and_rises(sent: Path, tmp_path: Path) -> None:
    def lose_lease() -> None:
        raise RuntimeError("lease lost")

    with pytest.raises(RuntimeError, match="lease lost"):
        read_apart(sent, name="x", out=tmp_path / "out", on_tick=lose_lease)
    assert {path.name for path in tmp_path.iterdir()} == {"sent"}


def test_a_file_over_the_limit_is_refused(sent: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="at most 50 are read"):
        read_apart(sent, name="x", out=tmp_path / "out", file_bytes=50)


def test_the_worker_s_secrets_do_not_reach_the_process(
    sent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed: list[dict[str, str]] = []
    start = subprocess.Popen

    def look(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        passed.append(options["env"])
        return start(*arguments, **options)

    monkeypatch.setenv("SECRET_KEY", "not for readers")
    monkeypatch.setattr("testing.readers.apart.subprocess.Popen", look)
    read_apart(sent, name="x", out=tmp_path / "out")
    assert "SECRET_KEY" not in passed[0]


def test_the_process_holds_no_django_and_answers_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(b"nonsense")
    program = (
        "import sys; from testing.readers.child import main; code = main(sys.argv[1:]);"
        "assert 'django' not in sys.modules and 'celery' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "sent"), "x", str(tmp_path / "out")],
        cwd=PROJECT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert len(done.stdout.splitlines()) == 1
    assert json.loads(done.stdout)["unreadable"].startswith("No reader knows this file")
