"""What an electrolyte stands: its window in a voltammogram, and the current at which lithium goes through."""

import numpy as np
import pytest

from testing.calc.critical_current import critical_current, current_levels
from testing.calc.voltammetry import cycle_charges, onset, sweeps
from testing.demo.beside_cycling import simulate_rising_current, simulate_voltammetry, voltammetry_truth
from testing.demo.truth import AREA_CM2


@pytest.fixture(scope="module")
def scan():
    return simulate_voltammetry()


def test_a_sweep_takes_13_hours(scan):
    # G43: 4.7 V at 0.1 mV/s.
    halves = sweeps(scan.time_s, scan.voltage_v)
    assert [one.direction for one in halves] == ["up", "down", "up", "down"]
    for one in halves:
        assert one.rate_mv_s == pytest.approx(0.1)
        hours = (scan.time_s[one.last_row] - scan.time_s[one.first_row]) / 3600
        assert hours == pytest.approx(13.06, abs=0.01)


def test_irreversible_charge_comes_back(scan):
    truth = voltammetry_truth()
    found = cycle_charges(scan.time_s, 1000 * scan.current_a, sweeps(scan.time_s, scan.voltage_v))
    assert len(found) == 2
    for one, oxidised, reduced in zip(found, truth.oxidised_mah_cm2, truth.reduced_mah_cm2, strict=True):
        # The double layer adds the same to both, 0.4 uA/cm2 for 13 h.
        assert one.irreversible_mah / AREA_CM2 == pytest.approx(oxidised - reduced, abs=0.002)
        assert one.anodic_mah / AREA_CM2 == pytest.approx(oxidised + 0.0052, abs=0.002)


def test_the_onset_is_where_the_stated_threshold_is_crossed(scan):
    up = sweeps(scan.time_s, scan.voltage_v)[0]
    rows = slice(up.first_row, up.last_row + 1)
    voltage, current = scan.voltage_v[rows], 1000 * scan.current_a[rows]
    found = onset(voltage, current, area_cm2=AREA_CM2)
    assert found.voltage_v == pytest.approx(voltammetry_truth().onset_10_ua_cm2_v, abs=0.01)
    assert found.threshold_ua_cm2 == 10
    assert found.baseline_ua_cm2 == pytest.approx(0.4, abs=0.05)
    lower = onset(voltage, current, area_cm2=AREA_CM2, threshold_ua_cm2=2)
    assert lower.voltage_v < found.voltage_v - 0.05


def test_an_onset_that_is_not_there_is_refused(scan):
    up = sweeps(scan.time_s, scan.voltage_v)[2]
    rows = slice(up.first_row, up.last_row + 1)
    voltage, current = scan.voltage_v[rows], 1000 * scan.current_a[rows]
    with pytest.raises(
        ValueError, match=r"the current stays within 100 uA/cm2 of its baseline up to 4\.70 V"
    ):
        onset(voltage, current, area_cm2=AREA_CM2, threshold_ua_cm2=100)
    with pytest.raises(ValueError, match=r"the baseline scatters by .* more than the threshold"):
        onset(voltage, current, area_cm2=AREA_CM2, threshold_ua_cm2=0.01)
    with pytest.raises(ValueError, match="does not sweep"):
        sweeps(range(50), [2.0] * 50)


def test_one_spike_is_no_onset():
    voltage = np.linspace(0, 4.7, 941)
    current = np.zeros(941)
    current[600] = 1.0
    with pytest.raises(ValueError, match="stays within"):
        onset(voltage, current, area_cm2=1.0)


def test_lithium_goes_through_at_the_step_that_the_simulator_says():
    trace = simulate_rising_current()
    levels = current_levels(trace.time_s, trace.voltage_v, 1000 * trace.current_a, area_cm2=AREA_CM2)
    assert len(levels) == 18
    found = critical_current(levels)
    assert (found.reached_ma_cm2, round(found.shorted_at_ma_cm2, 6)) == (0.6, 0.8)
    assert found.fall == pytest.approx(0.8, abs=0.01)


def test_a_cell_that_never_shorts_says_above():
    trace = simulate_rising_current()
    levels = current_levels(trace.time_s, trace.voltage_v, 1000 * trace.current_a, area_cm2=AREA_CM2)
    found = critical_current(levels[:10])
    assert (found.reached_ma_cm2, found.shorted_at_ma_cm2) == (0.5, None)
    with pytest.raises(ValueError, match="1 steps of current are too few"):
        critical_current(levels[:1])
