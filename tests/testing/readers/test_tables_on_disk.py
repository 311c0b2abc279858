"""Tables on disk lose no digit of the file, take few bytes, and give one cycle back without the others."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from testing.readers.parquet import ROW_GROUP_ROWS, read_rows, scan_table, write_table


def kept(frame: pl.DataFrame, tmp_path: Path) -> pl.DataFrame:
    write_table(frame, tmp_path / "table.parquet")
    return scan_table(tmp_path / "table.parquet").collect()


@pytest.mark.parametrize(
    "texts",
    [
        ["1.05398", "-1.05398", "0.000853122", "1e-7", "0"],
        ["1700000000.123", "1700000000.124"],
        ["999999", "1e+06", "1.00001e+06"],
        ["0.1", "", "0.3"],
        [str(number / 7) for number in range(1, 50)],
        ["0.234512"] * 300 + ["0.000292761", "-1.5e-7", "0"],
        ["1.5e300", "2.25"],
        ["9007199254740993", "0.1"],
    ],
)
def test_no_digit_of_the_file_is_lost(tmp_path: Path, texts: list[str]) -> None:
    numbers = pl.Series("current_ampere", [float(text) if text else None for text in texts], dtype=pl.Float64)
    assert kept(numbers.to_frame(), tmp_path)["current_ampere"].to_list() == numbers.to_list()


def test_a_current_that_was_divided_comes_back_as_the_decimal_that_the_file_wrote(tmp_path: Path) -> None:
    """1.05398 / 1000 may lie a step beside the double of 0.00105398; what is kept is the file's decimal."""
    written = [f"{ma:.6g}" for ma in np.random.default_rng(4).normal(1.0539, 1e-4, 5_000)]
    divided = pl.DataFrame({"current_ampere": [float(text) / 1000 for text in written]})
    assert kept(divided, tmp_path)["current_ampere"].to_list() == [float(f"{text}e-3") for text in written]
    assert pl.read_parquet_schema(tmp_path / "table.parquet")["current_ampere"] == pl.Decimal(18, 8)


def test_one_value_that_the_sample_missed_is_kept_too(tmp_path: Path) -> None:
    values = [1.5] * 20_000
    values[12_345] = 1.23456789
    frame = pl.DataFrame({"voltage_volt": values})
    assert kept(frame, tmp_path)["voltage_volt"].to_list() == values


def test_numbers_of_a_binary_file_stay_32_bit_floats(tmp_path: Path) -> None:
    single = np.random.default_rng(1).normal(3.7, 0.1, 500).astype(np.float32)
    frame = pl.DataFrame({"voltage_volt": single.astype(np.float64)})
    assert kept(frame, tmp_path)["voltage_volt"].equals(frame["voltage_volt"])
    assert pl.read_parquet_schema(tmp_path / "table.parquet")["voltage_volt"] == pl.Float32


def test_rows_are_numbered_and_a_window_of_them_is_read_alone(tmp_path: Path) -> None:
    rows = 3 * ROW_GROUP_ROWS
    frame = pl.DataFrame(
        {
            "test_time_second": np.arange(rows, dtype=np.float64),
            "step_count": np.arange(rows) // 1000,
            "record_index": np.arange(rows),
        }
    )
    assert kept(frame, tmp_path).equals(frame)
    columns = ["record_index", "test_time_second"]
    window = read_rows(tmp_path / "table.parquet", columns, first_row=40_000, rows=5)
    assert window.rows() == [(row, float(row)) for row in range(40_000, 40_005)]
    assert read_rows(tmp_path / "table.parquet", ["step_count"]).height == rows


def test_a_noisy_record_takes_less_than_six_bytes_a_row(tmp_path: Path) -> None:
    noise = np.random.default_rng(7)
    rows = 200_000
    volts, amperes = noise.normal(2.1, 2e-4, rows), noise.normal(1.0539, 1e-4, rows)
    frame = pl.DataFrame(
        {
            "test_time_second": np.arange(rows, dtype=np.float64),
            "voltage_volt": [float(f"{volt:.6g}") for volt in volts],
            "current_ampere": [float(f"{ampere:.6g}") / 1000 for ampere in amperes],
            "step_id": pl.Series(["2_1"]).new_from_index(0, rows),
            "step_count": pl.Series([1]).new_from_index(0, rows),
            "record_index": np.arange(rows),
        }
    )
    write_table(frame, tmp_path / "table.parquet")
    assert (tmp_path / "table.parquet").stat().st_size < 6 * rows
