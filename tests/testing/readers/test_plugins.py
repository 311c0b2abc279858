"""Readers that others install, and BioLogic's binary files by a program beside the product."""

import stat
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import polars as pl
import pytest

from testing.readers import plugins
from testing.readers.apart import read_apart
from testing.readers.base import DEFAULT_BUDGET, Budget, Reading, UnreadableFile
from testing.readers.detect import find_reader, read_file
from testing.readers.vendors.biologic_binary import SETTING

MPR = b"BIO-LOGIC MODULAR FILE\x1a" + bytes(100)
PROGRAM = """\
#!{python}
import sys
if {fails}:
    sys.exit("no module of that kind")
open(sys.argv[2], "w").write("test_time_second,voltage_volt,current_ampere\\n0,2.1,0\\n1,2.2,0.5\\n")
"""


class OthersReader:
    """What somebody else's package would hold."""

    name, version = "others", "3"

    def recognises(self, head: bytes) -> bool:
        return head.startswith((b"OTHERS", b"Step number"))

    def read(self, path: Path, *, name: str, budget: Budget = DEFAULT_BUDGET) -> Reading:
        return Reading(self.name, self.version, pl.DataFrame({"x": [1]}), {}, (), {})


def install(monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    point = EntryPoint("others", target, plugins.GROUP)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point] if group == plugins.GROUP else [])


def test_an_installed_reader_takes_what_no_reader_of_ours_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, f"{__name__}:OthersReader")
    monkeypatch.setitem(sys.modules, __name__, sys.modules[OthersReader.__module__])
    path = tmp_path / "sent"
    path.write_bytes(b"OTHERS 1 2 3\n")
    assert read_file(path, name="x").reader == "others"
    ours = find_reader(b"Step number,Elapsed Time (s),Working Electrode (V),Current (mA)\n")
    assert ours is not None
    assert ours.name == "squidstat-csv", "nobody takes a file from a reader of ours"


@pytest.mark.parametrize(
    ("target", "reason"), [("no_such_module:X", "cannot be loaded"), ("json:dumps", "has no 'name'")]
)
def test_an_installed_reader_that_is_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, reason: str
) -> None:
    install(monkeypatch, target)
    path = tmp_path / "sent"
    path.write_bytes(b"nobody knows this\n")
    with pytest.raises(UnreadableFile, match=reason):
        read_file(path, name="x")


def program(tmp_path: Path, *, fails: bool) -> Path:
    path = tmp_path / "mpr2bdf"
    path.write_text(PROGRAM.format(python=sys.executable, fails=fails))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_an_mpr_is_parked_with_what_to_do_where_nothing_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    path = tmp_path / "sent.mpr"
    path.write_bytes(MPR)
    with pytest.raises(UnreadableFile, match="Export it from EC-Lab as text"):
        read_file(path, name="sent.mpr")


def test_an_mpr_is_read_by_the_program_that_the_lab_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sent.mpr"
    path.write_bytes(MPR)
    monkeypatch.setenv(SETTING, str(program(tmp_path, fails=False)))
    summary = read_apart(path, name="sent.mpr", out=tmp_path / "out")
    assert (summary.reader, summary.rows, summary.metadata["read_by"]) == ("biologic-mpr", 2, "mpr2bdf")
    monkeypatch.setenv(SETTING, str(program(tmp_path, fails=True)))
    with pytest.raises(UnreadableFile, match="no module of that kind"):
        read_apart(path, name="sent.mpr", out=tmp_path / "out")
    monkeypatch.setenv(SETTING, str(tmp_path / "is not there"))
    with pytest.raises(UnreadableFile, match="cannot be started"):
        read_file(path, name="sent.mpr")
