"""Live points as lines of JSON: judged one by one, kept as they were written."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from testing.readers.bdf_names import MACHINE_NAMES, RENAMED, TEXT_NAMES

MOST_ROWS = 10_000
MOST_BYTES = 5_000_000
MOST_TEXT = 60
LARGEST_RECORD = 2**53
REQUIRED = ("record_index", "test_time_second", "voltage_volt", "current_ampere")
KNOWN = (MACHINE_NAMES - set(RENAMED)) | {"record_index"}


@dataclass(frozen=True)
class Point:
    """One measured point: its record number, its values, and the line that it came in."""

    record: int
    values: dict[str, Any]
    line: bytes

    def number(self, name: str) -> float | None:
        value = self.values.get(name)
        return None if value is None else float(value)


def parse(body: bytes) -> list[Point]:
    """Return the points of a body of NDJSON, or raise ValidationError that names the line and what is wrong."""
    if len(body) > MOST_BYTES:
        raise ValidationError(
            f"The body holds {len(body):,} bytes; at most {MOST_BYTES:,} are taken at once."
        )
    lines = [line.strip() for line in body.split(b"\n")]
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line]
    if not numbered:
        raise ValidationError("The body holds no line: send one JSON object a line.")
    if len(numbered) > MOST_ROWS:
        raise ValidationError(
            f"The body holds {len(numbered):,} lines; at most {MOST_ROWS:,} are taken at once."
        )
    return [_point(number, line) for number, line in numbered]


def _point(number: int, line: bytes) -> Point:
    try:
        values = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ValidationError(f"Line {number} is no JSON: {error}.") from error
    if not isinstance(values, dict):
        raise ValidationError(f"Line {number} is no JSON object.")
    for name in REQUIRED:
        if values.get(name) is None:
            raise ValidationError(f"Line {number} lacks {name}.")
    for name, value in values.items():
        _judge(number, name, value)
    record = values["record_index"]
    if isinstance(record, float) and record.is_integer():
        record = int(record)
    if not isinstance(record, int) or not 0 <= record <= LARGEST_RECORD:
        raise ValidationError(f"Line {number}: record_index is a whole number from 0, not {record!r}.")
    return Point(record, values, line)


def _judge(number: int, name: str, value: Any) -> None:
    if name not in KNOWN:
        raise ValidationError(
            f"Line {number}: {name[:60]!r} is no BDF column; a unit stands in each name, as in voltage_volt."
        )
    if value is None:
        return
    if name in TEXT_NAMES:
        if not isinstance(value, str | int) or len(str(value)) > MOST_TEXT or not str(value).isprintable():
            raise ValidationError(f"Line {number}: {name} is a short text, not {str(value)[:40]!r}.")
    elif isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise ValidationError(f"Line {number}: {name} is a number, not {str(value)[:40]!r}.")


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def points_of(content: bytes) -> Iterator[Point]:
    """Return the points of lines that were judged before, each value as the text that was sent."""
    for line in content.split(b"\n"):
        if line:
            values = json.loads(line, parse_float=str, parse_int=str)
            yield Point(int(float(values["record_index"])), values, line)


def csv_lines(points: Iterable[Point], columns: list[str]) -> Iterator[str]:
    """Return a table in BDF machine names, every number in the digits that were sent."""
    yield ",".join(columns) + "\n"
    for point in points:
        yield ",".join(_spelled(point.values.get(name)) for name in columns) + "\n"


def _spelled(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n') else text
