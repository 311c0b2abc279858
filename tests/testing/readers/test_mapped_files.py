"""A table that no reader knows, read by what a person says of its columns: units and sign stated, nothing guessed."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from testing.readers.base import UnreadableFile
from testing.readers.detect import read_file
from testing.readers.mapped import preview_of
from testing.readers.mapping import DATE_AND_TIME, HOURS_MINUTES_SECONDS, ColumnMap, MappedColumn

HEADER = ("t", "E", "I(disch+)", "n")
TABLE = "made by hand\n\nt;E;I(disch+);n\n0;2100;0;1\n1,5;2200;-0,85;1\n3;2300;0,85;2\n"
MAPPING = ColumnMap(
    kind="cycling",
    header=HEADER,
    width=4,
    columns=(
        MappedColumn(0, "test_time_second", "min"),
        MappedColumn(1, "voltage_volt", "mV"),
        MappedColumn(2, "current_ampere", "mA", negative=True),
        MappedColumn(3, "step_id"),
    ),
    code="MAP-0001",
)


def sent(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sent"
    path.write_text(text, encoding="utf-8")
    return path


def test_units_and_sign_are_the_persons(tmp_path: Path) -> None:
    path = sent(tmp_path, TABLE)
    with pytest.raises(UnreadableFile, match="No reader knows"):
        read_file(path, name="x")
    reading = read_file(path, name="x", mappings=[MAPPING])
    frame = reading.frame
    assert frame["test_time_second"].to_list() == [0.0, 90.0, 180.0]
    assert frame["voltage_volt"].to_list() == [2.1, 2.2, 2.3]
    assert frame["current_ampere"].to_list() == pytest.approx([0.0, 0.00085, -0.00085], rel=1e-15)
    assert frame["step_count"].to_list() == [1, 1, 2]
    assert (reading.reader, reading.metadata["mapping"]) == ("mapped MAP-0001", "MAP-0001")


def test_a_mapping_takes_no_file_with_another_header(tmp_path: Path) -> None:
    other = sent(tmp_path, TABLE.replace("I(disch+)", "I(ch+)"))
    with pytest.raises(UnreadableFile, match="No reader knows"):
        read_file(other, name="x", mappings=[MAPPING])


def test_a_table_without_a_header_is_read_by_its_places(tmp_path: Path) -> None:
    path = sent(tmp_path, "1000,0.5,-0.1\n100,0.6,-0.2\n")
    nyquist = ColumnMap(
        "impedance", (), 3,
        (
            MappedColumn(0, "frequency_hertz", "Hz"),
            MappedColumn(1, "real_impedance_ohm", "ohm"),
            MappedColumn(2, "imaginary_impedance_ohm", "ohm"),
        ),
    )  # fmt: skip
    frame = read_file(path, name="x", mappings=[nyquist]).frame
    assert frame.rows()[0][:3] == (1000.0, 0.5, -0.1)
    assert frame.height == 2


@pytest.mark.parametrize(
    ("time_format", "first", "second"),
    [
        ("%d.%m.%Y %H:%M:%S%.f", "01.02.2026 10:00:00", "02.02.2026 10:00:01.5"),
        ("%m/%d/%Y %I:%M:%S %p", "02/01/2026 10:00:00 AM", "02/02/2026 10:00:01 AM"),
    ],
)
def test_a_date_is_read_as_the_person_says_it_is_written(
    tmp_path: Path, time_format: str, first: str, second: str
) -> None:
    path = sent(tmp_path, f"when,U,I\n{first},2.1,1\n{second},2.2,1\n")
    columns = (
        MappedColumn(0, "test_time_second", DATE_AND_TIME),
        MappedColumn(1, "voltage_volt", "V"),
        MappedColumn(2, "current_ampere", "A"),
    )
    mapping = ColumnMap("cycling", ("when", "U", "I"), 3, columns, time_format)
    assert mapping.faults() == []
    reading = read_file(path, name="x", mappings=[mapping])
    assert reading.frame["test_time_second"].to_list() == pytest.approx([0.0, 86_401.5], abs=0.6)
    assert reading.metadata["started_at"] == first


def test_a_spreadsheet_is_read_by_its_sheet_with_every_digit(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        notes, points = book.add_worksheet("notes"), book.add_worksheet("points")
        notes.write(0, 0, "nothing to see")
        for row, line in enumerate([HEADER, (0, 2100, 0, "a"), (1.5, 2200.123456789, -1 / 3, "b")]):
            points.write_row(row, 0, line)
    assert preview_of(path).header == HEADER
    reading = read_file(path, name="book.xlsx", mappings=[MAPPING])
    assert reading.metadata["sheet"] == "points"
    assert reading.frame["voltage_volt"][1] == pytest.approx(2.200123456789, rel=1e-15)
    assert reading.frame["current_ampere"][1] == pytest.approx(1 / 3000, rel=1e-15)
    with pytest.raises(UnreadableFile, match="No reader knows a sheet"):
        read_file(path, name="book.xlsx")


def test_a_known_export_saved_as_a_spreadsheet_needs_no_mapping(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Sheet1")
        names = ("Step number", "Elapsed Time (s)", "Working Electrode (V)", "Current (mA)")
        for row, line in enumerate([names, ("1_1", 0, 2.1, 0.5), ("1_1", 10, 2.2, 0.5)]):
            sheet.write_row(row, 0, line)
    reading = read_file(path, name="book.xlsx")
    assert (reading.reader, reading.frame["current_ampere"].to_list()) == ("squidstat-csv", [0.0005, 0.0005])


def test_the_preview_shows_the_names_and_the_first_rows(tmp_path: Path) -> None:
    shown = preview_of(sent(tmp_path, TABLE))
    assert (shown.header, shown.rows[1]) == (HEADER, ("1,5", "2200", "-0,85", "1"))
    nameless = preview_of(sent(tmp_path, "1000,0.5,-0.1\n100,0.6,-0.2\n"))
    assert (nameless.header, nameless.width) == ((), 3)
    with pytest.raises(UnreadableFile, match="names columns that have numbers below"):
        preview_of(sent(tmp_path, "Dear diary,\nthe glovebox hummed.\n"))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"columns": MAPPING.columns[:2]}, "No column gives the current."),
        (
            {"columns": (*MAPPING.columns, MappedColumn(3, "voltage_volt", "V"))},
            "Voltage is given to 2 columns",
        ),
        (
            {"columns": (MappedColumn(0, "test_time_second", ""), *MAPPING.columns[1:])},
            "State the unit of the time",
        ),
        ({"columns": (MappedColumn(9, "step_id"), *MAPPING.columns[:3])}, "There is no column 10"),
        ({"kind": "impedance"}, "nothing that a column of this kind of file can be"),
        ({"time_format": "%d"}, "The time is no date."),
        ({"kind": "dance"}, "is none of"),
    ],
)
def test_a_mapping_that_leaves_something_open_says_what(changed: dict[str, object], sentence: str) -> None:
    assert MAPPING.faults() == []
    assert any(sentence in fault for fault in replace(MAPPING, **changed).faults())


def test_a_mapping_survives_being_kept() -> None:
    assert ColumnMap.from_dict(MAPPING.as_dict()) == MAPPING
    with pytest.raises(ValueError, match="no column mapping"):
        ColumnMap.from_dict({"kind": "cycling"})


def test_hours_minutes_and_seconds(tmp_path: Path) -> None:
    path = sent(tmp_path, "t,U,I\n00:00:00,2.1,1\n25:00:01.5,2.2,1\n")
    columns = (
        MappedColumn(0, "test_time_second", HOURS_MINUTES_SECONDS),
        MappedColumn(1, "voltage_volt", "V"),
        MappedColumn(2, "current_ampere", "A"),
    )
    frame = read_file(path, name="x", mappings=[ColumnMap("cycling", ("t", "U", "I"), 3, columns)]).frame
    assert frame["test_time_second"].to_list() == [0.0, 90_001.5]
    assert isinstance(frame, pl.DataFrame)
