"""What the instrument's own six digits leave of each number: the same, less sure, and the truth within.

Amendment A2. Averages, counts and retention of the long-term tests are beside their own kind:
test_average_efficiency_calc.py and test_retention_calc.py.
"""

from pathlib import Path

import polars as pl
import pytest

from testing.calc.circuit_fit import interfacial_resistance
from testing.calc.cycles import Segmentation, cycles
from testing.calc.efficiency import coulombic_efficiency
from testing.calc.meters import Meter, measured_cycles
from testing.calc.polarisation import RatePair, constant_current, polarisation, window_shifts
from testing.calc.rate_capability import rate_label
from testing.calc.rate_steps import rate_steps
from testing.calc.spectra import sweep
from testing.demo.cell_model import Cell
from testing.demo.impedance_model import simulate_impedance, write_impedance
from testing.demo.squidstat_writer import Export
from testing.demo.truth import AREA_CM2, RATES, REPLICATES, TRUTH
from testing.readers.detect import read_file
from tests.testing import simulated

SIX = Meter(time_digits=6, current_digits=6)
INTERFACES_OHM = {
    "Nb2O5-coated, 4.3 V": 88,
    "Nb2O5-coated, 4.7 V": 160,
    "uncoated, 4.3 V": 500,
    "uncoated, 4.7 V": 1350,
}


def six_digits(trace) -> tuple[pl.DataFrame, Segmentation]:
    frame = simulated.written(trace, digits=6)
    return frame, cycles(frame, lower_limit_v=trace.lower_limit_v, upper_limit_v=trace.upper_limit_v)


@pytest.mark.parametrize("name", TRUTH)
def test_the_initial_efficiency_is_off_by_millionths_and_says_so(name):
    # A formation lasts a day: the clock is still written to a tenth of a second.
    strayed = []
    for replicate in REPLICATES:
        trace = simulated.formation(name, replicate)
        _, found = six_digits(trace)
        first = measured_cycles(found.cycles, SIX)[0]
        ice = coulombic_efficiency(charge=first.charge, discharge=first.discharge, offset_ma=0.0)
        truth = trace.truth[0]
        assert 1e-6 < ice.uncertainty < 5e-6
        strayed.append(
            (ice.value - truth.discharge_capacity_mah / truth.charge_capacity_mah) / ice.uncertainty
        )
    assert max(abs(one) for one in strayed) < 2.5


@pytest.mark.parametrize("name", TRUTH)
def test_each_capacity_of_a_rate_test_is_known_to_what_it_says(name):
    trace = simulated.rate(name)
    _, found = six_digits(trace)
    for one, truth in zip(measured_cycles(found.cycles, SIX), trace.truth, strict=True):
        for half, true_mah in (
            (one.charge, truth.charge_capacity_mah),
            (one.discharge, truth.discharge_capacity_mah),
        ):
            # The trapezoid itself is good to 1.5e-5 of the capacity: the simulator's full files say so.
            assert abs(half.capacity_mah - true_mah) < 2.5 * half.digits_uncertainty_mah + 1.5e-5 * true_mah


def written_and_read(export: Export, folder: Path) -> pl.DataFrame:
    path = folder / "export.csv"
    path.write_bytes(export.content)
    return read_file(path, name=export.name).frame


@pytest.mark.parametrize("name", INTERFACES_OHM)
def test_an_interfacial_resistance_is_within_one_percent_and_its_uncertainty_covers_it(name, tmp_path):
    exact = simulate_impedance(name)
    export = write_impedance([exact], experiment="EIS", started_at=simulated.STARTED, digits=6)
    frame = written_and_read(export, tmp_path)
    found = interfacial_resistance(
        sweep(
            frequency_hz=frame["frequency_hertz"].to_numpy(),
            real_ohm=frame["real_impedance_ohm"].to_numpy(),
            imaginary_ohm=frame["imaginary_impedance_ohm"].to_numpy(),
        )
    )
    assert found.resistance_ohm == pytest.approx(INTERFACES_OHM[name], rel=0.01)
    assert abs(found.resistance_ohm - INTERFACES_OHM[name]) < 3 * found.uncertainty_ohm
    # Noise of 0.2 % a point, not the sixth digit, is what such a fit is good to.
    assert found.resistance_ohm == pytest.approx(
        interfacial_resistance(exact.sweep()).resistance_ohm, abs=0.1 * found.uncertainty_ohm
    )


@pytest.mark.parametrize("name", TRUTH)
def test_polarisation_is_within_20_mv_wherever_it_is_given(name):
    trace, truth = simulated.rate(name), TRUTH[name]
    frame, found = six_digits(trace)
    time_s, voltage_v, current_a = (
        frame[column].to_numpy() for column in ("test_time_second", "voltage_volt", "current_ampere")
    )
    steps = rate_steps(found.cycles)[:5]
    pairs = []
    for step, shift in zip(steps, window_shifts(steps), strict=True):
        last = step.cycles[-1]
        halves = found.half_cycles[2 * last.cycle_number - 2 : 2 * last.cycle_number]
        rows = [slice(half.first_row, half.last_row + 1) for half in halves]
        curves = [constant_current(time_s[each], voltage_v[each], current_a[each]) for each in rows]
        label = rate_label(step.discharge_ma / AREA_CM2 / truth.one_c_ma_cm2)
        pairs.append(
            RatePair(
                label,
                last.cycle_number,
                *curves,
                last.charge_capacity_mah,
                last.discharge_capacity_mah,
                shift,
            )
        )
    given = [one.value_v for one in polarisation(pairs).rates]
    cell = Cell(truth, 2)
    for value_v, rate in zip(given, RATES, strict=False):
        true_v = 2 * float(cell.overpotential_v(rate * cell.truth.one_c_ma_cm2, 1e9))
        assert value_v is None or abs(value_v - true_v) < 0.020
    if name.startswith("Nb2O5"):
        assert None not in given[:2]
