"""A Squidstat file gives what its instrument measured, however it was saved on the way, or a reason."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from testing.readers.base import DEFAULT_BUDGET, Budget, Reading, UnreadableFile
from testing.readers.detect import read_file

HEADER_211 = (
    b'"Step number","Step name","Elapsed Time (s)","Working Electrode (V)",'
    b'"Working Electrode vs. NHE (V)","Current (mA)","Current Density (mA/cm\xb2)",'
    b'"Cumulative Charge (mAh)","Counter Electrode (V)"\r\n'
)
ROWS_211 = (
    b"1_1,Open Circuit,0.1,2.10001,5.14001,0,0,0,0\n"
    b"1_1,Open Circuit,60.1,2.10002,5.14002,0,0,0,0\n"
    b"2_1,Constant Current,60.2,2.31415,5.35415,0.850517,0,0.0142226,0\n"
    b"2_1,Constant Current,3660.2,2.75004,5.79004,0.850523,0,0.864740,0\n"
    b"2_2,Constant Current,3660.3,2.71101,5.75101,-0.850499,0,0.864716,0\n"
    b"2_2,Constant Current,7260.3,1.45003,4.49003,-8.50481e-01,0,0.0142267,0\n"
)
FILE_211 = HEADER_211 + ROWS_211
FILE_LATER = (
    b"Step number,Repeats,Step name,UTC Time (s),Elapsed Time (s),Working Electrode (V),"
    b"Current (A),Current Density (A/m^2),Cumulative Charge (mAh)\n"
    b"1,1,Open Circuit,1700000000.1,0.1,2.10001,0,0,0\n"
    b"1,1,Open Circuit,1700000060.1,60.1,2.10002,0,0,0\n"
    b"2,1,Constant Current,1700000060.2,60.2,2.31415,0.000850517,0,0.0142226\n"
    b"2,1,Constant Current,1700003660.2,3660.2,2.75004,0.000850523,0,0.864740\n"
    b"2,2,Constant Current,1700003660.3,3660.3,2.71101,-0.000850499,0,0.864716\n"
    b"2,2,Constant Current,1700007260.3,7260.3,1.45003,-8.50481e-04,0,0.0142267\n"
)
# Worked by hand from the rows above.
TRUTH = pl.DataFrame(
    {
        "test_time_second": [0.1, 60.1, 60.2, 3660.2, 3660.3, 7260.3],
        "voltage_volt": [2.10001, 2.10002, 2.31415, 2.75004, 2.71101, 1.45003],
        "current_ampere": [0.0, 0.0, 0.000850517, 0.000850523, -0.000850499, -0.000850481],
        "step_id": ["1_1", "1_1", "2_1", "2_1", "2_2", "2_2"],
        "step_count": [1, 1, 2, 2, 3, 3],
        "record_index": [0, 1, 2, 3, 4, 5],
        "net_capacity_ah": [0.0, 0.0, 1.42226e-5, 8.6474e-4, 8.64716e-4, 1.42267e-5],
    },
    schema_overrides={"step_id": pl.Categorical},
)
MEASURED = ["test_time_second", "voltage_volt", "current_ampere"]

Change = Callable[[bytes], bytes]
ReadBytes = Callable[..., Reading]


@pytest.fixture
def read(tmp_path: Path) -> ReadBytes:
    def read_bytes(content: bytes, *, name: str = "1_x.csv", budget: Budget = DEFAULT_BUDGET) -> Reading:
        path = tmp_path / "sent"
        path.write_bytes(content)
        return read_file(path, name=name, budget=budget)

    return read_bytes


def swap(*pairs: tuple[bytes, bytes]) -> Change:
    def change(content: bytes) -> bytes:
        for old, new in pairs:
            assert old in content, old
            content = content.replace(old, new)
        return content

    return change


def in_columns(order: list[int], separator: bytes = b",") -> Change:
    def change(content: bytes) -> bytes:
        lines = [line.strip(b"\r").split(b",") for line in content.splitlines()]
        return b"".join(separator.join(line[place] for place in order) + b"\n" for line in lines)

    return change


def german(content: bytes) -> bytes:
    return content.replace(b",", b";").replace(b".", b",").replace(b"vs,", b"vs.")


def times_thousand(content: bytes) -> bytes:
    """The currents of FILE_211 in uA, written out by hand."""
    return swap(
        (b"Current (mA)", b"Current (uA)"),
        (b",0.850517,", b",850.517,"),
        (b",0.850523,", b",850.523,"),
        (b",-0.850499,", b",-850.499,"),
        (b",-8.50481e-01,", b",-850.481,"),
    )(content)


READ_WHOLE: dict[str, Change] = {
    "as exported": lambda content: content,
    "bare header": swap((b'"', b"")),
    "CRLF throughout": swap((b"\r\n", b"\n"), (b"\n", b"\r\n")),
    "CR CR LF of a text-mode copy": lambda content: content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\r\n"),
    "CR alone, old Mac": lambda content: content.replace(b"\r\n", b"\n").replace(b"\n", b"\r"),
    "UTF-8": swap((b"\xb2", "²".encode())),
    "UTF-8 with byte order mark": lambda content: b"\xef\xbb\xbf" + content.replace(b"\xb2", "²".encode()),
    "byte order mark before cp1252": lambda content: b"\xef\xbb\xbf" + content,
    "superscript mangled on a Mac": swap((b"\xb2", "≤".encode())),
    "superscript lost": swap((b"\xb2", b"?")),
    "cp1252 in a step's name": swap((b"Constant", b"Konstant f\xfcr")),
    "separator in a step's name": swap((b"Constant Current", b'"Constant, Current"')),
    "every field quoted": lambda content: (
        b"\n".join(
            b",".join(b'"' + field.strip(b'"\r') + b'"' for field in line.split(b","))
            for line in content.splitlines()
        )
        + b"\n"
    ),
    "spaces around numbers": swap((b",0.850517,", b", 0.850517 ,")),
    "tabs": swap((b",", b"\t")),
    "semicolons": swap((b",", b";")),
    "semicolons and decimal commas": german,
    "quoted decimal commas": lambda content: b"".join(
        b",".join(b'"' + field.strip(b'"\r').replace(b".", b",") + b'"' for field in line.split(b",")) + b"\n"
        for line in content.splitlines()
    ),
    "columns in another order": in_columns([7, 5, 3, 2, 0]),
    "without the columns we do not read": in_columns([0, 2, 3, 5, 7]),
    "an unknown column": lambda content: (
        b"\n".join(
            line.strip(b"\r") + (b',"Aux (K)"' if place == 0 else b",hello")
            for place, line in enumerate(content.splitlines())
        )
        + b"\n"
    ),
    "A": swap(
        (b"Current (mA)", b"Current (A)"),
        (b",0.850517,", b",0.000850517,"),
        (b",0.850523,", b",0.000850523,"),
        (b",-0.850499,", b",-0.000850499,"),
        (b"e-01,", b"e-04,"),
    ),
    "uA": times_thousand,
    "micro sign A": lambda content: times_thousand(content).replace(b"(uA)", b"(\xb5A)"),
    "Greek mu A": lambda content: (
        times_thousand(content).replace(b"(uA)", "(μA)".encode()).replace(b"\xb2", "²".encode())
    ),
    "mV": swap(
        (b'"Working Electrode (V)"', b'"Working Electrode (mV)"'),
        (b",2.10001,", b",2100.01,"),
        (b",2.10002,", b",2100.02,"),
        (b",2.31415,", b",2314.15,"),
        (b",2.75004,", b",2750.04,"),
        (b",2.71101,", b",2711.01,"),
        (b",1.45003,", b",1450.03,"),
    ),
    "ms": swap(
        (b"Elapsed Time (s)", b"Elapsed Time (ms)"),
        (b",0.1,", b",100,"),
        (b",60.1,", b",60100,"),
        (b",60.2,", b",60200,"),
        (b",3660.2,", b",3660200,"),
        (b",3660.3,", b",3660300,"),
        (b",7260.3,", b",7260300,"),
    ),
    "Ah": swap(
        (b"Charge (mAh)", b"Charge (Ah)"),
        (b",0.0142226,", b",0.0000142226,"),
        (b",0.864740,", b",0.000864740,"),
        (b",0.864716,", b",0.000864716,"),
        (b",0.0142267,", b",0.0000142267,"),
    ),
    "upper-case header": lambda content: content.replace(b"Elapsed Time", b"ELAPSED TIME"),
}


@pytest.mark.parametrize("change", READ_WHOLE.values(), ids=READ_WHOLE)
def test_a_file_saved_anew_gives_the_same_numbers(read: ReadBytes, change: Change) -> None:
    reading = read(change(FILE_211))
    assert_frame_equal(reading.frame, TRUTH, rel_tol=1e-12, abs_tol=0)
    assert reading.flags == ()


def test_both_dialects_give_identical_frames(read: ReadBytes) -> None:
    old, later = read(FILE_211), read(FILE_LATER)
    assert_frame_equal(later.frame.drop("unix_time_second"), old.frame, rel_tol=1e-12, abs_tol=0)
    assert later.frame["unix_time_second"].to_list()[0] == 1700000000.1
    assert (old.metadata["dialect"], later.metadata["dialect"]) == ("2.11", "later")


def test_minutes_and_hours_are_read_where_the_header_says_so(read: ReadBytes) -> None:
    for unit, text, seconds in ((b"min", b"1.5", 90), (b"h", b"1.5", 5400)):
        content = b"Elapsed Time (" + unit + b"),Working Electrode (V),Current (A)\n" + text + b",2,0.1\n"
        assert read(content).frame["test_time_second"].to_list() == [seconds]


# What happens to rows that the file has, by which flag says so: rows kept (of six), flag, row it names.
READ_IN_PART: dict[str, tuple[Change, list[int], str, int | None]] = {
    "not a number": (swap((b",0.850517,", b",NaN,")), [0, 1, 3, 4, 5], "not_a_number", 3),
    "infinite": (swap((b",0.850517,", b",inf,")), [0, 1, 3, 4, 5], "not_a_number", 3),
    "more than a float holds": (swap((b",0.850517,", b",1e999,")), [0, 1, 3, 4, 5], "not_a_number", 3),
    "no value": (swap((b",0.850517,", b",,")), [0, 1, 3, 4, 5], "not_a_number", 3),
    "a word": (swap((b",0.850517,", b",OVERLOAD,")), [0, 1, 3, 4, 5], "not_a_number", 3),
    "overrange": (swap((b",2.31415,", b",9.9e37,")), [0, 1, 3, 4, 5], "out_of_range", 3),
    "a field too few": (swap((b"60.2,2.31415,", b"60.2,")), [0, 1, 3, 4, 5], "wrong_number_of_fields", 3),
    "a field too many": (swap((b",60.2,", b",60.2,1,")), [0, 1, 3, 4, 5], "wrong_number_of_fields", 3),
    "an open quotation mark": (
        swap((b"2_1,Constant Current,60.2", b'2_1,"Constant Current,60.2')),
        [0, 1, 3, 4, 5],
        "wrong_number_of_fields",
        3,
    ),
    "the header again": (
        swap((b"2_1,Constant Current,60.2", HEADER_211 + b"2_1,Constant Current,60.2")),
        [0, 1, 2, 3, 4, 5],
        "repeated_header",
        3,
    ),
    "empty lines": (swap((b"2_1,Constant Current,60.2", b"\n\r\n2_1,Constant Current,60.2")),
                    [0, 1, 2, 3, 4, 5], "blank_lines", None),
    "empty cells": (lambda content: content + b",,,,,,,,\r\n", [0, 1, 2, 3, 4, 5], "blank_lines", None),
    "no last newline": (lambda content: content[:-1], [0, 1, 2, 3, 4, 5], "last_line_without_newline", 6),
    "last line cut": (lambda content: content[:-20], [0, 1, 2, 3, 4], "incomplete_last_line", 6),
    "last line cut in its exponent": (
        lambda content: in_columns([0, 2, 3, 7, 5])(content)[:-3],
        [0, 1, 2, 3, 4],
        "incomplete_last_line",
        6,
    ),
    "last line cut before its charge": (
        lambda content: in_columns([0, 2, 3, 5, 7])(content).removesuffix(b"0.0142267\n"),
        [0, 1, 2, 3, 4],
        "incomplete_last_line",
        6,
    ),
    "a whole row of nothing but NaN": (
        swap((b"2_1,Constant Current,60.2,2.31415,5.35415,0.850517,0,0.0142226,0", b"nan" + b",nan" * 8)),
        [0, 1, 3, 4, 5],
        "not_a_number",
        3,
    ),
    "a clock that stands still": (swap((b",3660.3,", b",3660.2,")), [0, 1, 2, 3, 5], "time_stands_still", 5),
}  # fmt: skip


@pytest.mark.parametrize(("change", "kept", "code", "row"), READ_IN_PART.values(), ids=READ_IN_PART)
def test_a_row_that_is_left_out_is_named(
    read: ReadBytes, change: Change, kept: list[int], code: str, row: int | None
) -> None:
    reading = read(change(FILE_211))
    assert [(flag.code, flag.row) for flag in reading.flags] == [(code, row)]
    assert reading.flags[0].sentence.endswith(".")
    if code != "time_stands_still":
        assert_frame_equal(reading.frame[MEASURED], TRUTH[kept][MEASURED], rel_tol=1e-12, abs_tol=0)
    assert reading.frame["record_index"].to_list() == list(range(reading.frame.height))


REFUSED: dict[str, tuple[Change | bytes, str]] = {
    "current without a unit": (swap((b"Current (mA)", b"Current")), "'Current' states no unit"),
    "voltage without a unit": (swap((b"Electrode (V)", b"Electrode")), "states no unit"),
    "current in an unknown unit": (swap((b"Current (mA)", b"Current (kA)")), "'kA'"),
    "megaampere is not milliampere": (swap((b"Current (mA)", b"Current (MA)")), "'MA'"),
    "unit mangled": (swap((b"Current (mA)", b"Current (\x81A)")), "none of"),
    "two currents": (swap((b"Counter Electrode (V)", b"Current (A)")), "both give current_ampere"),
    "no current": (swap((b"Current (mA)", b"Amps")), "no column 'Current"),
    "decimal commas between commas": (
        HEADER_211 + ROWS_211.replace(b".", b","),
        "Too many rows cannot be used: 6 of 6",
    ),
    "points and commas mixed": (
        lambda content: german(content).replace(b"2,31415", b"2.31415"),
        "a decimal point and others a comma",
    ),
    "thousands and decimals": (
        lambda content: german(content).replace(b"3660,2", b"3.660,2"),
        "more than one decimal sign",
    ),
    "a comma that could be thousands": (
        (b"Elapsed Time (s);Working Electrode (V);Current (mA)\n1;2,314;1,500\n2;2,315;1,500\n"),
        "thousands separator",
    ),
    "a second header in another unit": (
        lambda content: content + HEADER_211.replace(b"(mA)", b"(A)") + ROWS_211,
        "second header with other columns or units",
    ),
    "the later dialect pasted below": (lambda content: content + FILE_LATER, "second header"),
    "another format's header in mid-file": (
        lambda content: (
            in_columns([2, 3, 5])(content) + b"test_time_second,voltage_volt,current_ampere\n0,2.1,0.00085\n"
        ),
        "second header",
    ),
    "a second header cut short": (lambda content: content + HEADER_211[:100] + b"\n", "second header"),
    "only the header": (HEADER_211, "no whole row of data"),
    "the header without its end": (HEADER_211.strip(), "no whole row of data"),
    "the header cut off": (HEADER_211[:100], "no column 'Current"),
    "the header and half a row": (lambda content: content[: len(HEADER_211) + 9], "no whole row of data"),
    "nothing": (b"", "0 bytes"),
    "NUL bytes in the data": (swap((b"0.850517", b"\0" * 8)), "NUL byte at byte"),
    "NUL bytes at the end, after a power cut": (lambda content: content + b"\0" * 4096, "NUL byte"),
    "UTF-16": (lambda content: content.decode("cp1252").encode("utf-16"), "UTF-16"),
    "NUL bytes in the header": (FILE_211.replace(b"Elapsed", b"Ela\0sed"), "No reader knows this file"),
    "binary": (bytes(range(256)) * 64, "No reader knows this file"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "No reader knows this file"),
    "another instrument": (b"mode\tox/red\ttime/s\n1\t2\t3\n", r"'mode\?ox/red\?time/s'"),
    "one endless line": (b"x" * 2_000_000, "No reader knows this file"),
    "an endless row": (lambda content: content + b"1" * 1_500_000, "longer than 1000000 bytes"),
    "an endless row with an end": (lambda content: content + b"1" * 1_500_000 + b"\n", "longer than"),
    "an endless header": (
        HEADER_211.strip() + b',"' + b"x" * 1_500_000,
        "first line is longer",
    ),
    "100,000 columns": (HEADER_211.strip() + b",x" * 100_000 + b"\n1", "100009 columns"),
    "all values out of range": (
        swap((b",2.", b",2000"), (b",1.", b",1000")),
        "Too many rows cannot be used: 6 of 6",
    ),
    "dates made by a spreadsheet": (
        HEADER_211 + b"1_1,Open,0.1,03. Mrz,5,01. Jan,0,0,0\n" * 30,
        "Too many rows cannot be used: 1[0-9] of 30",
    ),
}


@pytest.mark.parametrize(("change", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(
    read: ReadBytes, change: Change | bytes, reason: str
) -> None:
    with pytest.raises(UnreadableFile, match=reason) as refusal:
        read(change if isinstance(change, bytes) else change(FILE_211))
    assert str(refusal.value)[0].isupper() and len(str(refusal.value)) < 500


@pytest.mark.parametrize("order", [[0, 2, 3, 7, 5], [0, 2, 5, 7, 3], [0, 5, 3, 2]])
def test_a_growing_file_cut_anywhere_gives_true_rows_and_says_where_it_ends(
    read: ReadBytes, order: list[int]
) -> None:
    content = in_columns(order)(FILE_211)
    for length in range(len(content)):
        try:
            reading = read(content[:length])
        except UnreadableFile:
            assert content[:length].count(b"\n") < 2
            continue
        sure = reading.frame
        if not content[:length].endswith(b"\n"):
            codes = {flag.code for flag in reading.flags} - {"time_runs_backwards"}
            assert codes in ({"incomplete_last_line"}, {"last_line_without_newline"})
            sure = sure.head(sure.height - (codes == {"last_line_without_newline"}))
        assert sure.height == min(content[:length].count(b"\n") - 1, 6)
        assert_frame_equal(sure[MEASURED], TRUTH[: sure.height][MEASURED], rel_tol=1e-12, abs_tol=0)


def test_two_files_pasted_together_keep_their_order_and_the_jump_is_flagged(read: ReadBytes) -> None:
    reading = read(FILE_211 + ROWS_211)
    assert reading.frame["test_time_second"].to_list() == TRUTH["test_time_second"].to_list() * 2
    assert [(flag.code, flag.row) for flag in reading.flags] == [("time_runs_backwards", 7)]
    assert reading.frame["step_count"].to_list() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]


def test_the_digits_are_those_that_the_instrument_writes_though_it_leaves_zeros_out(read: ReadBytes) -> None:
    digits = read(FILE_211).digits
    assert digits["voltage_volt"] == digits["current_ampere"] == digits["net_capacity_ah"] == 6
    assert digits["test_time_second"] == 6


def test_columns_that_are_not_read_are_named(read: ReadBytes) -> None:
    left_out = read(FILE_211).metadata["columns_left_out"]
    assert left_out == "Working Electrode vs. NHE (V); Current Density (mA/cm²); Counter Electrode (V)"


def test_a_charge_in_an_unknown_unit_is_left_out_and_said(read: ReadBytes) -> None:
    reading = read(FILE_211.replace(b"Charge (mAh)", b"Charge (mol)"))
    assert "net_capacity_ah" not in reading.frame.columns
    assert [flag.code for flag in reading.flags] == ["unknown_unit"]


def test_a_charge_that_is_no_number_is_left_empty_and_its_row_kept(read: ReadBytes) -> None:
    reading = read(FILE_211.replace(b"0.0142226", b"---"))
    assert reading.frame["net_capacity_ah"].null_count() == 1
    assert reading.frame.height == 6
    assert [(flag.code, flag.row) for flag in reading.flags] == [("value_left_empty", 3)]


def test_many_faults_are_counted_not_listed(read: ReadBytes) -> None:
    good = b"1_1,CC,%d,2,5,0.1,0,0,0\n"
    content = HEADER_211 + b"".join(good % second for second in range(20_000))
    bad = content + b"1_1,CC,20000,2,5,bad,0,0,0\n" * 150
    reading = read(bad)
    assert reading.frame.height == 20_000
    assert len(reading.flags) == 101
    assert reading.flags[-1].sentence.startswith("50 more")


def test_the_name_gives_the_local_start(read: ReadBytes) -> None:
    metadata = read(FILE_211, name="2_cell 7-CC cycling 20200304 123456.csv").metadata
    assert metadata["started_at"] == "2020-03-04T12:34:56"
    assert metadata["element"] == "CC cycling"
    assert "started_at" not in read(FILE_211, name="renamed.csv").metadata


def test_rows_come_out_the_same_across_blocks(read: ReadBytes, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read(FILE_211)
    for block_bytes in (64, 100, 333):
        monkeypatch.setattr("testing.readers.lines.BLOCK_BYTES", block_bytes)
        for content in (FILE_211, FILE_211.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")):
            assert_frame_equal(read(content).frame, whole.frame)


def test_a_file_over_budget_is_refused_before_it_is_parsed(read: ReadBytes) -> None:
    with pytest.raises(UnreadableFile, match="at most 100 are read"):
        read(FILE_211, budget=Budget(file_bytes=100))
    with pytest.raises(UnreadableFile, match="more than 3 rows"):
        read(FILE_211, budget=Budget(rows=3))
