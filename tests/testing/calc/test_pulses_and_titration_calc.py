"""Pulses: the resistance at a stated time; titration: a diffusion coefficient only where the method holds."""

from pathlib import Path

import numpy as np
import pytest

from testing.calc.gitt import DiffusionLength, titrations, weppner_huggins
from testing.calc.pulses import current_steps, dc_resistance, reversal_resistance
from testing.demo.beside_cycling import (
    DIFFUSION_CM2_S,
    PULSE_S,
    RADIUS_CM,
    simulate_pulses,
    simulate_titration,
    sphere_response,
    titration_truth,
)
from testing.demo.cell_model import Cell
from testing.demo.truth import AREA_CM2, TRUTH
from tests.testing import simulated

REAL = Path(__file__).parents[3] / "../shared/data"
SPHERES = DiffusionLength.sphere(radius_cm=RADIUS_CM)


@pytest.fixture(scope="module")
def pulses():
    return simulate_pulses("Nb2O5-coated, 4.7 V")


@pytest.fixture(scope="module")
def titrated():
    trace = simulate_titration("Nb2O5-coated, 4.3 V")
    return titrations(trace.time_s, trace.voltage_v, trace.current_a, length=SPHERES)


@pytest.mark.parametrize(("after_s", "ohm"), [(0.001, 70.7), (10, 184.7), (30, 227.0)])
def test_resistance_of_a_pulse_depends_on_when_it_is_read(pulses, after_s, ohm):
    for step in (current_steps(pulses.time_s, pulses.voltage_v, pulses.current_a))[::2]:
        found = dc_resistance(pulses.time_s, pulses.voltage_v, step, after_s=after_s)
        assert found.resistance_ohm == pytest.approx(ohm, rel=0.01)
        assert found.after_s == after_s


def test_both_directions_and_the_instant(pulses):
    steps = current_steps(pulses.time_s, pulses.voltage_v, pulses.current_a)
    assert [round(1000 * step.after_a, 4) for step in steps] == [0.0848, 0.0, -0.0848, 0.0]
    found = dc_resistance(pulses.time_s, pulses.voltage_v, steps[0], after_s=10)
    assert found.first_point_s == pytest.approx(0.001)
    assert found.at_first_point_ohm == pytest.approx(70.7, rel=0.01)


def test_a_time_beyond_the_pulse_or_between_points_is_refused(pulses):
    step = current_steps(pulses.time_s, pulses.voltage_v, pulses.current_a)[0]
    with pytest.raises(ValueError, match=r"DC resistance at 60 s not computed: the step lasted 30 s"):
        dc_resistance(pulses.time_s, pulses.voltage_v, step, after_s=60)
    sparse = np.flatnonzero((pulses.time_s < 60.001) | (pulses.time_s > 89))
    time, voltage = pulses.time_s[sparse], pulses.voltage_v[sparse]
    step = current_steps(time, voltage, pulses.current_a[sparse])[0]
    with pytest.raises(ValueError, match="the nearest point lies"):
        dc_resistance(time, voltage, step, after_s=10)
    with pytest.raises(ValueError, match="no current flows"):
        current_steps([0, 1], [3, 3], [0, 0])


def test_the_turn_from_charge_to_discharge_is_a_cheap_resistance():
    trace = simulated.rate("Nb2O5-coated, 4.3 V")
    up, down = simulated.rate_cycles("Nb2O5-coated, 4.3 V").half_cycles[4:6]
    found = reversal_resistance(
        end_voltage_v=trace.voltage_v[up.last_row],
        end_current_ma=1000 * trace.current_a[up.last_row],
        first_voltage_v=trace.voltage_v[down.first_row],
        first_current_ma=1000 * trace.current_a[down.first_row],
        between_s=trace.time_s[down.first_row] - trace.time_s[up.last_row],
    )
    assert found.between_s == pytest.approx(0.1)
    # From the limit down to the resting voltage at the top, less what the discharge costs after 0.1 s.
    cell = Cell(TRUTH["Nb2O5-coated, 4.3 V"], 2)
    current = 0.1 * cell.truth.one_c_ma_cm2
    top = cell.floor + cell.truth.capacity_mah_cm2
    fell = 2.75 - float(cell.equilibrium_v(top) - cell.overpotential_v(current, 0.1))
    assert found.resistance_ohm == pytest.approx(1000 * fell / (2 * current * AREA_CM2), rel=0.02)
    with pytest.raises(ValueError, match="when the current turned"):
        reversal_resistance(
            end_voltage_v=2, end_current_ma=1, first_voltage_v=2.1, first_current_ma=1, between_s=1
        )


@pytest.mark.skipif(not REAL.exists(), reason="the real files are not at hand")
def test_real_pulses_of_a_solid_state_cell_grow_with_time():
    lines = (REAL / "biologic/CP_SSB.txt").read_text("latin-1").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("time/s"))
    table = np.array([[float(x) for x in line.split("\t")[:3]] for line in lines[start + 1 :] if line])
    time, voltage, current = table[:, 0], table[:, 1], table[:, 2] / 1000
    steps = current_steps(time, voltage, current)
    # 8.4 uA up and down for 0.1, 1 and 10 s each, then a rest; between them the current turns round.
    assert [round(1e6 * step.after_a, 1) for step in steps[:6]] == pytest.approx([8.4, -8.4] * 3, abs=0.1)
    assert [step.lasted_s for step in steps[:6]] == pytest.approx([0.1, 0.1, 1, 1, 10, 10], rel=0.02)
    charge = [
        dc_resistance(time, voltage, steps[n], after_s=t).resistance_ohm
        for n, t in ((0, 0.1), (2, 1), (4, 10))
    ]
    assert charge == sorted(charge)
    assert 100 < charge[0] < charge[-1] < 3000


def test_resistances_of_a_titration(titrated):
    truth = titration_truth("Nb2O5-coated, 4.3 V")
    assert len(titrated) == 24
    for one in titrated:
        assert truth.series_ohm - 1 < one.instant_ohm < truth.series_ohm + truth.interface_ohm
        assert one.first_point_s == pytest.approx(0.1)
        assert one.total_ohm > truth.series_ohm + truth.interface_ohm
        assert one.relaxed
        assert one.charge_mah == pytest.approx(0.05 * 3.0 * 0.282743 / 6, rel=1e-3)


def test_diffusion_coefficient_comes_back_as_low_as_the_method_is_known_to_be(titrated):
    # D t / r^2 is 0.012: Weppner and Huggins' formula gives about 0.81 of the truth there.
    validity = titration_truth("").validity
    expected = DIFFUSION_CM2_S * method_over_truth(validity)
    valid = [one.diffusion for one in titrated if one.diffusion.verdict == "valid"]
    assert len(valid) > 15
    assert np.median([one.value_cm2_s for one in valid]) == pytest.approx(expected, rel=0.1)
    for one in valid:
        assert one.validity < 0.02
        assert one.r_squared > 0.99
        assert one.basis == "sphere"


def method_over_truth(t):
    """What the formula gives over the true D, for a sphere whose voltage is linear in concentration."""
    return 4 * t / np.pi / sphere_response(np.array([t]))[0] ** 2


@pytest.mark.parametrize(
    ("t", "ratio"),
    [(0.002, 0.92), (0.010, 0.83), (0.020, 0.77), (0.059, 0.63), (0.098, 0.54), (0.196, 0.40), (0.588, 0.19)],
)
def test_how_far_the_formula_is_off_grows_with_its_validity_number(t, ratio):
    assert method_over_truth(t) == pytest.approx(ratio, abs=0.006)


def test_a_pulse_that_reaches_the_middle_gives_a_lower_bound():
    trace = simulate_titration("Nb2O5-coated, 4.3 V", pulses=6)
    # Particles half as large: D t / r^2 as the method sees it is the same curve, judged against less room.
    small = DiffusionLength.sphere(radius_cm=RADIUS_CM)
    found = titrations(trace.time_s, trace.voltage_v, trace.current_a, length=small)
    ratio = found[3].diffusion.validity
    assert ratio == pytest.approx(0.0097, rel=0.2)
    slow = titrations(
        np.where(trace.time_s > 0, trace.time_s, 0), _longer(trace), trace.current_a, length=small
    )
    assert slow[3].diffusion.verdict == "lower bound"
    assert "the pulse reached the middle" in slow[3].diffusion.reason


def _longer(trace):
    """Return voltages in which a pulse moves the resting voltage more than its own transient."""
    steps = np.cumsum(np.diff(trace.current_a, prepend=0) > 1e-6)
    return (
        trace.voltage_v + 0.02 * steps * (trace.current_a == 0) + 0.02 * (steps - 0.4) * (trace.current_a > 0)
    )


def test_a_rest_that_still_moves_gives_no_diffusion_coefficient_but_its_resistances():
    trace = simulate_titration("Nb2O5-coated, 4.3 V", pulses=3)
    keep = np.flatnonzero(_into_rest(trace) < 1200)
    found = titrations(trace.time_s[keep], trace.voltage_v[keep], trace.current_a[keep], length=SPHERES)
    assert not found[0].relaxed
    assert found[0].diffusion.value_cm2_s is None
    assert "mV/h at the end of the rest" in found[0].diffusion.reason
    assert found[0].instant_ohm > 0


def _into_rest(trace):
    last_flow = np.maximum.accumulate(np.where(trace.current_a > 0, trace.time_s, 0))
    return trace.time_s - last_flow


def test_the_area_enters_squared_and_has_no_default():
    shared = {"pulse_s": PULSE_S, "steady_v": 0.005, "transient_v": 0.02}
    sphere = weppner_huggins(length=SPHERES, **shared)
    bet = weppner_huggins(length=DiffusionLength.bet(surface_m2_g=0.5, density_g_cm3=4.75), **shared)
    assert bet / sphere == pytest.approx((1 / (4.75 * 0.5e4) / (RADIUS_CM / 3)) ** 2)
    with pytest.raises(TypeError):
        titrations([0, 1], [3, 3], [0, 0])


def test_a_record_without_pulses_is_refused():
    with pytest.raises(ValueError, match="no pulse between two rests"):
        titrations(range(10), [3.0] * 10, [1e-3] * 10, length=SPHERES)
