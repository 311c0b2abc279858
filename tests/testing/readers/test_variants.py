"""More than 200 variants of twelve exports: each is right to 1e-9 and says what is odd, or is refused with a reason.

A variant that lost a row in silence, or gave numbers that are off by a factor, would fail here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from testing.readers.base import UnreadableFile
from testing.readers.detect import read_file
from tests.testing.readers.exports_by_hand import EXPORTS, ROWS, Export, Row

Numbers = Sequence[tuple[float, float, float]]
TRUTH = [row.numbers for row in ROWS]


@dataclass(frozen=True)
class Variant:
    """Bytes made of an export, and what may come of them.

    rows      The points in the order of the file.
    lost      How many of them may be left out, each with a flag.
    flagged   Something must be said.
    refused   It must be refused (True), must not (False), or either will do (None).
    """

    content: bytes
    rows: Numbers = tuple(TRUTH)
    lost: int = 0
    flagged: bool = False
    refused: bool | None = False


Make = Callable[[Export], Variant | None]


def lines_of(export: Export, rows: tuple[Row, ...] = ROWS) -> tuple[list[str], list[str]]:
    """Return the lines above the rows, the header with them, and the rows."""
    lines = export.text(rows).splitlines()
    return lines[: export.head_lines], lines[export.head_lines :]


def joined(head: Sequence[str], rows: Sequence[str]) -> bytes:
    return ("\n".join([*head, *rows]) + "\n").encode()


def spoilt(change: Callable[[str, Export], str], **expected: object) -> Make:
    """Return what changes one row, the 21st, so that its numbers cannot be used."""

    def make(export: Export) -> Variant:
        head, rows = lines_of(export)
        rows[20] = change(rows[20], export)
        without = [numbers for place, numbers in enumerate(TRUTH) if place != 20]
        return Variant(joined(head, rows), without, flagged=True, **expected)  # type: ignore[arg-type]

    return make


def instead_of_voltage(text: str) -> Callable[[str, Export], str]:
    return lambda line, _: line.replace(str(ROWS[20].voltage_v), text)


def decimal_commas(export: Export) -> Variant:
    text = export.text()
    if export.separator == ",":
        text = text.replace(",", ";")
    return Variant(re.sub(r"(?<=\d)\.(?=\d)", ",", text).encode())


def some_decimal_commas(export: Export) -> Variant | None:
    if export.separator == ",":
        return None
    head, rows = lines_of(export)
    rows[20:] = [re.sub(r"(?<=\d)\.(?=\d)", ",", row) for row in rows[20:]]
    return Variant(joined(head, rows), refused=True)


def in_unit(unit: str) -> Make:
    return lambda export: Variant(export.text(unit=unit).encode()) if unit in export.units else None


def without_unit(export: Export) -> Variant | None:
    if "{a}" not in export.header:
        return None
    bare = re.sub(r" */ *\{a\}| *\(\{a\}\)|\[\{a\}\]|_\{a\}", "", export.header)
    return Variant(replace(export, header=bare).text().encode(), refused=True)


def unknown_unit(export: Export) -> Variant | None:
    if "{a}" not in export.header:
        return None
    odd = replace(export, header=export.header.replace("{a}", "furlong"))
    return Variant(odd.text().encode(), refused=True)


def truncated(share: float) -> Make:
    def make(export: Export) -> Variant:
        content = export.text().encode()
        cut = content[: int(share * len(content))]
        whole = cut.count(b"\n") - export.head_lines
        return Variant(cut, TRUTH[: whole + 1], lost=1, flagged=not cut.endswith(b"\n"), refused=None)

    return make


def gbk(export: Export) -> Variant:
    head, rows = lines_of(export)
    head[-1] += f"{export.separator}备注"
    rows = [f"{row}{export.separator}恒流充电" for row in rows]
    return Variant(("\n".join([*head, *rows]) + "\n").encode("gbk"))


def header_again(export: Export) -> Variant:
    head, rows = lines_of(export)
    return Variant(joined(head, [*rows[:30], head[-1], *rows[30:]]), flagged=True)


def pasted_twice(export: Export) -> Variant:
    head, rows = lines_of(export)
    return Variant(joined(head, [*rows, head[-1], *rows]), TRUTH + TRUTH, flagged=True)


def pasted_in_another_unit(export: Export) -> Variant | None:
    if len(export.units) < 2:
        return None
    other = export.text(unit=export.units[1]).splitlines()[export.head_lines - 1 :]
    return Variant(joined(export.text().splitlines(), other), refused=True)


def cycles_reset(export: Export) -> Variant:
    again = tuple(replace(row, cycle=1) if row.cycle > 1 else row for row in ROWS)
    return Variant(export.text(again).encode())


def two_swapped(export: Export) -> Variant:
    rows = (*ROWS[:10], ROWS[11], ROWS[10], *ROWS[12:])
    return Variant(export.text(rows).encode(), [row.numbers for row in rows], flagged=True)


def one_twice(export: Export) -> Variant:
    rows = (*ROWS[:11], ROWS[10], *ROWS[11:])
    return Variant(export.text(rows).encode(), [row.numbers for row in rows], flagged=True)


def quoted(export: Export) -> Variant:
    head, rows = lines_of(export)
    both = [head[-1], *rows]
    fields = [[field.strip('"') for field in line.split(export.separator)] for line in both]
    again = [export.separator.join(f'"{field}"' if field else "" for field in line) for line in fields]
    return Variant(joined([*head[:-1], again[0]], again[1:]))


def with_nul(export: Export) -> Variant:
    content = export.text().encode()
    return Variant(content[:-100] + b"\0" * 10 + content[-100:], refused=True)


def with_thousands(export: Export) -> Variant:
    head, rows = lines_of(export)
    rows[20] = rows[20].replace(str(ROWS[20].voltage_v), f'"1,{ROWS[20].voltage_v}"')
    without = [numbers for place, numbers in enumerate(TRUTH) if place != 20]
    return Variant(joined(head, rows), without, flagged=True, refused=None)


VARIANTS: dict[str, Make] = {
    "as it is": lambda export: Variant(export.text().encode()),
    "decimal commas": decimal_commas,
    "decimal commas in some rows": some_decimal_commas,
    "byte order mark": lambda export: Variant(b"\xef\xbb\xbf" + export.text().encode()),
    "CRLF": lambda export: Variant(export.text().replace("\n", "\r\n").encode()),
    "CR": lambda export: Variant(export.text().replace("\n", "\r").encode(), refused=None),
    "UTF-16": lambda export: Variant(export.text().encode("utf-16"), refused=True),
    "GBK": gbk,
    "NUL bytes": with_nul,
    "NUL bytes at its end": lambda export: Variant(export.text().encode() + b"\0" * 500, refused=None),
    "in A": in_unit("A"),
    "in mA": in_unit("mA"),
    "in uA": in_unit("uA"),
    "no unit of current": without_unit,
    "unknown unit of current": unknown_unit,
    "cut at a third": truncated(0.34),
    "cut near its end": truncated(0.97),
    "cut within its last line": lambda export: Variant(export.text().encode()[:-4], lost=1, flagged=True),
    "no last line end": lambda export: Variant(export.text().encode()[:-1], lost=1, flagged=True),
    "header again": header_again,
    "pasted twice": pasted_twice,
    "pasted with another unit": pasted_in_another_unit,
    "cycles reset": cycles_reset,
    "two rows swapped": two_swapped,
    "a row twice": one_twice,
    "inf": spoilt(instead_of_voltage("inf")),
    "nan": spoilt(instead_of_voltage("nan")),
    "overload": spoilt(instead_of_voltage("overload")),
    "no voltage": spoilt(instead_of_voltage("")),
    "a sentinel": spoilt(instead_of_voltage("9.9e37")),
    "a field too many": spoilt(lambda line, export: line + export.separator + "1"),
    "fields missing": spoilt(lambda line, export: line.split(export.separator)[0]),
    "thousands separator": with_thousands,
    "every field quoted": quoted,
    "blank lines": lambda export: Variant(
        joined(lines_of(export)[0], _spaced(lines_of(export)[1])), flagged=True
    ),
    "header alone": lambda export: Variant(joined(lines_of(export)[0], []), refused=True),
}


def _spaced(rows: Sequence[str]) -> list[str]:
    return [*rows[:10], "", *rows[10:30], "", *rows[30:]]


CASES = [
    pytest.param(variant, id=f"{export.name}, {name}")
    for export in EXPORTS
    for name, make in VARIANTS.items()
    if (variant := make(export)) is not None
]


def test_there_are_more_than_two_hundred_variants_of_ten_files() -> None:
    assert len(EXPORTS) >= 10
    assert len(CASES) > 200


@pytest.mark.parametrize("variant", CASES)
def test_a_variant_is_right_or_refused(tmp_path: Path, variant: Variant) -> None:
    path = tmp_path / "sent"
    path.write_bytes(variant.content)
    try:
        reading = read_file(path, name="sent")
    except UnreadableFile as reason:
        assert variant.refused is not False, reason
        assert len(str(reason)) > 20
        return
    assert variant.refused is not True, "it should have been refused"
    frame = reading.frame.select("test_time_second", "voltage_volt", "current_ampere")
    found = frame.rows()
    missing = len(variant.rows) - len(found)
    assert 0 <= missing <= variant.lost
    assert reading.flags or not (variant.flagged or missing), "something was odd and nothing was said"
    for given, expected in zip(found, variant.rows, strict=False):
        assert given == pytest.approx(expected, rel=1e-9, abs=1e-15)
