"""Every method as the lab runs it: simulated tests in, the paper's numbers out, each with its basis or a reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from testing import methods
from testing.demo.beside_cycling import (
    simulate_pulses,
    simulate_rising_current,
    simulate_titration,
    simulate_voltammetry,
)
from testing.demo.impedance_model import (
    SimulatedSweep,
    simulate_first_charge,
    simulate_impedance,
    simulate_pellet,
)
from testing.demo.impedance_truth import PELLET, PELLET_TEMPERATURES_C
from testing.demo.truth import AREA_CM2, TRUTH
from testing.methods.base import Basis, FrameRows, Inputs, Known, Measured, Meter, Method, Result, Sweep, run
from tests.testing import simulated

COATED = "Nb2O5-coated, 4.7 V"
STATED = Meter(current_offset_ma=2e-4, current_gain_fraction=5e-4)
BASIS = Basis(1, area_cm2=Known(AREA_CM2, 0.001), pellet_thickness_um=Known(1030.0, 10.0))


def measured(trace, segmentation, phase: str, place: int = 1, **more) -> Measured:
    return Measured(
        code=f"TEST-000{place}",
        place=place,
        phase=phase,
        cycles=segmentation.cycles if segmentation else (),
        rows=FrameRows(trace.frame()),
        protocol_key=phase,
        **more,
    )


def of_sweeps(*sweeps: SimulatedSweep, phase: str = "eis", **more) -> Measured:
    taken = tuple(
        Sweep(
            "made-up.csv",
            number,
            one.frequency_hz.tolist(),
            one.impedance_ohm.real.tolist(),
            one.impedance_ohm.imag.tolist(),
            one.voltage_v,
        )
        for number, one in enumerate(sweeps, start=1)
    )
    return Measured("TEST-0009", 9, phase, sweeps=taken, sweep_count=len(taken), **more)


def results(name: str, inputs: Inputs, **parameters) -> dict[tuple[str, str], Result]:
    method: Method = methods.newest()[name]
    assert method.applies(inputs)
    found = run(method, inputs, method.judged(parameters))
    assert {one.name for one in found} == {output.name for output in method.outputs}
    for one in found:
        assert (one.value is None) == bool(one.reason)
        assert bool(one.basis) == (one.value is not None)
    keys = [(one.name, one.variant) for one in found]
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, found, strict=True))


def long_term(mode: str = "cc", **more) -> Inputs:
    formed = measured(simulated.formation(COATED), simulated.formation_cycles(COATED), "formation")
    cycled = measured(
        simulated.long_term(COATED, mode), simulated.long_term_cycles(COATED, mode), "long_term", 3, **more
    )
    return Inputs("CELL-0001", (formed, cycled))


@pytest.mark.parametrize(("mode", "percent"), [("cc", (99.40, 77.58)), ("cccv", (77.06, 72.43))])
def test_each_retention_shows_the_reference_it_used(mode, percent):
    found = results("capacity_retention", long_term(mode))
    by_discharge, by_charge = found["capacity_retention", ""], found["capacity_retention_of_charge", ""]
    assert [100 * by_discharge.value, 100 * by_charge.value] == pytest.approx(percent, abs=0.01)
    assert "over the discharge capacity of cycle 1 (long_term)" in by_discharge.basis
    assert "over the charge capacity of cycle 1 (long_term)" in by_charge.basis
    assert by_discharge.uncertainty is None
    assert "offset is not stated" in by_discharge.basis


def test_retention_with_a_stated_instrument_and_the_end_of_life():
    found = results("capacity_retention", long_term("cccv", meter=STATED))
    assert (
        0
        < found["capacity_retention", ""].uncertainty
        < found["capacity_retention_of_charge", ""].uncertainty
    )
    assert found["cycles_to_threshold", ""].value == pytest.approx(421.5, abs=0.6)
    still_good = results("capacity_retention", long_term())
    assert still_good["cycles_to_threshold", ""].reason == "80 % not reached: 99.4 % is left at cycle 500."
    assert still_good["fade_per_cycle", ""].value == pytest.approx(0.006 / 499, rel=1e-3)


def test_a_rate_test_alone_has_no_retention():
    rate = measured(simulated.rate(COATED), simulated.rate_cycles(COATED), "rate")
    assert not methods.newest()["capacity_retention"].applies(Inputs("C", (rate,)))


def test_an_average_efficiency_with_its_window():
    test = replace(long_term().tests[1], meter=STATED)
    found = results("average_coulombic_efficiency", Inputs("C", (test,)), first=3)
    told = found["average_coulombic_efficiency", ""]
    assert told.value == pytest.approx(0.99975, abs=1e-6)
    assert told.basis == "cycles 3 to 500 of TEST-0003, n = 498"
    assert told.uncertainty == pytest.approx(0.00038, abs=2e-5)
    every = results("average_coulombic_efficiency", Inputs("C", (test,)))
    assert (
        "left out: cycle 1 (the first cycle at its rate)" in every["average_coulombic_efficiency", ""].basis
    )
    assert every["cycles_below_efficiency", ""].value == 1


@pytest.fixture(scope="module")
def rate_test() -> Inputs:
    name = "Nb2O5-coated, 4.3 V"
    one_c = TRUTH[name].one_c_ma_cm2 * AREA_CM2
    test = measured(simulated.rate(name), simulated.rate_cycles(name), "rate", one_c_current_ma=one_c)
    return Inputs("CELL-0001", (test,))


def test_rates_have_their_names(rate_test):
    found = results("rate_capability", rate_test)
    assert found["rate_capability", "2C"].value == pytest.approx(0.54, rel=1e-4)
    assert found["rate_recovery", ""].value == pytest.approx(1.0, abs=1e-4)
    assert found["capacity_at_rate_mah", "C/10 again"].value / AREA_CM2 == pytest.approx(3.0, rel=1e-4)
    assert "cycle 15 of TEST-0001; all: " in found["capacity_at_rate_mah", "2C"].basis


def test_energy_of_each_rate(rate_test):
    found = results("energy_efficiency", rate_test)
    slow, fast = (found["mean_voltage_polarisation_v", name].value for name in ("C/10", "2C"))
    assert 0.02 < slow < fast
    assert 0 < found["energy_efficiency", "2C"].value < found["energy_efficiency", "C/10"].value < 1


def test_peaks_are_followed_and_refused(rate_test):
    found = results("peak_polarisation", rate_test)
    assert found["peak_polarisation_v", "C/10"].value == pytest.approx(0.027, abs=0.020)
    assert found["peak_polarisation_v", "2C"].reason.startswith("Polarisation at 2C not computed: ")
    assert ("peak_polarisation_v", "C/10 again") not in found


def test_the_turn_of_each_rate(rate_test):
    found = results("reversal_resistance", rate_test)
    assert found["reversal_resistance_ohm", "1C"].value > 0
    assert "0.1 s between the points" in found["reversal_resistance_ohm", "C/10"].basis


def test_one_spectrum_needs_no_name_and_four_have_their_voltages():
    inputs = Inputs("C", (of_sweeps(simulate_impedance("uncoated, 4.7 V")),))
    found = results("circuit_fit", inputs)
    told = found["interfacial_resistance_ohm", ""]
    assert told.value == pytest.approx(1350, rel=0.01)
    assert told.uncertainty < 0.01 * told.value
    assert "series part left out; L-Rs-(R1Q1)-(R2Q2)-W, 1 to 1e+06 Hz" in told.basis
    assert found["lin_kk_residual", ""].value < 0.01
    assert found["arc_resistance_ohm", "arc 2"].value == pytest.approx(1300, rel=0.02)
    four = Inputs("C", (of_sweeps(*simulate_first_charge("Nb2O5-coated, 4.7 V")),))
    names = [variant for name, variant in results("circuit_fit", four) if name == "series_resistance_ohm"]
    assert names == ["2.35 V", "2.75 V", "2.95 V", "3.15 V"]


def test_a_sweep_that_ends_too_early_has_a_reason_and_keeps_its_validity():
    one = simulate_impedance("uncoated, 4.7 V")
    kept = one.frequency_hz > 30
    cut = replace(one, frequency_hz=one.frequency_hz[kept], impedance_ohm=one.impedance_ohm[kept])
    found = results("circuit_fit", Inputs("C", (of_sweeps(cut),)))
    assert found["interfacial_resistance_ohm", ""].reason.startswith("EIS not fitted: ")
    assert found["lin_kk_residual", ""].value is not None


def test_pulses_are_named_by_time_and_current():
    test = measured(simulate_pulses(COATED), None, "other")
    found = results("dc_resistance", Inputs("C", (test,)))
    assert found["dc_resistance_ohm", "10 s, +0.0848 mA"].value == pytest.approx(184.7, rel=0.01)
    assert found["dc_resistance_ohm", "10 s, -0.0848 mA"].value == pytest.approx(184.7, rel=0.01)
    late = results("dc_resistance", Inputs("C", (test,)), after_s=60.0)
    assert "the step lasted 30 s" in late["dc_resistance_ohm", "60 s, +0.0848 mA"].reason


def test_a_titration_gives_no_diffusion_before_somebody_states_the_area():
    test = measured(simulate_titration("Nb2O5-coated, 4.3 V", pulses=4), None, "gitt")
    silent = results("gitt", Inputs("C", (test,)))
    for (name, _), one in silent.items():
        if name == "diffusion_coefficient_cm2_s":
            assert "the area enters squared" in one.reason
        else:
            assert one.value
    told = results("gitt", Inputs("C", (test,)), area_basis="sphere", particle_radius_um=1.75)
    values = [one for (name, _), one in told.items() if name == "diffusion_coefficient_cm2_s"]
    assert all("D t / r² = " in one.basis and "area of sphere" in one.basis for one in values if one.value)
    assert any(one.value for one in values)


def test_a_pellet_over_temperature():
    tests = tuple(
        replace(of_sweeps(simulate_pellet(celsius)), temperature_c=celsius, code=f"TEST-{number}")
        for number, celsius in enumerate(PELLET_TEMPERATURES_C)
    )
    pellet = Inputs("C", tests, BASIS, "blocking")
    assert not methods.newest()["circuit_fit"].applies(pellet)
    one = results("ionic_conductivity", replace(pellet, tests=tests[2:3]))
    assert one["ionic_conductivity_ms_cm", ""].value == pytest.approx(2.0, rel=0.02)
    assert one["ionic_conductivity_ms_cm", ""].uncertainty > 0
    assert "at 25 °C" in one["ionic_conductivity_ms_cm", ""].basis
    slope = results("activation_energy", pellet)["activation_energy_ev", ""]
    assert slope.value == pytest.approx(PELLET.activation_ev, abs=0.005)
    flat = results("ionic_conductivity", Inputs("C", tests[2:3], Basis(1, area_cm2=Known(0.28)), "blocking"))
    assert flat["ionic_conductivity_ms_cm", ""].reason == (
        "Conductivity not computed: the thickness of the pellet is not recorded."
    )
    assert flat["electrolyte_resistance_ohm", ""].value == pytest.approx(182, rel=0.02)


def test_a_voltammogram():
    test = measured(simulate_voltammetry(), None, "cv")
    found = results("electrolyte_voltammetry", Inputs("C", (test,), BASIS))
    assert found["oxidation_onset_v", "sweep 1"].value == pytest.approx(2.82, abs=0.15)
    assert "10 uA/cm2 above a baseline" in found["oxidation_onset_v", "sweep 1"].basis
    assert found["irreversible_charge_mah", "cycle 1"].value / AREA_CM2 == pytest.approx(0.09, abs=0.002)
    without = results("electrolyte_voltammetry", Inputs("C", (test,)))
    assert without["oxidation_onset_v", ""].reason == "Onset not computed: the area is not recorded."


def test_a_rising_current():
    test = measured(simulate_rising_current(), None, "other")
    inputs = Inputs("C", (test,), BASIS, "symmetric")
    found = results("critical_current", inputs)["critical_current_ma", ""]
    assert found.value / AREA_CM2 == pytest.approx(0.6)
    assert "fell by 80 %" in found.basis
    assert not methods.newest()["dc_resistance"].applies(inputs)


def test_every_number_has_a_name_of_its_own_and_a_page():
    names = [output.name for method in methods.newest().values() for output in method.outputs]
    assert len(names) == len(set(names))
    for method in methods.newest().values():
        assert all(output.label and output.unit and output.description for output in method.outputs)


def test_each_method_is_not_asked_or_refuses_a_test_without_data_in_a_sentence():
    empty = Inputs("C", (Measured("TEST-0001", 1, "other"),))
    for method in methods.newest().values():
        if method.applies(empty):
            assert all(one.reason.endswith(".") for one in run(method, empty, method.defaults()))
