"""Polarisation is that of one peak, followed upward from low rate; where it is lost there is a reason, no number."""

from functools import cache

import numpy as np
import pytest

from testing.calc.differential import differential_capacity
from testing.calc.polarisation import Polarisation, RatePair, constant_current, polarisation, window_shifts
from testing.calc.rate_capability import rate_label
from testing.calc.rate_steps import rate_steps
from testing.demo import damage
from testing.demo.cell_model import Cell
from testing.demo.truth import AREA_CM2, RATES, REPLICATES, TRUTH
from tests.testing import simulated

COATED = [name for name in TRUTH if name.startswith("Nb2O5")]


def pairs_of(trace, segmentation, truth):
    steps = rate_steps(segmentation.cycles)[:5]
    found = []
    for step, shift in zip(steps, window_shifts(steps), strict=True):
        last = step.cycles[-1]
        halves = segmentation.half_cycles[2 * last.cycle_number - 2 : 2 * last.cycle_number]
        curves = []
        for half in halves:
            rows = slice(half.first_row, half.last_row + 1)
            curves.append(constant_current(trace.time_s[rows], trace.voltage_v[rows], trace.current_a[rows]))
        label = rate_label(step.discharge_ma / AREA_CM2 / truth.one_c_ma_cm2)
        found.append(
            RatePair(
                label,
                last.cycle_number,
                *curves,
                last.charge_capacity_mah,
                last.discharge_capacity_mah,
                shift,
            )
        )
    return found


@cache
def found(name, replicate=2) -> Polarisation:
    return polarisation(
        pairs_of(simulated.rate(name, replicate), simulated.rate_cycles(name, replicate), TRUTH[name])
    )


def true_v(name, rate):
    """Twice the settled overpotential that the simulator adds at this rate."""
    cell = Cell(TRUTH[name], 2)
    return 2 * float(cell.overpotential_v(rate * cell.truth.one_c_ma_cm2, 1e9))


@pytest.mark.parametrize("name", TRUTH)
def test_it_is_within_20_mv_wherever_it_is_given(name):
    # A8, for every replicate.
    for replicate in REPLICATES:
        for one, rate in zip(found(name, replicate).rates, RATES, strict=False):
            if one.value_v is not None:
                assert abs(one.value_v - true_v(name, rate)) < 0.020, (replicate, one.label)
            else:
                assert one.reason.startswith(f"Polarisation at {one.label} not computed: ")


@pytest.mark.parametrize("name", COATED)
def test_coated_cells_have_it_at_low_rates(name):
    assert [one.label for one in found(name).rates if one.value_v is not None][:2] == ["C/10", "C/5"]


def test_it_is_refused_where_the_peak_is_lost():
    # The next peak would say 255 mV where 439 are true, and 263 where 449 are.
    at_1c = found("Nb2O5-coated, 4.7 V").rates[3]
    assert at_1c.value_v is None
    at_c5 = found("uncoated, 4.7 V").rates[1]
    assert at_c5.value_v is None
    assert "the peak was lost at" in found("Nb2O5-coated, 4.7 V").rates[4].reason


def test_without_tracking_another_peak_would_be_taken_for_it():
    trace, cycles = (
        simulated.rate("Nb2O5-coated, 4.7 V"),
        simulated.rate_cycles("Nb2O5-coated, 4.7 V").half_cycles,
    )
    tops = []
    for half in cycles[22:24]:
        rows = slice(half.first_row, half.last_row + 1)
        curve = constant_current(trace.time_s[rows], trace.voltage_v[rows], trace.current_a[rows])
        peaks = differential_capacity(curve.voltage_v, curve.capacity_mah).peaks
        tops.append(max(peaks, key=lambda peak: peak.height_mah_v).voltage_v)
    assert abs(tops[0] - tops[1] - true_v("Nb2O5-coated, 4.7 V", 1.0)) > 0.1


def test_once_lost_it_stays_lost_and_little_capacity_gives_none():
    pairs = pairs_of(
        simulated.rate("uncoated, 4.3 V"), simulated.rate_cycles("uncoated, 4.3 V"), TRUTH["uncoated, 4.3 V"]
    )
    alone = polarisation([pairs[0], pairs[4]])
    assert alone.rates[1].reason.endswith("8 % of the lowest rate's capacity is left, below 30 %.")


def test_ten_times_the_noise_moves_it_little():
    name = "Nb2O5-coated, 4.3 V"
    noisy = damage.noisier(simulated.rate(name))
    told = polarisation(pairs_of(noisy, simulated.rate_cycles(name), TRUTH[name])).rates[0]
    assert told.value_v is None or abs(told.value_v - true_v(name, 0.1)) < 0.020


def test_the_window_shifts_by_what_the_simulator_left_out():
    name = "Nb2O5-coated, 4.5 V"
    truth = TRUTH[name]
    shifts = window_shifts(rate_steps(simulated.rate_cycles(name).cycles)[:5])
    for shift, rate in zip(shifts, RATES, strict=False):
        lost = truth.capacity_mah_cm2 - truth.rate_capacity_mah_cm2(rate)
        assert shift == pytest.approx((1 - truth.charge_side_share) * lost * AREA_CM2, abs=2e-3)


def test_dq_dv_holds_the_charge_and_finds_the_plateau():
    name = "Nb2O5-coated, 4.3 V"
    half = simulated.rate_cycles(name).half_cycles[4]
    trace = simulated.rate(name)
    rows = slice(half.first_row, half.last_row + 1)
    curve = constant_current(trace.time_s[rows], trace.voltage_v[rows], trace.current_a[rows])
    told = differential_capacity(curve.voltage_v, curve.capacity_mah)
    inside = np.trapezoid(told.dq_dv_mah_v, told.voltage_v)
    assert inside == pytest.approx(np.ptp(told.capacity_mah), rel=0.01)
    # The plateau of NMC532 near 3.73 V against Li, less the anode's 1.55 V.
    assert max(told.peaks, key=lambda peak: peak.height_mah_v).voltage_v == pytest.approx(2.18, abs=0.03)


def test_a_hold_is_left_out_and_a_short_span_refused():
    half = simulated.formation_cycles("uncoated, 4.7 V").half_cycles[0]
    trace = simulated.formation("uncoated, 4.7 V")
    rows = slice(half.first_row, half.last_row + 1)
    curve = constant_current(trace.time_s[rows], trace.voltage_v[rows], trace.current_a[rows])
    assert curve.capacity_mah[-1] == pytest.approx(half.cc_charge_mah, rel=0.01)
    with pytest.raises(ValueError, match="the voltage spans 50 mV"):
        differential_capacity(np.linspace(2.0, 2.05, 100), np.linspace(0, 1, 100))
