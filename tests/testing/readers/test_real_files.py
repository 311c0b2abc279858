"""Files of real instruments, where they are at hand: read to the row, or refused with a reason."""

from pathlib import Path

import polars as pl
import pytest

from testing.readers.apart import read_apart
from testing.readers.base import UnreadableFile
from testing.readers.detect import read_file

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real files is not at hand")

BDF = DATA / "bdf"
LANDT = "SINTEF__LiGrR2032__2024-04-30__25degC__Landt.bdf.csv"
BASYTEC = "DLR__LiGrHydra0b__20230131__POCV__25degC__Basytec.bdf.csv"
TIME_BUG = "SINTEF__SLPBA842124HV__2024-10-23__Rate_25degC__Neware__Time_Bug.bdf.csv"
REFUSED = sorted(
    path for path in DATA.rglob("*") if path.is_file() and path.parent != BDF and path.name != "INDEX.md"
)
REFUSED_APART = {"maccor_001.txt", "test_2.ndax", "test_2.parquet", "custom_nan_inf.csv"}


@pytest.mark.parametrize(
    ("name", "rows", "last_voltage_v"),
    [(BASYTEC, 39_193, 1.02444099017354), (LANDT, 25_162, 0.1086), (TIME_BUG, 13_086, 2.9995)],
)
def test_a_published_bdf_file_is_read_to_its_last_row(
    tmp_path: Path, name: str, rows: int, last_voltage_v: float
) -> None:
    summary = read_apart(BDF / name, name=name, out=tmp_path / "out.parquet")
    frame = pl.read_parquet(tmp_path / "out.parquet")
    assert (summary.reader, summary.rows, frame.height) == ("bdf-csv", rows, rows)
    assert frame["voltage_volt"][-1] == last_voltage_v
    assert frame["record_index"].to_list() == list(range(rows))


def test_a_clock_that_runs_backwards_nineteen_times_is_flagged_nineteen_times() -> None:
    reading = read_file(BDF / TIME_BUG, name=TIME_BUG)
    back = [flag for flag in reading.flags if flag.code == "time_runs_backwards"]
    assert len(back) == 19
    times = reading.frame["test_time_second"]
    assert all(times[flag.row - 1] < times[flag.row - 2] for flag in back if flag.row)


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.name)
def test_a_file_of_another_instrument_is_refused_with_a_reason(path: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"No reader knows this file|is no BDF table"):
        if path.name in REFUSED_APART:
            read_apart(path, name=path.name, out=tmp_path / "out", time_s=30)
        else:
            read_file(path, name=path.name)
