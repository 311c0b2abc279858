"""The simulated cells give back the truth they were made from."""

import io
import math
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from testing.calc.cycles import cycles
from testing.calc.efficiency import initial_coulombic_efficiency
from testing.calc.statistics import describe
from testing.demo.simulator import simulate_formation, simulate_long_term, simulate_rate
from testing.demo.squidstat_writer import write_squidstat
from testing.demo.truth import AREA_CM2, REPLICATES, TRUTH

STARTED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
# What the paper prints, in percent: independent of the table the simulator draws from.
ICE = {
    "Nb2O5-coated, 4.3 V": (91.6, 0.5),
    "Nb2O5-coated, 4.5 V": (90.6, 0.3),
    "Nb2O5-coated, 4.7 V": (88.5, 0.2),
    "uncoated, 4.3 V": (82.8, 0.6),
    "uncoated, 4.5 V": (82.2, 0.6),
    "uncoated, 4.7 V": (79.80, 0.04),
}
C10_MAH_CM2 = dict(zip(ICE, (3.00, 3.10, 3.52, 2.63, 2.85, 2.45), strict=True))
LONG_TERM = [(name, mode) for name, truth in TRUTH.items() for mode in truth.long_term]


def read_back(trace, **options):
    """Read an export the short way: polars and the header's own units."""
    content = write_squidstat(trace, element_name="Cycling", started_at=STARTED, **options).content
    table = pl.read_csv(
        io.BytesIO(content.decode("cp1252").encode()), schema_overrides={"Step number": pl.String}
    )
    step = pl.col("Step number")
    frame = table.select(
        test_time_second=pl.col("Elapsed Time (s)"),
        voltage_volt=pl.col("Working Electrode (V)"),
        current_ampere=pl.col("Current (mA)") / 1000,
        step_count=(step != step.shift(1)).fill_null(value=False).cast(pl.Int64).cum_sum(),
    )
    return cycles(frame, lower_limit_v=trace.lower_limit_v, upper_limit_v=trace.upper_limit_v)


def measured(trace):
    return cycles(trace.frame(), lower_limit_v=trace.lower_limit_v, upper_limit_v=trace.upper_limit_v)


def assert_true(found, trace):
    assert all(one.complete for one in found.cycles)
    assert [one.cycle_number for one in found.cycles] == [one.cycle_number for one in trace.truth]
    for one, truth in zip(found.cycles, trace.truth, strict=True):
        assert one.charge_capacity_mah == pytest.approx(truth.charge_capacity_mah, rel=1.5e-5)
        assert one.discharge_capacity_mah == pytest.approx(truth.discharge_capacity_mah, rel=1.5e-5)


@pytest.mark.parametrize("name", ICE)
def test_ice_comes_back_from_the_written_files(name):
    found = [read_back(simulate_formation(name, replicate)) for replicate in REPLICATES]
    group = describe([100 * initial_coulombic_efficiency(one.cycles).value for one in found])
    mean, sd = ICE[name]
    assert (group.n, group.mean, group.sd) == pytest.approx((3, mean, sd), abs=1e-6)


@pytest.mark.parametrize("name", ICE)
def test_formation_and_rate_give_back_their_truth(name):
    for replicate in REPLICATES:
        formation, rate = simulate_formation(name, replicate), simulate_rate(name, replicate)
        assert_true(measured(formation), formation)
        assert_true(measured(rate), rate)
        assert len(rate.truth) == 18


@pytest.mark.parametrize("name", ICE)
def test_the_c10_capacity_of_three_cells_is_the_printed_one(name):
    first = [measured(simulate_rate(name, replicate)).cycles[0] for replicate in REPLICATES]
    areal = describe([one.discharge_capacity_mah / AREA_CM2 for one in first])
    assert areal.mean == pytest.approx(C10_MAH_CM2[name], rel=1e-6)
    assert areal.sd / areal.mean == pytest.approx(0.004, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "percent"),
    [
        ("Nb2O5-coated, 4.3 V", 54),
        ("Nb2O5-coated, 4.5 V", 51),
        ("Nb2O5-coated, 4.7 V", 42),
        ("uncoated, 4.3 V", 8),
        ("uncoated, 4.5 V", 5),
        ("uncoated, 4.7 V", 0.2),
    ],
)
def test_two_c_keeps_what_the_paper_prints(name, percent):
    found = measured(simulate_rate(name, 2)).cycles
    assert 100 * found[14].discharge_capacity_mah / found[2].discharge_capacity_mah == pytest.approx(
        percent, rel=1e-4
    )
    assert found[14].discharge_current_ma / found[2].discharge_current_ma == pytest.approx(20, rel=1e-4)
    assert found[17].discharge_capacity_mah == pytest.approx(found[2].discharge_capacity_mah, rel=1e-5)


@pytest.mark.parametrize(("name", "mode"), LONG_TERM)
def test_five_hundred_cycles_give_back_their_truth(name, mode):
    trace = simulate_long_term(name, mode=mode)
    found = measured(trace)
    assert len(found.cycles) == 500
    assert_true(found, trace)


def test_retention_of_the_coated_cell_depends_on_its_reference():
    found = measured(simulate_long_term("Nb2O5-coated, 4.7 V")).cycles
    first, last = found[0], found[-1]
    assert first.charge_capacity_mah / AREA_CM2 == pytest.approx(2.810, abs=5e-4)
    assert first.coulombic_efficiency == pytest.approx(0.7804, abs=5e-4)
    assert last.discharge_capacity_mah / AREA_CM2 == pytest.approx(2.180, abs=5e-4)
    assert last.discharge_capacity_mah / first.discharge_capacity_mah == pytest.approx(0.9940, abs=5e-5)
    assert last.discharge_capacity_mah / first.charge_capacity_mah == pytest.approx(2.18 / 2.81, abs=1e-4)
    efficiencies = [one.coulombic_efficiency for one in found]
    assert np.mean(efficiencies) == pytest.approx(0.99930, abs=2e-5)
    assert np.mean(efficiencies[2:]) == pytest.approx(0.99975, abs=2e-6)


def test_a_held_charge_lasts_one_hour_and_keeps_its_share():
    trace = simulate_long_term("Nb2O5-coated, 4.7 V", mode="cccv", cycles=5)
    found = measured(trace)
    for one in found.cycles:
        assert one.charge_duration_s == pytest.approx(3600, abs=1e-6)
        assert one.cv_share == pytest.approx(0.2, abs=5e-5)
    assert found.cycles[0].coulombic_efficiency == pytest.approx(0.94, abs=5e-4)


def test_a_formation_charge_is_held_to_c25():
    trace = simulate_formation("uncoated, 4.7 V", 1)
    charge = measured(trace).half_cycles[0]
    assert charge.cv_charge_mah / charge.charge_mah == pytest.approx(0.10, abs=1e-4)
    one_c_ma = 3.0 * 205 / 165 * AREA_CM2
    assert charge.current_ma == pytest.approx(one_c_ma / 10, rel=1e-3)
    assert abs(trace.current_a[charge.last_row]) * 1000 == pytest.approx(one_c_ma / 25, rel=1e-3)


@pytest.mark.parametrize(("name", "count"), [("uncoated, 4.5 V", 12), ("uncoated, 4.7 V", 300)])
def test_uncoated_cells_stay_below_99_percent_for_long(name, count):
    found = measured(simulate_long_term(name)).cycles
    assert sum(one.coulombic_efficiency < 0.99 for one in found) == pytest.approx(count, abs=2)


@pytest.mark.parametrize("name", ICE)
def test_the_voltage_stays_within_its_limits_but_for_noise(name):
    # Coated at 4.3 V charged at 2C has 1 mV too little room.
    for trace in (simulate_formation(name, 2), simulate_rate(name, 2)):
        working = trace.current_a != 0
        assert trace.voltage_v[working].max() < trace.upper_limit_v + 0.002
        assert trace.voltage_v[working].min() > trace.lower_limit_v - 0.002


def test_the_same_cell_twice_is_the_same_trace_and_another_is_not():
    one, two = simulate_formation("uncoated, 4.3 V", 1), simulate_formation("uncoated, 4.3 V", 1)
    assert (one.voltage_v == two.voltage_v).all()
    assert (one.current_a == two.current_a).all()
    other = simulate_formation("uncoated, 4.3 V", 3)
    assert not np.allclose(one.voltage_v, other.voltage_v, atol=1e-5)


def test_what_was_never_cycled_is_refused():
    with pytest.raises(ValueError, match="No long-term cycling in mode cc is known"):
        simulate_long_term("Nb2O5-coated, 4.3 V")
    with pytest.raises(ValueError, match="No simulated condition"):
        simulate_formation("gold-plated", 1)
    with pytest.raises(ValueError, match="not 4"):
        simulate_formation("uncoated, 4.3 V", 4)


def test_the_instruments_six_digits_cost_half_a_percent_and_push_efficiency_above_one():
    trace = simulate_long_term("Nb2O5-coated, 4.7 V")
    found = read_back(trace, digits=6)
    errors = [
        one.discharge_capacity_mah / truth.discharge_capacity_mah - 1
        for one, truth in zip(found.cycles, trace.truth, strict=True)
    ]
    assert np.abs(errors).max() == pytest.approx(0.0044, abs=2e-4)
    assert "efficiency above 1" in found.flags[0]


def test_the_area_is_that_of_a_six_millimetre_die():
    assert round(AREA_CM2, 6) == 0.282743
    assert math.isclose(simulate_formation("uncoated, 4.3 V", 2).area_cm2, AREA_CM2)
