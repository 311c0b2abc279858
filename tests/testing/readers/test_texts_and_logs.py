"""Files that are no record of cycling: settings texts, impedance as BDF, logs of ovens, load cells, gloveboxes."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from testing.readers.base import AUXILIARY, IMPEDANCE, SETTINGS, Reading, UnreadableFile
from testing.readers.detect import read_file

SETTINGS_TEXT = """\
SIMULATED long-term
System: Windows64
Software Version: Squidstat User Interface v2.11.19.2020

Plus1234, Channel 2
Firmware version: 2020 Nov 03 Plus firmware
Physical Parameters:
Working Electrode Area (cm2): 0.2827
Working Electrode Mass (g):
Temperature (deg. C): 60

Experiment Parameters:
Loop 1 start, execute 500 time(s) total

Step 1) Constant current parameters
Current: 0.8482 mA
Loop 1 end
"""
OVEN = """\
Oven log of chamber 3
Date Time,Oven Temperature (°C),O2 (ppm),H2O (ppb),Remark
2026-03-06 12:00:00,60.1,0.4,250,door
2026-03-06 12:01:00,60.2,,260,
2026-03-06 12:02:00,inf,0.5,270,
"""

Read = Callable[[str], Reading]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_text(text: str) -> Reading:
        path = tmp_path / "sent"
        path.write_text(text, encoding="utf-8")
        return read_file(path, name="Experiment settings and notes.txt")

    return read_text


def test_a_settings_text_tells_instrument_channel_area_and_steps(read: Read) -> None:
    reading = read(SETTINGS_TEXT)
    assert (reading.reader, reading.kind) == ("squidstat-settings", SETTINGS)
    told = reading.metadata
    assert (told["instrument"], told["channel"], told["experiment"]) == (
        "Plus1234",
        "2",
        "SIMULATED long-term",
    )
    assert (told["electrode_surface_area_cm2"], told["temperature_c"]) == ("0.2827", "60")
    assert "mass_g" not in told, "what was left empty is not 0"
    assert reading.frame["text"].to_list()[1:3] == [
        "Step 1) Constant current parameters",
        "Current: 0.8482 mA",
    ]


def test_a_settings_text_that_was_cut_off_says_so(read: Read) -> None:
    with pytest.raises(UnreadableFile, match="no 'Experiment Parameters:'"):
        read(SETTINGS_TEXT.split("Experiment Parameters")[0])


@pytest.mark.parametrize(
    "header",
    [
        "frequency_hertz,real_impedance_ohm,imaginary_impedance_ohm,phase_degree",
        "Frequency / Hz,Real Impedance / ohm,Imaginary Impedance / ohm,Phase / degree",
    ],
)
def test_impedance_as_bdf_is_read_by_either_kind_of_name(read: Read, header: str) -> None:
    reading = read(f"{header}\n100,1,-0.5,-26\n10,2,-1,-27\n100,1.1,-0.5,-24\n10,2.1,-1,-25\n")
    assert (reading.reader, reading.kind) == ("bdf-csv", IMPEDANCE)
    assert reading.frame["sweep"].to_list() == [1, 1, 2, 2]
    assert reading.frame["imaginary_impedance_ohm"].to_list() == [-0.5, -1, -0.5, -1]


def test_impedance_in_kilo_ohms_is_read_by_its_label_and_without_a_unit_refused(read: Read) -> None:
    header = "Frequency / kHz,Real Impedance / kohm,Imaginary Impedance / {}\n"
    reading = read(header.format("ohm") + "0.1,1,-5\n0.01,2,-6\n")
    assert reading.frame.row(0)[:3] == (100.0, 1000.0, -5.0)
    with pytest.raises(UnreadableFile, match="furlong"):
        read(header.format("furlong") + "0.1,1,-5\n")


def test_impedance_as_bdf_parquet(tmp_path: Path) -> None:
    path = tmp_path / "sent"
    columns = {
        "frequency_hertz": [100.0, 10.0],
        "real_impedance_ohm": [1, 2],
        "imaginary_impedance_ohm": [-1, -2],
    }
    pl.DataFrame(columns).write_parquet(path)
    reading = read_file(path, name="x.bdf.parquet")
    assert (reading.kind, reading.frame["real_impedance_ohm"].to_list()) == (IMPEDANCE, [1.0, 2.0])


def test_a_log_is_a_kind_of_its_own_with_units_from_its_header(read: Read) -> None:
    reading = read(OVEN)
    assert (reading.reader, reading.kind) == ("auxiliary-csv", AUXILIARY)
    frame = reading.frame
    assert frame.columns == [
        "clock_second", "record_index", "ambient_temperature_celsius", "oxygen_ppm", "water_ppm",
    ]  # fmt: skip
    assert frame["clock_second"].diff().to_list() == [None, 60.0, 60.0]
    assert frame["ambient_temperature_celsius"].to_list() == [60.1, 60.2, None]
    assert frame["oxygen_ppm"].to_list() == [0.4, None, 0.5]
    assert frame["water_ppm"].to_list() == pytest.approx([0.25, 0.26, 0.27])
    assert (reading.metadata["clock"], reading.metadata["started_at"]) == ("local", "2026-03-06 12:00:00")
    assert "value_left_empty" in {flag.code for flag in reading.flags}


def test_a_log_with_a_zone_is_in_utc(read: Read) -> None:
    reading = read("timestamp,Force (kN)\n2026-03-06T12:00:00+01:00,1.5\n2026-03-06T12:00:01+01:00,1.6\n")
    assert reading.metadata["clock"] == "UTC"
    assert reading.frame["clock_second"][0] == 1772794800.0
    assert reading.frame["force_newton"].to_list() == [1500.0, 1600.0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "time,Temperature (°C)\n03/06/2026 12:00,60\n04/06/2026 12:00,61\n",
            "which of its numbers is the day",
        ),
        ("time,Temperature\n2026-03-06 12:00:00,60\n", "states no unit"),
        (
            "time,Oven temp (°C),Box temp (°C)\n2026-03-06 12:00:00,60,20\n",
            "both give ambient_temperature_celsius",
        ),
    ],
)
def test_a_log_whose_day_unit_or_sensor_would_be_a_guess_is_refused(
    read: Read, text: str, reason: str
) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        read(text)
