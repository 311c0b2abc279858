"""Spectra: valid or not, which circuit, how large the interfaces are, and when that cannot be known."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from testing.calc import circuits
from testing.calc.circuit_fit import (
    blocking_resistance,
    choose_circuit,
    electrolyte_resistance,
    fit_circuit,
    interfacial_resistance,
)
from testing.calc.conduction import activation_energy, conductivity
from testing.calc.lin_kk import lin_kk
from testing.calc.spectra import sweep
from testing.demo.impedance_model import simulate_first_charge, simulate_impedance, simulate_pellet
from testing.demo.impedance_truth import PELLET, PELLET_TEMPERATURES_C
from testing.demo.truth import AREA_CM2

REAL = Path(__file__).parents[3] / "../shared/data"
needs_real_files = pytest.mark.skipif(not REAL.exists(), reason="the real files are not at hand")

# What the paper prints, in ohm.
PRINTED = {
    "Nb2O5-coated, 4.3 V": 88,
    "Nb2O5-coated, 4.7 V": 160,
    "uncoated, 4.3 V": 500,
    "uncoated, 4.7 V": 1350,
}
FREQUENCY = np.geomspace(1e6, 1, 61)


def measured(impedance, noise=0.002, seed=1):
    random = np.random.default_rng(seed)
    off = random.standard_normal(len(impedance)) + 1j * random.standard_normal(len(impedance))
    noisy = impedance + noise * np.abs(impedance) * off
    return sweep(frequency_hz=FREQUENCY, real_ohm=noisy.real, imaginary_ohm=noisy.imag)


def arc(resistance, apex_hz, exponent=0.85):
    return resistance / (1 + (1j * FREQUENCY / apex_hz) ** exponent)


@cache
def interfaces(name):
    return interfacial_resistance(simulate_impedance(name).sweep())


@pytest.mark.parametrize("name", PRINTED)
def test_interfacial_resistance_comes_back_within_one_percent(name):
    found = interfaces(name)
    assert found.resistance_ohm == pytest.approx(PRINTED[name], rel=0.01)
    assert abs(found.resistance_ohm - PRINTED[name]) < 3 * found.uncertainty_ohm
    assert found.fit.circuit is circuits.TWO_ARCS_TAIL
    assert found.series_ohm == pytest.approx(70, rel=0.01)
    assert found.warnings == ()
    # G32, with the area of the die.
    assert found.asr_ohm_cm2(AREA_CM2) == pytest.approx(PRINTED[name] * AREA_CM2, rel=0.01)


def test_g31_ratios_and_g32_area_resistances():
    ohm = {name: interfaces(name).resistance_ohm for name in PRINTED}
    assert ohm["uncoated, 4.3 V"] / ohm["Nb2O5-coated, 4.3 V"] == pytest.approx(5.68, rel=0.02)
    assert ohm["uncoated, 4.7 V"] / ohm["Nb2O5-coated, 4.7 V"] == pytest.approx(8.44, rel=0.02)
    assert [round(value * AREA_CM2, 1) for value in (88, 160, 500, 1350)] == [24.9, 45.2, 141.4, 381.7]


def test_reading_the_span_instead_of_fitting_errs_both_ways():
    for name, low, high in (("Nb2O5-coated, 4.3 V", 0.05, 0.15), ("uncoated, 4.7 V", -0.20, -0.02)):
        z = simulate_impedance(name).impedance_ohm
        naive = z[-1].real - z.real.min()
        assert low < naive / PRINTED[name] - 1 < high


def test_the_first_charge_shows_how_much_higher_uncoated_cells_are():
    coated = [interfacial_resistance(one.sweep()) for one in simulate_first_charge("Nb2O5-coated, 4.7 V")]
    bare = [interfacial_resistance(one.sweep()) for one in simulate_first_charge("uncoated, 4.7 V")]
    higher = [100 * (b.resistance_ohm / a.resistance_ohm - 1) for a, b in zip(coated, bare, strict=True)]
    assert higher == pytest.approx([60, 126, 235, 164], abs=8)


@pytest.mark.parametrize("apex_hz", [0.05, 0.5])
def test_an_arc_that_peaks_below_the_lowest_frequency_is_refused(apex_hz):
    z = 70 + arc(40, 1e4, 0.9) + arc(400, apex_hz)
    with pytest.raises(ValueError, match=r"the slowest arc peaks at .* below the lowest frequency"):
        interfacial_resistance(measured(z))


def test_an_arc_that_peaks_just_inside_is_fitted():
    # A9: the 1350 ohm arc does not close at 1 Hz and is fitted all the same.
    z = 70 + arc(40, 1e4, 0.9) + arc(400, 2.0)
    found = interfacial_resistance(measured(z))
    assert found.resistance_ohm == pytest.approx(440, abs=3 * found.uncertainty_ohm)


def test_the_simpler_circuit_is_taken_where_it_suffices():
    one = choose_circuit(measured(70 + 2j * np.pi * FREQUENCY * 1e-7 + arc(100, 500)))
    assert one.circuit is circuits.ONE_ARC
    assert one.arcs[0].resistance_ohm == pytest.approx(100, rel=0.01)
    assert one.arcs[0].effective_capacitance_f == pytest.approx(1 / (2 * np.pi * 500 * 100), rel=0.02)


def test_uncertainties_cover_the_truth():
    off = []
    for seed in range(8):
        found = interfacial_resistance(
            measured(70 + 2j * np.pi * FREQUENCY * 1e-7 + arc(30, 2e4, 0.9) + arc(130, 40), seed=seed)
        )
        off.append((found.resistance_ohm - 160) / found.uncertainty_ohm)
    assert 0.5 < np.std(off) < 1.6


def test_a_spectrum_of_nothing_but_noise_is_refused():
    random = np.random.default_rng(3)
    z = 100 + 40 * random.standard_normal(61) + 40j * random.standard_normal(61)
    with pytest.raises(ValueError, match="EIS not fitted"):
        interfacial_resistance(measured(z))


def test_too_few_points_and_bad_values_are_refused():
    with pytest.raises(ValueError, match="9 points says too little"):
        sweep(frequency_hz=range(1, 10), real_ohm=[1] * 9, imaginary_ohm=[0] * 9)
    with pytest.raises(ValueError, match="frequency of 0 Hz"):
        sweep(frequency_hz=range(10), real_ohm=[1] * 10, imaginary_ohm=[0] * 10)
    with pytest.raises(ValueError, match="not a finite number"):
        sweep(frequency_hz=range(1, 11), real_ohm=[float("nan")] * 10, imaginary_ohm=[0] * 10)
    few = sweep(frequency_hz=np.geomspace(1e4, 1, 10), real_ohm=range(10, 20), imaginary_ohm=[-1] * 10)
    with pytest.raises(ValueError, match="has 11 parameters"):
        fit_circuit(few, circuits.Circuit("x", ("L", "R", "RQ", "RQ", "RQ")))


def test_the_same_spectrum_gives_the_same_numbers():
    again = interfacial_resistance(simulate_impedance("uncoated, 4.7 V").sweep())
    assert again.resistance_ohm == interfaces("uncoated, 4.7 V").resistance_ohm


@pytest.mark.parametrize("name", PRINTED)
def test_lin_kk_passes_clean_spectra_and_not_drifting_ones(name):
    clean = lin_kk(simulate_impedance(name).sweep())
    assert clean.elements >= 18
    assert 0.003 < clean.largest_residual < 0.0065
    assert clean.valid
    drifted = lin_kk(simulate_impedance(name, drift=0.15).sweep())
    assert not drifted.valid or name == "Nb2O5-coated, 4.3 V"


def test_a_drifting_cell_is_fitted_with_a_warning():
    found = interfacial_resistance(simulate_impedance("uncoated, 4.3 V", drift=0.15).sweep())
    assert "The lin-KK test leaves" in found.warnings[0]
    assert 0.015 < found.lin_kk.largest_residual < 0.025


def test_a_short_chain_would_stop_at_once_and_blame_a_clean_spectrum():
    points = simulate_impedance("Nb2O5-coated, 4.7 V").sweep()
    short = lin_kk(points, elements_per_decade=0)
    assert short.elements < 18
    assert short.largest_residual > lin_kk(points).largest_residual


@needs_real_files
def test_lin_kk_gives_others_numbers_on_their_file():
    # impedance.py's example: 21 elements and mu 0.8339, from the real part of the capacitive points.
    table = np.loadtxt(REAL / "eis/exampleData.csv", delimiter=",")
    points = sweep(frequency_hz=table[:, 0], real_ohm=table[:, 1], imaginary_ohm=table[:, 2])
    found = lin_kk(points.capacitive(), part="real", elements_per_decade=0)
    assert (found.elements, round(found.mu, 4)) == (21, 0.8339)
    assert lin_kk(points).valid


@needs_real_files
def test_a_real_pellet_at_minus_25_degrees():
    lines = (REAL / "biologic/PEIS_LPSCl_IonBlocking_-25C.txt").read_text("latin-1").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("freq/Hz"))
    table = np.array([[float(x) for x in line.split("\t")[:3]] for line in lines[start + 1 :] if line])
    points = sweep(frequency_hz=table[:, 0], real_ohm=table[:, 1], imaginary_ohm=-table[:, 2])
    assert len(points.frequency_hz) == 79
    fit = blocking_resistance(points)
    ohm, uncertainty = electrolyte_resistance(fit)
    # The foot of the spike, read off the plot, lies between 1400 and 1550 ohm.
    assert 1400 < ohm < 1550
    assert uncertainty < 0.02 * ohm
    assert fit.rms_residual < 0.015


def test_conductivity_of_a_pellet_over_temperature():
    sigma = []
    for celsius in PELLET_TEMPERATURES_C:
        ohm, uncertainty = electrolyte_resistance(blocking_resistance(simulate_pellet(celsius).sweep()))
        assert ohm == pytest.approx(PELLET.resistance_ohm(celsius), rel=0.02)
        found = conductivity(
            resistance_ohm=ohm,
            thickness_um=PELLET.thickness_um,
            area_cm2=PELLET.area_cm2,
            resistance_uncertainty_ohm=uncertainty,
            thickness_uncertainty_um=20,
        )
        assert found.uncertainty_ms_cm > 0.019 * found.value_ms_cm
        sigma.append(found.value_ms_cm)
    found = activation_energy(PELLET_TEMPERATURES_C, sigma)
    assert found.energy_ev == pytest.approx(0.35, abs=0.005)
    assert found.energy_kj_mol == pytest.approx(96.485 * found.energy_ev, rel=1e-4)


def test_conductivity_needs_what_it_is_made_of():
    with pytest.raises(ValueError, match="a thickness of 0 is not above zero"):
        conductivity(resistance_ohm=182, thickness_um=0, area_cm2=0.28)
    with pytest.raises(ValueError, match="2 temperatures are too few"):
        activation_energy([25, 60, 60], [2, 5, 5])
