"""Damaged traces: each does its harm, and what stays true is read back."""

import numpy as np
import pytest

from testing.calc.cycles import cycles
from testing.demo import damage
from testing.demo.simulator import simulate_long_term

TRACE = simulate_long_term("Nb2O5-coated, 4.7 V", cycles=6)


def measured(trace):
    return cycles(trace.frame(), lower_limit_v=trace.lower_limit_v, upper_limit_v=trace.upper_limit_v)


def assert_true(found, truths, rel=1.5e-5):
    for one, truth in zip(found, truths, strict=True):
        assert one.charge_capacity_mah == pytest.approx(truth.charge_capacity_mah, rel=rel)
        assert one.discharge_capacity_mah == pytest.approx(truth.discharge_capacity_mah, rel=rel)


def test_a_split_test_keeps_its_cycles_in_two_files():
    halves = damage.split_at_cycle(TRACE, 4)
    assert halves.after.time_s[0] < 1
    before, after = measured(halves.before), measured(halves.after)
    assert_true(before.cycles, halves.before.truth)
    assert_true(after.cycles, halves.after.truth, rel=1e-3)  # its first interval is lost with its first row
    assert [one.cycle_number for one in halves.after.truth] == [4, 5, 6]
    assert after.cycles[0].cycle_number == 1


def test_an_aborted_test_has_one_cycle_that_is_not_complete():
    aborted = damage.abort_in_discharge(TRACE, 3)
    found = measured(aborted)
    assert [one.complete for one in found.cycles] == [True, True, False]
    assert found.cycles[-1].discharge_capacity_mah is None
    assert_true(found.cycles[:2], aborted.truth)


def test_a_growing_export_is_a_prefix():
    part = damage.growing(TRACE, 100)
    assert len(part.time_s) == len(part.step_number) == 100
    assert (part.voltage_v == TRACE.voltage_v[:100]).all()


def test_a_swapped_sign_makes_the_first_half_cycle_a_discharge():
    assert measured(damage.swapped_sign(TRACE)).cycles[0].cycle_number == 0


def test_a_gap_is_flagged_and_at_constant_current_the_charge_stays_true():
    broken = damage.gap_in_charge(TRACE, 2, gap_s=1800)
    assert len(broken.time_s) < len(TRACE.time_s)
    found = measured(broken)
    assert_true(found.cycles, TRACE.truth, rel=1e-4)
    assert any("hold no point" in flag for flag in found.flags)


def test_a_soft_short_takes_charge_that_never_comes_back():
    shorted = damage.soft_short(TRACE, 4)
    found = measured(shorted)
    assert_true(found.cycles, shorted.truth)
    efficiencies = [one.coulombic_efficiency for one in found.cycles]
    assert efficiencies[3] == pytest.approx(efficiencies[2] / 1.4, rel=1e-3)


def test_tenfold_noise_leaves_every_charge_alone():
    noisy = damage.noisier(TRACE)
    assert np.std(noisy.voltage_v - TRACE.voltage_v) == pytest.approx(0.002, rel=0.1)
    found = cycles(noisy.frame(), lower_limit_v=None, upper_limit_v=None)
    assert_true(found.cycles[:-1], TRACE.truth[:-1])


def test_a_cycle_that_is_not_there_cannot_be_damaged():
    with pytest.raises(ValueError, match="cycles 1 to 6, not 7"):
        damage.split_at_cycle(TRACE, 7)


def test_milliamperes_under_a_header_of_amperes_are_a_thousandfold_current():
    wrong = damage.milliamperes_for_amperes(TRACE)
    found = measured(wrong).cycles[1]
    assert found.charge_capacity_mah == pytest.approx(1000 * TRACE.truth[1].charge_capacity_mah, rel=1.5e-5)
    # Ratios survive, so an efficiency alone would never show it.
    assert found.coulombic_efficiency == pytest.approx(measured(TRACE).cycles[1].coulombic_efficiency)


def test_a_test_split_across_the_change_of_time_keeps_its_durations():
    # E20: at 3:00 the clock goes back to 2:00, so the local names of the two files overlap; UTC does not.
    split = damage.split_across_the_change_of_time(TRACE, 3)
    assert split.local_hours_between < split.true_hours_between
    assert split.true_hours_between - split.local_hours_between == pytest.approx(1.0)
    assert split.halves.before.time_s[-1] / 3600 == pytest.approx(split.true_hours_between, abs=0.01)
    assert_true(measured(split.halves.before).cycles, split.halves.before.truth)


def test_a_wrong_mass_moves_what_is_per_gram_and_nothing_else():
    # 8.9 mg typed for 8.1: per gram and areal design are 9.9 % off, capacity and efficiency are not.
    found = measured(TRACE).cycles[0]
    per_gram = [found.discharge_capacity_mah / mass for mass in (damage.RIGHT_MASS_MG, damage.WRONG_MASS_MG)]
    assert per_gram[0] / per_gram[1] == pytest.approx(8.9 / 8.1)
    assert found.coulombic_efficiency == pytest.approx(
        TRACE.truth[0].discharge_capacity_mah / TRACE.truth[0].charge_capacity_mah, rel=1e-4
    )
