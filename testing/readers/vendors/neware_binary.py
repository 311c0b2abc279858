"""Neware ``.nda`` and ``.ndax``, read by the fastnda library; cycles stay as the file counts them."""

import logging
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import fastnda
import polars as pl

from testing.readers.base import DEFAULT_BUDGET, Budget, FlagBook, Reading, UnreadableFile, check_file_size
from testing.readers.bdf import check_cycles
from testing.readers.checks import check_clock, drop_faulty, in_bdf_order
from testing.readers.lines import shown

NDA_MARK = b"NEWARE"
ZIP_MARK = b"PK\x03\x04"
# One of these is among the first names of every ndax archive.
NDAX_NAMES = (b"VersionInfo.xml", b"TestInfo.xml", b"Step.xml", b"data.ndc")
MOST_MEMBERS = 5_000
# The file holds 32-bit floats: 24 bits are seven digits.
FLOAT32_DIGITS = 7
TARGETS = {
    "total_time_s": "test_time_second",
    "voltage_V": "voltage_volt",
    "current_mA": "current_ampere",
    "cycle_count": "cycle_count",
    "capacity_mAh": "step_cumulative_capacity_ah",
}


class _Remarks(logging.Handler):
    """Keeps what the library says while it reads, for the person who sent the file."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.sentences: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.sentences.append(shown(record.getMessage(), 200))


@dataclass(frozen=True)
class NewareReader:
    name: str = "neware-binary"
    version: str = "1"

    def recognises(self, head: bytes) -> bool:
        if head.startswith(NDA_MARK):
            return True
        return head.startswith(ZIP_MARK) and any(name in head for name in NDAX_NAMES)

    def read(self, path: Path, *, name: str, budget: Budget = DEFAULT_BUDGET) -> Reading:
        check_file_size(path, budget)
        with path.open("rb") as stream:
            is_zip = stream.read(len(ZIP_MARK)) == ZIP_MARK
        if is_zip:
            check_archive(path, budget)
        book = FlagBook()
        records = _records(path, ".ndax" if is_zip else ".nda", book)
        if records.is_empty():
            raise UnreadableFile("The Neware file holds no record: the test had not begun, or it is damaged.")
        if records.height > budget.rows:
            raise UnreadableFile(f"The file holds {records.height} rows; at most {budget.rows} are read.")
        frame = records.select(
            *(pl.col(own).cast(pl.Float64).alias(target) for own, target in TARGETS.items()),
            step_id=pl.col("step_index").cast(pl.String),
            row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        ).with_columns(pl.col("current_ampere", "step_cumulative_capacity_ah") / 1000)
        frame = drop_faulty(frame, book)
        check_clock(frame, book)
        step = frame["step_id"]
        frame = check_cycles(frame, book).drop("step_id")
        return Reading(
            reader=self.name,
            reader_version=self.version,
            frame=in_bdf_order(frame, step=step, book=book),
            digits={
                "test_time_second": None,
                "voltage_volt": FLOAT32_DIGITS,
                "current_ampere": FLOAT32_DIGITS,
                "step_cumulative_capacity_ah": FLOAT32_DIGITS,
            },
            flags=book.flags(),
            metadata={"container": "ndax" if is_zip else "nda", "columns_read": "; ".join(TARGETS)},
        )


def check_archive(path: Path, budget: Budget) -> None:
    """Judge an archive by its directory alone: a small file may unpack to more than the machine holds."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise UnreadableFile(f"The ndax archive is damaged or cut off: {shown(str(error))}.") from error
    unpacked_bytes = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS or unpacked_bytes > budget.unpacked_bytes:
        raise UnreadableFile(
            f"The ndax archive unpacks to {len(members)} files and {unpacked_bytes} bytes; at most "
            f"{MOST_MEMBERS} files and {budget.unpacked_bytes} bytes are read."
        )


def _records(path: Path, suffix: str, book: FlagBook) -> pl.DataFrame:
    """Return the records; the library goes by the file's ending, and a blob has none."""
    remarks = _Remarks()
    logger = logging.getLogger("fastnda")
    logger.addHandler(remarks)
    try:
        with tempfile.TemporaryDirectory() as folder:
            named = Path(folder) / f"file{suffix}"
            named.symlink_to(path.resolve())
            records: pl.DataFrame = fastnda.read(named, cycle_mode="raw", columns="default")
    # The library raises whatever its parsing of a damaged file happens to raise; a reader runs in a process of its own.
    except Exception as error:
        raise UnreadableFile(f"The Neware file cannot be read: {shown(str(error), 200)}.") from error
    finally:
        logger.removeHandler(remarks)
    for sentence in remarks.sentences:
        book.add("remark_of_the_library", f"While reading: {sentence}")
    return records
