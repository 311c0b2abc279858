"""A small file that would become a huge one is refused in seconds, before it is unpacked; the next file is read."""

import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from testing.readers.apart import read_apart
from testing.readers.base import UnreadableFile

SOUND = b"Step number,Elapsed Time (s),Working Electrode (V),Current (mA)\n1_1,0,2.1,0\n1_1,10,2.2,0.85\n"
GIGABYTE_MB = 1_000
MOST_S = 10


def ndax_of_zeros(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("VersionInfo.xml", "<xml/>")
        with archive.open("data.ndc", "w", force_zip64=True) as member:
            for _ in range(2_100):
                member.write(bytes(1_000_000))


def spreadsheet_of_zeros(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<xml/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member:
            for _ in range(500):
                member.write(bytes(1_000_000))


def parquet_of_equal_values(path: Path) -> None:
    """More rows than are ever read, in a hundred kilobytes; LIMS_LONG=1 makes it the full 2e8."""
    rows = 200_000_000 if os.environ.get("LIMS_LONG") else 21_000_000
    equal = (
        pl.select(pl.int_range(rows, dtype=pl.UInt32).alias("row"))
        .lazy()
        .select(
            (pl.col("row") * 0.0 + 1.0).alias(name)
            for name in ("test_time_second", "voltage_volt", "current_ampere")
        )
    )
    equal.sink_parquet(path, compression="zstd", row_group_size=5_000_000)


def one_endless_line(path: Path) -> None:
    with path.open("wb") as out:
        out.write(SOUND)
        for _ in range(300):
            out.write(b"7" * 1_000_000)


def a_million_columns(path: Path) -> None:
    path.write_bytes(SOUND.split(b"\n")[0] + b",x" * 1_000_000 + b"\n" + b"1,2" * 1_000_000 + b"\n")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (ndax_of_zeros, "unpacks to 2 files"),
        (spreadsheet_of_zeros, "unpacks to 2 files"),
        (parquet_of_equal_values, r"unpacks to \d+ rows"),
        (one_endless_line, "longer than 1000000 bytes"),
        (a_million_columns, "first line is longer|names 1000004 columns|No reader knows"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_bomb_is_refused_and_the_next_file_is_read(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    bomb = tmp_path / "bomb"
    make(bomb)
    begun = time.monotonic()
    with pytest.raises(UnreadableFile, match=reason):
        read_apart(bomb, name="bomb", out=tmp_path / "out", memory_mb=GIGABYTE_MB, time_s=MOST_S)
    assert time.monotonic() - begun < MOST_S
    sound = tmp_path / "sound"
    sound.write_bytes(SOUND)
    assert read_apart(sound, name="sound", out=tmp_path / "out").rows == 2
