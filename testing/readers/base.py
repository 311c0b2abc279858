"""What every reader of instrument files takes and gives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import polars as pl

HEAD_BYTES = 65_536
FLAGS_PER_CODE = 100

REQUIRED = ("test_time_second", "voltage_volt", "current_ampere")
REQUIRED_OF_IMPEDANCE = ("frequency_hertz", "real_impedance_ohm", "imaginary_impedance_ohm")
CYCLING, IMPEDANCE, AUXILIARY, SETTINGS = "cycling", "impedance", "auxiliary", "settings"


class UnreadableFile(ValueError):
    """The file cannot be read; the message is a sentence for the person who sent it."""


@dataclass(frozen=True)
class Budget:
    """How much of a file a reader may take in before it refuses.

    file_bytes       Size of the file as it came.
    line_bytes       Length of one line of text.
    columns          Columns of a table.
    rows             Rows of a table.
    unpacked_bytes   Size of a compressed table once it is unpacked.
    """

    file_bytes: int = 2_000_000_000
    line_bytes: int = 1_000_000
    columns: int = 1_000
    rows: int = 20_000_000
    unpacked_bytes: int = 2_000_000_000


DEFAULT_BUDGET = Budget()


@dataclass(frozen=True)
class Flag:
    """One thing that a person should know about a file that was read all the same.

    row   The row of the file that it is about: 1 is the first row below the header, and every row
          counts, those left out too. None when it is about the whole file.
    """

    code: str
    sentence: str
    row: int | None = None


@dataclass(frozen=True)
class Reading:
    """A file as a table in BDF columns.

    kind       ``cycling``, ``impedance``, ``auxiliary`` (what an oven, a load cell or a glovebox logged) or
               ``settings`` (a text beside other files that says how they were measured).
    frame      Of cycling: test_time_second, voltage_volt, current_ampere (positive charges), step_id (categories),
               step_count (from 1, one more at each change of step), record_index (from 0), then the rest.
               Of impedance: frequency_hertz, real_impedance_ohm, imaginary_impedance_ohm (negative where
               capacitive), sweep (from 1), record_index (from 0), then the rest. Of auxiliary: clock_second
               (seconds since 1970, of UTC or of local time as ``metadata["clock"]`` says), record_index, then
               what was logged. Of settings: place and text of each line.
    digits     Most significant digits seen in the text of a column; None where there was no text to see.
    metadata   What else the file and its name say, as text.
    """

    reader: str
    reader_version: str
    frame: pl.DataFrame
    digits: Mapping[str, int | None]
    flags: tuple[Flag, ...]
    metadata: Mapping[str, str]
    kind: str = CYCLING


class Reader(Protocol):
    """A file format. ``recognises`` looks at the first bytes alone, never at the name."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def recognises(self, head: bytes) -> bool: ...

    def read(self, path: Path, *, name: str, budget: Budget = DEFAULT_BUDGET) -> Reading: ...


@dataclass
class FlagBook:
    """Collects flags. A fault that stands in every row fills a line, not a book."""

    _flags: dict[str, list[Flag]] = field(default_factory=dict)
    _unlisted: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, sentence: str, row: int | None = None) -> None:
        flags = self._flags.setdefault(code, [])
        if len(flags) < FLAGS_PER_CODE:
            flags.append(Flag(code, sentence, row))
        else:
            self._unlisted[code] = self._unlisted.get(code, 0) + 1

    def add_rows(self, code: str, rows: Sequence[int], sentence: Callable[[int], str]) -> None:
        """Flag each of ``rows``; ``sentence`` is given the place of the row in ``rows``."""
        listed = rows[:FLAGS_PER_CODE]
        for place, row in enumerate(listed):
            self.add(code, sentence(place), row)
        if len(rows) > len(listed):
            self._unlisted[code] = self._unlisted.get(code, 0) + len(rows) - len(listed)

    def flags(self) -> tuple[Flag, ...]:
        collected = [flag for flags in self._flags.values() for flag in flags]
        for code, count in self._unlisted.items():
            collected.append(Flag(code, f"{count} more of the kind '{code}' are not listed one by one."))
        return tuple(collected)


def check_file_size(path: Path, budget: Budget) -> None:
    """Raise UnreadableFile if the file is empty or larger than the budget allows."""
    size_bytes = path.stat().st_size
    if size_bytes == 0:
        raise UnreadableFile("The file is empty: it holds 0 bytes.")
    if size_bytes > budget.file_bytes:
        raise UnreadableFile(
            f"The file holds {size_bytes} bytes; at most {budget.file_bytes} are read. Export it in parts."
        )
