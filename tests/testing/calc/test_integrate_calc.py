"""Charge of each interval: the rule, the clock, and an instrument's own counters as the judge."""

import csv
from pathlib import Path

import polars as pl
import pytest

from testing.calc.integrate import backward_jumps, integrate, row_charge_ah

ARBIN = Path(__file__).resolve().parents[4] / "shared" / "data" / "arbin"


def make_frame(rows):
    """rows: (time in s, voltage in V, current in A, step)."""
    columns = ("test_time_second", "voltage_volt", "current_ampere", "step_count")
    return pl.DataFrame(
        rows, schema=dict.fromkeys(columns[:3], pl.Float64) | {"step_count": pl.Int64}, orient="row"
    )


def test_inside_a_step_the_current_is_linear():
    frame = make_frame([(0, 2, 0.002, 0), (3600, 2, 0.001, 0)])
    assert row_charge_ah(frame).to_list() == pytest.approx([0, 0.0015])


def test_the_interval_before_a_step_belongs_to_it_with_its_own_current():
    frame = make_frame([(0, 2, 0.001, 0), (3600, 2, -0.003, 1), (7200, 2, -0.003, 1)])
    assert row_charge_ah(frame).to_list() == pytest.approx([0, -0.003, -0.003])


def test_a_step_of_the_same_sign_is_joined_by_the_mean_of_both():
    frame = make_frame([(0, 2, 0.002, 0), (3600, 2, 0.001, 1)])
    assert row_charge_ah(frame).to_list() == pytest.approx([0, 0.0015])


def test_after_a_rest_the_first_current_alone_counts():
    frame = make_frame([(0, 2, 0, 0), (3600, 2, 0.001, 1)])
    assert row_charge_ah(frame).to_list() == pytest.approx([0, 0.001])
    back = make_frame([(0, 2, 0.001, 0), (3600, 2, 0, 1)])
    assert row_charge_ah(back).to_list() == pytest.approx([0, 0])


def test_a_clock_that_runs_backwards_carries_nothing_and_is_counted():
    frame = make_frame([(0, 2, 0.001, 0), (3600, 2, 0.001, 0), (1800, 2, 0.001, 0), (5400, 2, 0.001, 0)])
    found = integrate(frame)
    assert found.charge_ah.to_list() == pytest.approx([0, 0.001, 0, 0.001])
    assert found.backward_jumps == 1 == backward_jumps(frame)
    assert found.interval_s.to_list() == [0, 3600, 0, 3600]


def test_energy_follows_the_power():
    frame = make_frame([(0, 2.0, 0.001, 0), (3600, 3.0, 0.001, 0), (7200, 1.5, -0.002, 1)])
    assert integrate(frame).energy_wh.to_list() == pytest.approx([0, 0.0025, -0.003])


def test_a_missing_number_is_refused_instead_of_skipped():
    frame = make_frame([(0, 2, 0.001, 0), (3600, 2, None, 0)])
    with pytest.raises(ValueError, match="current_ampere holds 1 rows"):
        integrate(frame)
    with pytest.raises(ValueError, match="voltage_volt holds 1 rows"):
        integrate(make_frame([(0, float("nan"), 0.001, 0)]))
    with pytest.raises(ValueError, match="lack the column step_count"):
        integrate(frame.drop("step_count"))


def read_arbin(path):
    """Return the frame and the two counters (Ah) of a file whose last lines may hold typed remarks."""
    rows, charge, discharge, step, before = [], 0.0, 0.0, 0, None
    with path.open(newline="") as lines:
        for line in csv.DictReader(lines):
            if not line["Test_Time(s)"]:
                continue
            key = (line["Step_Index"], line["Cycle_Index"])
            step += before not in (None, key)
            before = key
            rows.append((*(float(line[name]) for name in ("Test_Time(s)", "Voltage(V)", "Current(A)")), step))
            charge = max(charge, float(line["Charge_Capacity(Ah)"]))
            discharge = max(discharge, float(line["Discharge_Capacity(Ah)"]))
    return make_frame(rows), charge, discharge


@pytest.mark.skipif(not ARBIN.is_dir(), reason="the folder of real Arbin files is not at hand")
@pytest.mark.parametrize("name", ["7_11_13_1C_Cycle.csv", "7_19_13_1C_Cycle.csv", "8_9_13_1C_Cycle.csv"])
def test_totals_agree_with_the_instrument_within_a_tenth_of_a_percent(name):
    frame, charge, discharge = read_arbin(ARBIN / name)
    found = row_charge_ah(frame)
    assert found.filter(found > 0).sum() == pytest.approx(charge, rel=1e-3)
    assert found.filter(found < 0).sum() == pytest.approx(-discharge, rel=1e-3)
