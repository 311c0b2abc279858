"""Reading a table by a mapping that a person made, and what a person is shown to make one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from testing.readers.auxiliary import in_log_order, with_clock
from testing.readers.base import (
    AUXILIARY,
    DEFAULT_BUDGET,
    HEAD_BYTES,
    IMPEDANCE,
    Budget,
    FlagBook,
    Reading,
    UnreadableFile,
    check_file_size,
)
from testing.readers.bdf import check_cycles
from testing.readers.checks import check_clock, drop_faulty, in_bdf_order
from testing.readers.impedance import in_sweeps
from testing.readers.lines import MOST_PREAMBLE_LINES, NUMBER, Header, head_lines, separator_of, split_line
from testing.readers.mapping import CLOCK_TEXT, STEP, TARGETS, ColumnMap
from testing.readers.spreadsheet import is_spreadsheet, sheets_as_files
from testing.readers.table import Table, read_table

FORMAT_NAME = "mapped file"
SHOWN_ROWS = 12


@dataclass(frozen=True)
class MappedReader:
    """A reader that a person made: it takes every file with the header that it was made for."""

    mapping: ColumnMap
    version: str = "1"

    @property
    def name(self) -> str:
        return f"mapped {self.mapping.code}".strip()

    def recognises(self, head: bytes) -> bool:
        return b"\0" not in head and self.mapping.matches(head_lines(head))

    def read(self, path: Path, *, name: str, budget: Budget = DEFAULT_BUDGET) -> Reading:
        book = FlagBook()
        table = read_table(
            path,
            plan_of=self.mapping.plan_of,
            format_name=FORMAT_NAME,
            book=book,
            budget=budget,
            is_header=self.mapping.is_header,
            required=self.mapping.required(),
            header=None if self.mapping.header else _headless(path, self.mapping.width, budget),
        )
        frame = self._dated(table.frame, book)
        reading = Reading(
            reader=self.name,
            reader_version=self.version,
            frame=frame,
            digits={},
            flags=(),
            metadata=table.metadata() | {"mapping": self.mapping.code},
            kind=self.mapping.kind,
        )
        return self._finished(reading, table, book)

    def _dated(self, frame: pl.DataFrame, book: FlagBook) -> pl.DataFrame:
        """Return ``frame`` with the clock in s where the time is a date and a time."""
        if CLOCK_TEXT not in frame.columns:
            return frame
        texts = frame[CLOCK_TEXT].cast(pl.String)
        times = texts.str.to_datetime(self.mapping.time_format, time_unit="us", strict=False)
        return with_clock(frame, times.dt.epoch("us") / 1e6, book)

    def _finished(self, reading: Reading, table: Table, book: FlagBook) -> Reading:
        frame, facts = reading.frame, dict(reading.metadata)
        if CLOCK_TEXT in frame.columns:
            facts |= {"clock": "local", "started_at": str(frame[CLOCK_TEXT][0])}
        if reading.kind == AUXILIARY:
            frame = in_log_order(frame, book)
        else:
            if "clock_second" in frame.columns:
                elapsed = pl.col("clock_second") - pl.col("clock_second").first()
                frame = frame.with_columns(test_time_second=elapsed)
            frame = frame.drop(CLOCK_TEXT, "clock_second", strict=False)
            frame = in_sweeps(frame) if reading.kind == IMPEDANCE else _cycling(frame, book)
        digits = {name: count for name, count in table.digits.items() if name in frame.columns}
        return replace(reading, frame=frame, digits=digits, flags=book.flags(), metadata=facts)


def _cycling(frame: pl.DataFrame, book: FlagBook) -> pl.DataFrame:
    frame = drop_faulty(frame, book)
    check_clock(frame, book)
    step = frame[STEP] if STEP in frame.columns else None
    return in_bdf_order(check_cycles(frame, book).drop(STEP, strict=False), step=step, book=book)


def _headless(path: Path, width: int, budget: Budget) -> Header:
    check_file_size(path, budget)
    with path.open("rb") as stream:
        lines = head_lines(stream.read(HEAD_BYTES))
    if not lines:
        raise UnreadableFile("The first bytes of the file hold no whole line.")
    fields = tuple(f"column {place + 1}" for place in range(width))
    return Header(fields, separator_of(lines[0]), "utf-8", b"\n", 0)


@dataclass(frozen=True)
class Preview:
    """What a person sees of a table: the names of its columns and its first rows.

    sheet    The sheet of a spreadsheet that is shown; empty for text.
    header   The names as they stand; empty where no line names the columns.
    """

    sheet: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def width(self) -> int:
        return len(self.header) or max((len(row) for row in self.rows), default=0)


def preview_of(path: Path, *, budget: Budget = DEFAULT_BUDGET) -> Preview:
    """Return the first table that the file holds, or raise UnreadableFile if it holds none."""
    check_file_size(path, budget)
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not is_spreadsheet(head):
        return _preview("", head)
    with sheets_as_files(path, budget) as sheets:
        for sheet, _, first in sheets:
            try:
                return _preview(sheet, first)
            except UnreadableFile:
                continue
    raise UnreadableFile("No sheet of this spreadsheet holds a table of numbers.")


def _preview(sheet: str, head: bytes) -> Preview:
    if b"\0" in head:
        raise UnreadableFile("The file is not text, so it has no columns that could be named here.")
    lines = [line for line in head_lines(head) if line.strip()][: MOST_PREAMBLE_LINES + SHOWN_ROWS]
    for place, line in enumerate(lines[:MOST_PREAMBLE_LINES]):
        fields = _fields(line)
        below = [_fields(row) for row in lines[place + 1 : place + 1 + SHOWN_ROWS]]
        if _is_table(fields) and place == 0:
            return Preview(sheet, (), (fields, *below[:-1]))
        if (
            below
            and not any(map(_is_number, fields))
            and _is_table(below[0])
            and len(fields) >= len(below[0]) - 1
        ):
            return Preview(sheet, fields, tuple(below))
    raise UnreadableFile("No line of the file names columns that have numbers below them.")


def _fields(line: str) -> tuple[str, ...]:
    return split_line(line, separator_of(line))


def _is_number(field: str) -> bool:
    return bool(NUMBER.match(field))


def _is_table(fields: Sequence[str]) -> bool:
    return len(fields) >= 2 and sum(map(_is_number, fields)) >= 2


@dataclass(frozen=True)
class Tried:
    """What a mapping makes of a file's first rows, as text; or the reason why it makes nothing of them."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    flags: tuple[str, ...] = ()
    reason: str = ""


def try_on_head(path: Path, mapping: ColumnMap, *, budget: Budget = DEFAULT_BUDGET) -> Tried:
    """Read the first rows of a file by a mapping that is not kept yet."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if is_spreadsheet(head):
        with sheets_as_files(path, budget) as sheets:
            heads = [first for _, _, first in sheets if mapping.matches(head_lines(first))]
        if not heads:
            return Tried(reason="No sheet has these columns.")
        head = heads[0]
    with TemporaryDirectory() as folder:
        beginning = Path(folder) / "beginning"
        # A last line that is cut here is whole in the file.
        beginning.write_bytes(head[: head.rfind(b"\n") + 1] or head)
        try:
            reading = MappedReader(mapping).read(beginning, name="beginning")
        except UnreadableFile as reason:
            return Tried(reason=str(reason))
    rows = reading.frame.drop("record_index", "step_count", strict=False).head(SHOWN_ROWS)
    return Tried(
        columns=tuple(rows.columns),
        rows=tuple(tuple(_shown(value) for value in row) for row in rows.iter_rows()),
        flags=tuple(flag.sentence for flag in reading.flags[:SHOWN_ROWS]),
    )


def _shown(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


# Words by which a column may be recognised; only a choice that is shown to the person, never one that is taken.
LIKELY: Mapping[str, str] = {
    "time": "test_time_second", "t": "test_time_second", "voltage": "voltage_volt", "volt": "voltage_volt",
    "ecell": "voltage_volt", "e": "voltage_volt", "u": "voltage_volt", "potential": "voltage_volt",
    "current": "current_ampere", "i": "current_ampere", "step": STEP, "cycle": "cycle_count",
    "freq": "frequency_hertz", "frequency": "frequency_hertz", "temperature": "ambient_temperature_celsius",
    "force": "force_newton", "o2": "oxygen_ppm", "h2o": "water_ppm",
}  # fmt: skip
UNIT_IN_NAME = re.compile(r"[\[(/]\s*(?P<unit>[^\[\]()/]+?)\s*[\])]?$")


def suggestions(preview: Preview) -> dict[int, tuple[str, str]]:
    """Return by place what a column may be and the unit that its name states, for a form to begin with."""
    found: dict[int, tuple[str, str]] = {}
    taken: set[str] = set()
    for place, name in enumerate(preview.header):
        words = re.findall(r"[a-z0-9]+", re.split(r"[\[(/]", name)[0].casefold().replace("_", " "))
        target = next((LIKELY[word] for word in words if word in LIKELY), "")
        if not target or target in taken:
            continue
        stated = UNIT_IN_NAME.search(name)
        unit = stated["unit"] if stated and stated["unit"] in TARGETS[target].units else ""
        taken.add(target)
        found[place] = (target, unit)
    return found
