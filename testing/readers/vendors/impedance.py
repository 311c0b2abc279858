"""Impedance tables of other instruments: Squidstat, Gamry (``.DTA``), and ZPlot and Autolab's ``Z60W``."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from testing.readers.base import (
    DEFAULT_BUDGET,
    IMPEDANCE,
    REQUIRED_OF_IMPEDANCE,
    Budget,
    FlagBook,
    Reading,
    UnreadableFile,
    check_file_size,
)
from testing.readers.checks import drop_faulty
from testing.readers.columns import Scale
from testing.readers.impedance import in_sweeps
from testing.readers.lines import BYTE_ORDER_MARK, decode, refuse_nul
from testing.readers.numbers import NumberText
from testing.readers.squidstat import parse_name
from testing.readers.vendors.format import Named, Number, TextFormat

# A thousand sweeps of a hundred points; whatever is larger is no impedance measurement.
SMALL_BYTES = 20_000_000
GAMRY_FACTS = {
    "TITLE": "technique",
    "DATE": "date_local",
    "TIME": "time_local",
    "PSTAT": "device",
    "AREA": "area_cm2",
}
Z_COLUMN = re.compile(r"^(?P<name>-?z\"|-?z'{1,2}|\|z\|)\s*\(?(?P<unit>[^()]*)\)?$", re.IGNORECASE)


def parse_squidstat(field: str) -> Named:
    """Return name and unit of a Squidstat header's field; a Z may stand right before its bracket.

    >>> parse_squidstat("Z'(Ohms)"), parse_squidstat('-Z" (Ohms)')
    (Named(name="z'", unit='Ohms'), Named(name='-z"', unit='Ohms'))
    """
    match = Z_COLUMN.match(field.strip())
    if match:
        return Named(match["name"].casefold(), match["unit"] or None)
    parsed = parse_name(field)
    return Named(parsed.name, parsed.unit)


SQUIDSTAT_IMPEDANCE = TextFormat(
    name="squidstat-impedance",
    format_name="Squidstat impedance file",
    marks=frozenset({"frequency", "z'"}),
    parse=parse_squidstat,
    numbers={
        "frequency": Number("frequency_hertz", "frequency"),
        "z'": Number("real_impedance_ohm", "resistance"),
        '-z"': Number("imaginary_impedance_ohm", "resistance", negative=True),
        'z"': Number("imaginary_impedance_ohm", "resistance"),
        "elapsed time": Number("test_time_second", "time"),
        "dc working electrode": Number("voltage_volt", "voltage"),
        "dc current": Number("current_ampere", "current"),
    },
    required=REQUIRED_OF_IMPEDANCE,
)


@dataclass(frozen=True)
class Points:
    """A table of points as text, and what is to be said of it.

    columns   Names of the table's columns.
    rows      Its rows, each split; those too short to hold a point are left out by the reader.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    facts: dict[str, str]
    remarks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SmallImpedanceReader:
    """An impedance file that is read whole: its table stands among others, or its columns have no proper names.

    begins    What the file begins with, after a byte order mark.
    targets   BDF name of each column that is read; the units are the format's own: Hz, ohm, s, V, A.
    points    Finds the table in the file's lines, or raises UnreadableFile.
    """

    name: str
    begins: bytes
    targets: Mapping[str, str]
    points: Callable[[Sequence[str]], Points]
    version: str = "1"

    def recognises(self, head: bytes) -> bool:
        return head.removeprefix(BYTE_ORDER_MARK).startswith(self.begins)

    def read(self, path: Path, *, name: str, budget: Budget = DEFAULT_BUDGET) -> Reading:
        check_file_size(path, replace(budget, file_bytes=min(budget.file_bytes, SMALL_BYTES)))
        data = path.read_bytes()
        refuse_nul(data, offset=0)
        text, encoding = decode(data)
        found = self.points(text.splitlines())
        book = FlagBook()
        for code, sentence in found.remarks:
            book.add(code, sentence)
        numbers = NumberText()
        columns = []
        for own, target in self.targets.items():
            if own in found.columns:
                place = found.columns.index(own)
                texts = [row[place] if place < len(row) else None for row in found.rows]
                columns.append(numbers.read(pl.Series(target, texts, dtype=pl.String), Scale()))
        numbers.check()
        if not found.rows:
            raise UnreadableFile("The file holds the head of an impedance measurement and no point of it.")
        frame = pl.DataFrame(columns).with_columns(row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
        frame = in_sweeps(drop_faulty(frame, book, REQUIRED_OF_IMPEDANCE))
        return Reading(
            reader=self.name,
            reader_version=self.version,
            frame=frame,
            digits={column.name: numbers.digits.get(column.name) for column in columns},
            flags=book.flags(),
            metadata={"encoding": encoding, "columns_read": "; ".join(self.targets), **found.facts},
            kind=IMPEDANCE,
        )


def gamry_points(lines: Sequence[str]) -> Points:
    """Return the ZCURVE table of a Gamry file: tag, type and value above it, other tables around it."""
    facts: dict[str, str] = {}
    remarks: list[tuple[str, str]] = []
    table: list[tuple[str, ...]] = []
    inside = False
    for line in lines:
        words = tuple(word.strip() for word in line.split("\t"))
        if words[0]:
            inside = words[:2] == ("ZCURVE", "TABLE")
            if words[0] in GAMRY_FACTS and len(words) > 2:
                facts[GAMRY_FACTS[words[0]]] = words[2]
            if words[:3] == ("EXPERIMENTABORTED", "TOGGLE", "T"):
                remarks.append(("aborted", "The measurement was aborted; the points up to then are read."))
        elif inside:
            table.append(words[1:])
    if len(table) < 2:
        raise UnreadableFile(
            "This Gamry file has no ZCURVE table, so it holds no impedance. It is kept but not yet read."
        )
    # The line below the names states the units.
    return Points(table[0], tuple(table[2:]), facts, tuple(remarks))


def z60w_points(lines: Sequence[str]) -> Points:
    """Return the points of a Z60W file; the line with ``Freq (Hz)`` names its columns."""
    for place, line in enumerate(lines[:60]):
        if line.lstrip('" ').startswith("Freq (Hz)"):
            names = ("Freq (Hz)", "Ampl", "Bias", "Time(Sec)", "Z'(a)", "Z''(b)", "GD", "Err", "Range")
            rows = tuple(tuple(row.split(",")) for row in lines[place + 1 :] if row.strip())
            return Points(names, rows, {})
    raise UnreadableFile("This Z60W file has no line that names its columns.")


GAMRY_IMPEDANCE = SmallImpedanceReader(
    name="gamry-impedance",
    begins=b"EXPLAIN",
    targets={
        "Freq": "frequency_hertz", "Zreal": "real_impedance_ohm", "Zimag": "imaginary_impedance_ohm",
        "Time": "test_time_second", "Vdc": "voltage_volt", "Idc": "current_ampere",
    },
    points=gamry_points,
)  # fmt: skip

Z60W_IMPEDANCE = SmallImpedanceReader(
    name="z60w-impedance",
    begins=b'"Z60W Data File',
    targets={
        "Freq (Hz)": "frequency_hertz", "Z'(a)": "real_impedance_ohm", "Z''(b)": "imaginary_impedance_ohm",
        "Time(Sec)": "test_time_second",
    },
    points=z60w_points,
)  # fmt: skip
