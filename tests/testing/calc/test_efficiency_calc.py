"""Coulombic efficiency: when there is one, and how well it is known."""

import math

import polars as pl
import pytest

from testing.calc.cycles import cycles
from testing.calc.efficiency import (
    MeasuredCharge,
    capacity_uncertainty_mah,
    coulombic_efficiency,
    digit_step,
    digits_uncertainty_mah,
    initial_coulombic_efficiency,
)


def measured(*halves, end_v=1.45):
    """halves: charge in mAh, negative for a discharge; one hour each."""
    rows = [(0.0, 2.0, 0.0, 0)]
    for step, charge in enumerate(halves, start=1):
        end = 2.75 if charge > 0 else 1.45
        if step == len(halves) and charge < 0:
            end = end_v
        rows += [(3600.0 * step - 1800, 2.0, charge / 1000, step), (3600.0 * step, end, charge / 1000, step)]
    columns = ["test_time_second", "voltage_volt", "current_ampere", "step_count"]
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    return cycles(frame, lower_limit_v=1.45, upper_limit_v=2.75).cycles


def test_ice_is_the_very_first_cycle():
    ice = initial_coulombic_efficiency(measured(1.0, -0.8, 0.9, -0.89))
    assert ice.value == pytest.approx(0.8)
    assert (ice.charge_capacity_mah, ice.discharge_capacity_mah) == pytest.approx((1.0, 0.8))
    assert (ice.method, ice.method_version) == ("ice", "1")


def test_no_ice_if_the_first_half_cycle_is_a_discharge():
    with pytest.raises(ValueError, match=r"^ICE not computed: the first half cycle is a discharge\.$"):
        initial_coulombic_efficiency(measured(-0.2, 1.0, -0.8))


def test_no_ice_of_a_cycle_in_progress():
    with pytest.raises(ValueError, match=r"^ICE not computed: the first discharge is incomplete\.$"):
        initial_coulombic_efficiency(measured(1.0, -0.4, end_v=2.0))
    with pytest.raises(ValueError, match=r"^ICE not computed: the first discharge is absent\.$"):
        initial_coulombic_efficiency(measured(1.0))
    with pytest.raises(ValueError, match="no cycle"):
        initial_coulombic_efficiency(())


def test_one_microampere_beside_one_milliampere_shifts_efficiency_by_a_fifth_of_a_percent():
    hour = MeasuredCharge(capacity_mah=1.05, duration_s=3600)
    found = coulombic_efficiency(charge=hour, discharge=hour, offset_ma=0.001)
    assert 100 * found.uncertainty == pytest.approx(0.19, abs=0.001)
    shifted = (1.05 - 0.001) / (1.05 + 0.001)
    assert 1 - shifted == pytest.approx(found.uncertainty, rel=2e-3)


def test_a_gain_cancels_within_one_range_only():
    charge, discharge = MeasuredCharge(1.0, 3600), MeasuredCharge(0.8, 2880)
    assert coulombic_efficiency(charge=charge, discharge=discharge, gain=0.01).uncertainty == 0
    two = coulombic_efficiency(charge=charge, discharge=discharge, gain=0.01, one_range=False)
    assert two.uncertainty == pytest.approx(0.8 * 0.01 * math.sqrt(2))


def test_an_unknown_instrument_is_not_a_perfect_one():
    hour = MeasuredCharge(1.0, 3600)
    assert not coulombic_efficiency(charge=hour, discharge=hour).instrument_stated
    assert coulombic_efficiency(charge=hour, discharge=hour, offset_ma=0.0).instrument_stated
    across = coulombic_efficiency(charge=hour, discharge=hour, offset_ma=0.0, one_range=False)
    assert not across.instrument_stated


def test_efficiency_without_charge_is_refused():
    with pytest.raises(ValueError, match="0 mAh charged"):
        coulombic_efficiency(charge=MeasuredCharge(0, 1), discharge=MeasuredCharge(1, 1))


def test_offset_grows_with_time_and_gain_with_charge():
    known = {"digits_mah": 0.0, "capacity_mah": 2.0, "duration_s": 7200}
    assert capacity_uncertainty_mah(offset_ma=0.001, gain=None, **known) == pytest.approx(0.002)
    assert capacity_uncertainty_mah(offset_ma=None, gain=0.001, **known) == pytest.approx(0.002)
    both = capacity_uncertainty_mah(
        offset_ma=0.001, gain=0.001, digits_mah=0.001, capacity_mah=2.0, duration_s=7200
    )
    assert both == pytest.approx(0.003)


@pytest.mark.parametrize(
    ("value", "digits", "step"),
    [(99_999.9, 6, 0.1), (123_456.0, 6, 1.0), (1_234_567.0, 6, 10.0), (0.0848231, 6, 1e-7), (0.0, 6, 0.0)],
)
def test_six_digits_grow_coarse_with_time(value, digits, step):
    assert digit_step(value, digits) == pytest.approx(step)


def test_ten_seconds_of_clock_are_half_a_percent_of_a_1c_half_cycle():
    """At 1C after 1e6 s: a half cycle of 2118 s, its clock written in steps of 10 s."""
    capacity = 1.0539 * 2118 / 3600
    one_step = 10 * 1.0539 / 3600
    assert one_step / capacity == pytest.approx(0.0047, abs=1e-4)
    found = digits_uncertainty_mah(
        duration_s=2118, end_time_s=1.5e6, current_ma=1.0539, time_digits=6, current_digits=None
    )
    assert found == pytest.approx(one_step / math.sqrt(6), rel=1e-9)


def test_full_precision_leaves_nothing_to_state():
    full = {"duration_s": 3600, "end_time_s": 1e6, "current_ma": 1.0}
    assert digits_uncertainty_mah(time_digits=None, current_digits=None, **full) == 0
    three = digits_uncertainty_mah(time_digits=None, current_digits=3, **full)
    assert three == pytest.approx(0.01 / math.sqrt(12))
    with pytest.raises(ValueError, match="at least one significant digit"):
        digits_uncertainty_mah(time_digits=0, current_digits=None, **full)
