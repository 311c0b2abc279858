"""Rules for bad data (E1 to E34), as far as one file goes: each test fails if its rule is taken away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from testing.calc import counters, crosschecks
from testing.calc.cycles import cycles
from testing.calc.integrate import integrate
from testing.readers.base import Reading, UnreadableFile
from testing.readers.detect import read_file

BDF = "test_time_second,voltage_volt,current_ampere,step_count,cycle_count"
HOUR = 3600.0

Read = Callable[..., Reading]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_lines(lines: list[str], header: str = BDF) -> Reading:
        path = tmp_path / "sent"
        path.write_text("\n".join([header, *lines]) + "\n")
        return read_file(path, name="sent")

    return read_lines


def points(*, hours: int = 10, turned: int = 1, cycle: int = 1, start_s: float = 0.0) -> list[str]:
    """Return a charge at 0.1 mA from 1.5 to 2.5 V and the discharge after it, a row every half hour."""
    rows = []
    for place in range(2 * hours + 1):
        share = place / (2 * hours)
        rows.append(f"{start_s + place * HOUR / 2},{1.5 + share},{turned * 1e-4},1,{cycle}")
    for place in range(2 * hours + 1):
        share = place / (2 * hours)
        time_s = start_s + (hours + place / 2) * HOUR + 1
        rows.append(f"{time_s},{2.5 - share},{turned * -1e-4},2,{cycle}")
    return rows


def charges(frame: pl.DataFrame) -> list[float | None]:
    found = cycles(frame, lower_limit_v=1.5, upper_limit_v=2.5).cycles
    return [cycle.charge_capacity_mah for cycle in found]


def test_e4_a_cycle_number_that_begins_again_is_kept_and_ours_goes_on(read: Read) -> None:
    frame = read([*points(), *points(start_s=20 * HOUR + 2)]).frame
    assert frame["cycle_count"].unique().to_list() == [1], "the instrument's own number is never changed"
    assert charges(frame) == pytest.approx([1.0, 1.0], rel=1e-3)


def test_e5_a_counter_that_was_not_reset_is_a_cross_check_and_no_source(read: Read) -> None:
    header = f"{BDF},cycle_charging_capacity_ah"
    rows = points()
    doubled = [f"{row},{2e-4 * min(place, 20) / 2}" for place, row in enumerate(rows)]
    frame = read(doubled, header).frame
    assert charges(frame) == pytest.approx([1.0], rel=1e-3), "integrated, not read off the counter"
    (compared,) = counters.compare(
        {"cycle_charging_capacity_ah": frame["cycle_charging_capacity_ah"].to_numpy()},
        time_s=frame["test_time_second"].to_numpy(),
        current_a=frame["current_ampere"].to_numpy(),
        charge_ah=integrate(frame).charge_ah.to_numpy(),
    )
    assert "integral of the charge, 1 mAh, is -50.000 % off" in compared.sentence
    assert "cycle_charging_capacity_ah, 2 mAh" in compared.sentence


def test_e5_a_reset_counter_and_one_that_never_is_count_the_same() -> None:
    never = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
    each_step = np.array([0.0, 0.5, 1.0, 0.5, 1.0])
    assert counters.counted_ah(never) == counters.counted_ah(each_step) == 2.0


def test_e6_cycles_are_cut_by_current_whatever_the_file_counts(read: Read) -> None:
    by_half = [row.rsplit(",", 1)[0] + f",{1 + place // 21}" for place, row in enumerate(points())]
    assert len(charges(read(by_half).frame)) == 1


def test_e13_e14_e15_live_in_intake_and_an_unfinished_last_line_here(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.write_text("\n".join([BDF, *points()]) + "\n73000,2.")
    reading = read_file(path, name="growing")
    assert reading.frame.height == 42
    assert [flag.code for flag in reading.flags] == ["incomplete_last_line"]


@pytest.mark.parametrize(("amperes", "odd"), [(1e-4, False), (1e-1, True), (1e-7, True)])
def test_e16_a_current_beyond_one_hundredth_and_five_times_1c_is_said_aloud(
    amperes: float, odd: bool
) -> None:
    said = crosschecks.current_is_implausible(np.array([0.0, amperes]), 0.1)
    assert (said is not None) == odd
    assert crosschecks.current_is_implausible(np.array([0.0, amperes]), None) is None


def test_e17_a_reversed_sign_is_said_and_not_turned(read: Read) -> None:
    for turned in (1, -1):
        frame = read(points(turned=turned)).frame
        assert frame["current_ampere"][0] == turned * 1e-4
        halves = cycles(frame, lower_limit_v=None, upper_limit_v=None).half_cycles
        said = crosschecks.leads_look_reversed(frame["voltage_volt"].to_numpy(), halves)
        assert (said is not None) == (turned == -1)


def test_e17_reversed_leads_show_a_negative_voltage_too() -> None:
    frame = pl.DataFrame(
        {
            "test_time_second": np.arange(40) * HOUR,
            "voltage_volt": -np.concatenate([np.linspace(1.5, 2.5, 20), np.linspace(2.5, 1.5, 20)]),
            "current_ampere": np.repeat([-1e-4, 1e-4], 20),
            "step_count": np.repeat([1, 2], 20),
        }
    )
    # Voltage -1.5 to -2.5 V while -0.1 mA flow: every number is the negative of a sound one.
    halves = cycles(frame, lower_limit_v=None, upper_limit_v=None).half_cycles
    said = crosschecks.leads_look_reversed(frame["voltage_volt"].to_numpy(), halves)
    assert said is None or "negative" in said


def test_e19_a_time_in_milliseconds_under_a_header_of_seconds_is_said(read: Read) -> None:
    header = f"{BDF},unix_time_second"
    rows = [f"{1000 * place},{2 + place / 100},1e-4,1,1,{1_700_000_000 + place}" for place in range(20)]
    frame = read(rows, header).frame
    clock, time_s = frame["unix_time_second"].to_numpy(), frame["test_time_second"].to_numpy()
    said = crosschecks.time_is_in_another_unit(time_s, clock)
    assert said is not None
    assert "0.001 s pass in each second" in said
    assert crosschecks.time_is_in_another_unit(time_s / 1000, clock) is None
    assert crosschecks.time_is_in_another_unit(time_s / 1000 * 1.04, clock) is None, (
        "a drifting clock is within 5 %"
    )


def test_e22_a_gap_is_integrated_by_the_rule_and_its_bound_stated(read: Read) -> None:
    rows = points()
    without = [*rows[:5], *rows[12:]]
    frame = read(without).frame
    found = cycles(frame, lower_limit_v=1.5, upper_limit_v=2.5)
    assert found.cycles[0].charge_capacity_mah == pytest.approx(1.0, rel=1e-3), (
        "nothing is zeroed after so many seconds"
    )
    long = [
        row
        for row in points(hours=200)
        if float(row.split(",")[0]) < 40 * HOUR or float(row.split(",")[0]) > 140 * HOUR
    ]
    flags = cycles(read(long).frame, lower_limit_v=1.5, upper_limit_v=2.5).flags
    assert any("hold no point" in flag and "are interpolated" in flag for flag in flags)


def test_e24_a_sparsely_logged_hold_is_within_half_a_percent(read: Read) -> None:
    """1 mA decays with 600 s: 1/6 mAh in all, logged at 60 points that lie ever further apart."""
    seconds = np.concatenate([[0.0], np.geomspace(1, 6000, 60)])
    rows = [f"{t},2.5,{1e-3 * np.exp(-t / 600)},1,1" for t in seconds]
    charge_mah = float(integrate(read(rows).frame).charge_ah.sum()) * 1000
    assert charge_mah == pytest.approx(1 / 6, rel=0.005)


def test_e30_equal_and_backward_times_stay_where_they_are(read: Read) -> None:
    rows = ["0,2,1e-4,1,1", "10,2,1e-4,1,1", "10,2,1e-4,1,1", "5,2,1e-4,1,1", "20,2,1e-4,1,1"]
    reading = read(rows)
    assert reading.frame["test_time_second"].to_list() == [0, 10, 10, 5, 20]
    assert {flag.code for flag in reading.flags} == {"time_runs_backwards", "time_stands_still"}
    assert float(integrate(reading.frame).charge_ah.sum()) == pytest.approx(1e-4 * (10 + 15) / HOUR)


def test_e31_what_cannot_be_measured_is_left_out_and_a_cycle_of_two_pi_left_empty(read: Read) -> None:
    rows = [*points(), "90000,99999,1e-4,3,1", "90001,nan,1e-4,3,1", "90002,2,1e-4,3,6.283185"]
    reading = read(rows)
    assert reading.frame.height == 43
    assert reading.frame["cycle_count"][-1] is None
    assert [flag.code for flag in reading.flags] == ["out_of_range", "not_a_number", "cycle_count_not_whole"]


def test_a1_the_interval_before_a_step_belongs_to_it() -> None:
    frame = pl.DataFrame(
        {
            "test_time_second": [0.0, 1800.0, 3600.0, 5400.0],
            "voltage_volt": [2.0] * 4,
            "current_ampere": [0.0, 1e-3, 1e-3, -2e-3],
            "step_count": [1, 2, 2, 3],
        }
    )
    # From rest the first current alone, within the step the mean, across the turn the first current alone.
    assert [1000 * q for q in integrate(frame).charge_ah] == pytest.approx([0, 0.5, 0.5, -1.0])


def test_a2_the_digits_that_a_file_shows_are_told_with_it(read: Read) -> None:
    digits = read(["0,2.12345,1.05398e-3,1,1", "10,2.2,1.05e-3,1,1"]).digits
    assert (digits["voltage_volt"], digits["current_ampere"]) == (6, 6)


def test_e23_what_the_comma_means_is_told_from_the_whole_file_or_refused(read: Read) -> None:
    header = BDF.replace(",", ";")
    with pytest.raises(UnreadableFile, match="thousands separator as well"):
        read(["0;1,234;0;1;1", "1;1,235;0;1;1"], header)
    assert read(["0;1,2345;0;1;1", "1;1,235;0;1;1"], header).frame["voltage_volt"].to_list() == [
        1.2345,
        1.235,
    ]
