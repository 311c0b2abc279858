"""A text file as blocks of complete lines, in constant memory, and where its fields lie."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from testing.readers.base import HEAD_BYTES, Budget, UnreadableFile, check_file_size

BLOCK_BYTES = 8_000_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SEPARATORS = (",", ";", "\t")
NEWLINE = 10
MOST_PREAMBLE_LINES = 400
QUOTE = 34
WORD = re.compile(r"[A-Za-z]{3}")
NUMBER = re.compile(r"[+-]?(?:[\d.,]+(?:[eE][+-]?\d+)?|nan|inf|infinity)$", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """The line that names the columns of a table.

    length_bytes   Bytes up to the first row: what stands above the line, the line, and its end.
    line_end       The byte that ends every line: CRLF counts as its LF.
    preamble       The lines above it.
    whole_quoted   Each line stands between quotation marks as a whole, as some spreadsheets save them.
    """

    fields: tuple[str, ...]
    separator: str
    encoding: str
    line_end: bytes
    length_bytes: int
    preamble: tuple[str, ...] = ()
    whole_quoted: bool = False


@dataclass(frozen=True)
class Block:
    """Lines of a table, each ended by LF, in UTF-8.

    first_row   Row of the first line; the line below the header is row 1.
    finished    False for a last line that the file does not end.
    number      Its place among the blocks, from 0.
    """

    data: bytes
    first_row: int
    finished: bool
    number: int = 0


@dataclass(frozen=True)
class Layout:
    """Where the lines of a block lie and how many fields each has, all of shape (lines,).

    A separator between quotation marks does not count. ``whole`` is False where a quotation mark stays open.
    """

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    fields: npt.NDArray[np.int64]
    whole: npt.NDArray[np.bool_]
    blank: npt.NDArray[np.bool_]


def decode(data: bytes) -> tuple[str, str]:
    """Return text and encoding: UTF-8, or else cp1252, the code page of the instruments' computers."""
    try:
        return data.decode("utf-8-sig"), "utf-8-sig" if data.startswith(BYTE_ORDER_MARK) else "utf-8"
    except UnicodeDecodeError:
        return data.removeprefix(BYTE_ORDER_MARK).decode("cp1252", errors="replace"), "cp1252"


def separator_of(line: str) -> str:
    """Return the separator that splits ``line`` into the most fields.

    >>> separator_of('"Time, elapsed (s)";"Current (mA)";"Voltage (V)"')
    ';'
    """
    unquoted = "".join(line.split('"')[::2])
    return max(SEPARATORS, key=unquoted.count)


def split_line(line: str, separator: str) -> tuple[str, ...]:
    """Return the fields of one line without quotation marks and spaces around them.

    >>> split_line('1_1,"CC, slow", 0.5', ",")
    ('1_1', 'CC, slow', '0.5')
    """
    try:
        rows = list(csv.reader([line.strip("\r\n")], delimiter=separator))
    except csv.Error as error:
        raise UnreadableFile(f"A line cannot be split into fields: {error}.") from error
    return tuple(field.strip("\ufeff \t") for row in rows for field in row)


def first_line(head: bytes) -> str:
    """Return the first line of ``head`` as text."""
    line = head.removeprefix(BYTE_ORDER_MARK).split(b"\n", 1)[0].split(b"\r", 1)[0]
    return decode(line)[0]


def header_fields(head: bytes) -> tuple[str, ...]:
    """Return the fields of the first line of ``head``, or none where it is no table."""
    line = first_line(head)
    if "\0" in line:
        return ()
    try:
        return split_line(line, separator_of(line))
    except UnreadableFile:
        return ()


def head_lines(head: bytes) -> list[str]:
    """Return the whole lines of ``head`` as text; the last one may be cut and is left out."""
    text = decode(head)[0]
    lines = text.splitlines()
    return lines if text.endswith(("\n", "\r")) else lines[:-1]


def find_header(lines: Sequence[str], is_header: Callable[[Sequence[str]], bool]) -> int | None:
    """Return the place of the first line whose fields ``is_header`` knows, or None."""
    for place, line in enumerate(lines[:MOST_PREAMBLE_LINES]):
        unquoted = _unquoted(line)
        try:
            fields = split_line(unquoted, separator_of(unquoted))
        except UnreadableFile:
            continue
        if is_header(fields):
            return place
    return None


def _unquoted(line: str) -> str:
    """Return a line without the quotation marks that hold it as a whole."""
    whole = (
        line.startswith('"') and line.endswith('"') and line.count('"') == 2 and separator_of(line) in line
    )
    return line[1:-1] if whole else line


def read_header_below(path: Path, is_header: Callable[[Sequence[str]], bool], budget: Budget) -> Header:
    """Return the header of a table that a preamble stands above, or raise UnreadableFile."""
    check_file_size(path, budget)
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if b"\n" not in head:
        raise UnreadableFile(f"The first {len(head)} bytes hold no line end.")
    raw = head.split(b"\n")
    lines = [decode(line)[0].rstrip("\r") for line in raw[:-1]]
    place = find_header(lines, is_header)
    if place is None:
        raise UnreadableFile("The line that names the columns is not among the first lines of the file.")
    line = _unquoted(lines[place])
    separator = separator_of(line)
    if line.count(separator) >= budget.columns:
        raise UnreadableFile(
            f"The header names {line.count(separator) + 1} columns; at most {budget.columns} are read."
        )
    below = _unquoted(lines[place + 1]) if place + 1 < len(lines) else ""
    return Header(
        fields=_as_many_as(split_line(line, separator), below, separator),
        separator=separator,
        encoding=decode(head)[1],
        line_end=b"\n",
        length_bytes=sum(len(above) + 1 for above in raw[: place + 1]),
        preamble=tuple(lines[:place]),
        whole_quoted=line != lines[place],
    )


def _as_many_as(fields: tuple[str, ...], below: str, separator: str) -> tuple[str, ...]:
    """Return the header's fields where it or its rows end with a separator too many."""
    if not below.strip():
        return fields
    row = split_line(below, separator)
    if len(row) == len(fields) + 1 and not row[-1]:
        return (*fields, "")
    if len(row) == len(fields) - 1 and not fields[-1]:
        return fields[:-1]
    return fields


def read_header(path: Path, budget: Budget) -> Header:
    """Return the header of a table, or raise UnreadableFile if no line of a sane length stands first."""
    check_file_size(path, budget)
    with path.open("rb") as stream:
        head = stream.read(budget.line_bytes + 1)
    # Excel on an old Mac ends lines with CR alone.
    line_end = b"\r" if b"\n" not in head and b"\r" in head else b"\n"
    line, found, _ = head.partition(line_end)
    if not found and len(head) > budget.line_bytes:
        raise UnreadableFile(f"The first line is longer than {budget.line_bytes} bytes.")
    text, encoding = decode(line)
    separator = separator_of(text)
    if text.count(separator) >= budget.columns:
        raise UnreadableFile(
            f"The header names {text.count(separator) + 1} columns; at most {budget.columns} are read."
        )
    return Header(split_line(text, separator), separator, encoding, line_end, len(line) + len(found))


def refuse_nul(data: bytes, *, offset: int) -> None:
    place = data.find(b"\0")
    if place >= 0:
        raise UnreadableFile(
            f"The file holds a NUL byte at byte {offset + place}: it is not plain text, or it was damaged, "
            "or it was saved as UTF-16. Export it again as CSV in UTF-8."
        )


def read_blocks(path: Path, header: Header, budget: Budget) -> Iterator[Block]:
    """Yield the lines below the header in their order; an unfinished last line comes alone, last."""
    rest = b""
    row = 1
    number = 0
    offset = header.length_bytes
    with path.open("rb") as stream:
        stream.seek(offset)
        while piece := stream.read(BLOCK_BYTES):
            refuse_nul(piece, offset=offset)
            offset += len(piece)
            data = rest + piece
            cut = data.rfind(header.line_end) + 1
            rest = data[cut:]
            if len(rest) > budget.line_bytes:
                raise UnreadableFile(f"A line after row {row} is longer than {budget.line_bytes} bytes.")
            if cut:
                yield Block(_plain(data[:cut], header), row, finished=True, number=number)
                number += 1
                row += int(np.count_nonzero(np.frombuffer(data, np.uint8, cut) == header.line_end[0]))
            if row > budget.rows:
                raise UnreadableFile(f"The file holds more than {budget.rows} rows. Export it in parts.")
    if rest.strip():
        yield Block(_plain(rest + header.line_end, header), row, finished=False)


def _plain(data: bytes, header: Header) -> bytes:
    if header.line_end == b"\r":
        data = data.replace(b"\r", b"\n")
    if header.whole_quoted:
        data = data.replace(b'"', b"")
    if data.isascii():
        return data
    text, encoding = decode(data)
    return data if encoding == "utf-8" else text.encode()


def lay_out(data: bytes, separator: str) -> Layout:
    """Return where the lines of ``data`` lie. Counted for all lines at once: a file has millions."""
    raw = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(raw == NEWLINE)
    starts = np.concatenate(([0], ends[:-1] + 1))
    marks = np.flatnonzero(raw == ord(separator))
    whole = np.ones(len(ends), np.bool_)
    if b'"' in data:
        quotes = np.flatnonzero(raw == QUOTE)
        quotes_before_line = np.searchsorted(quotes, starts)
        quotes_before_mark = np.searchsorted(quotes, marks) - quotes_before_line[np.searchsorted(ends, marks)]
        marks = marks[quotes_before_mark % 2 == 0]
        whole = (np.searchsorted(quotes, ends) - quotes_before_line) % 2 == 0
    fields = np.diff(np.searchsorted(marks, ends), prepend=0) + 1
    blank = (ends == starts) | ((ends == starts + 1) & (raw[starts] == ord("\r")))
    return Layout(starts, ends, fields, whole, blank)


def longest_line_bytes(layout: Layout) -> int:
    return int(np.max(layout.ends - layout.starts, initial=0))


def keep_lines(data: bytes, layout: Layout, kept: npt.NDArray[np.bool_]) -> bytes:
    """Return the lines of ``data`` for which ``kept`` is true."""
    if kept.all():
        return data
    raw = np.frombuffer(data, np.uint8)
    return raw[np.repeat(kept, layout.ends - layout.starts + 1)].tobytes()


def line_text(data: bytes, layout: Layout, place: int) -> str:
    return decode(data[layout.starts[place] : layout.ends[place]])[0].strip("\r")


def shown(text: str, length: int = 60) -> str:
    """Return ``text`` fit for a sentence: short, and without control characters.

    >>> shown("a" * 100, length=5)
    'aaaaa...'
    """
    clean = "".join(character if character.isprintable() else "?" for character in text[: length + 1])
    return clean if len(clean) <= length else clean[:length] + "..."


def looks_like_header(fields: Sequence[str]) -> bool:
    """Return whether a line below the header names columns: three words or more, and no number.

    >>> looks_like_header(("test_time_second", "voltage_volt", "current_ampere"))
    True
    >>> looks_like_header(("2_1", "Constant Current", "60.1", "overload"))
    False
    """
    words = sum(bool(WORD.search(field)) for field in fields)
    return words >= 3 and not any(NUMBER.match(field) for field in fields)
