"""Spectra of cells that never existed, and a Squidstat's own export of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from testing.calc.spectra import Complexes, Floats, Sweep
from testing.demo.impedance_truth import AFTER_RATE_TEST, PELLET, in_first_charge
from testing.demo.squidstat_writer import ENCODING, Export
from testing.demo.truth import LTO_POTENTIAL_V, REPLICATES

POINTS_PER_DECADE = 10
# 0.2 % of abs(Z) on each part, as a good channel at a few millivolts.
NOISE = 0.002
REPLICATE_SPREAD = 0.015
HEADER = (
    "Step number,Step name,Elapsed Time (s),Frequency (Hz),|Z| (Ohms),Phase (deg),Z' (Ohms),-Z\" (Ohms),"
    "DC Working Electrode (V)"
)


@dataclass(frozen=True)
class SimulatedSweep:
    """One spectrum with the truth it was drawn from; ``voltage_v`` is that of the cell."""

    frequency_hz: Floats
    impedance_ohm: Complexes
    voltage_v: float
    interfacial_ohm: float
    series_ohm: float

    def sweep(self) -> Sweep:
        """Return the points as the calculations take them."""
        return Sweep(self.frequency_hz, self.impedance_ohm)


def simulate_impedance(condition: str, replicate: int = 2, *, drift: float = 0.0) -> SimulatedSweep:
    """Return a spectrum after the rate test, 1 MHz to 1 Hz.

    condition  A key of ``testing.demo.truth.TRUTH``. The middle replicate has the printed resistance.
    drift      Share by which the slow arc grows while the sweep is measured; most of the time goes into the
               lowest frequencies. The cell is then not steady, which the lin-KK test must see.

    >>> simulate_impedance("uncoated, 4.7 V").interfacial_ohm
    1350.0
    """
    if condition not in AFTER_RATE_TEST:
        raise ValueError(f"No simulated spectrum is called {condition!r}.")
    if replicate not in REPLICATES:
        raise ValueError(f"There are replicates 1 to 3, not {replicate}.")
    frequency = _frequencies(1e6, 1.0)
    factor = 1 + REPLICATE_SPREAD * (replicate - 2)
    truth = AFTER_RATE_TEST[condition].scaled(factor)
    impedance = truth.impedance(frequency)
    if drift:
        elapsed = np.cumsum(1 / frequency)
        grown = truth.scaled(1 + drift).impedance(frequency)
        impedance = impedance + (grown - impedance) * elapsed / elapsed[-1]
    seed = [list(AFTER_RATE_TEST).index(condition), replicate]
    # At the end of the rate test the cell is discharged.
    return SimulatedSweep(
        frequency, _noisy(impedance, seed), 1.62, float(truth.interfacial_ohm), truth.series_ohm
    )


def simulate_first_charge(condition: str, replicate: int = 2) -> tuple[SimulatedSweep, ...]:
    """Return the spectra in the first charge, at 3.9, 4.3, 4.5 and 4.7 V against Li."""
    coated = not condition.startswith("uncoated")
    frequency = _frequencies(1e6, 1.0)
    factor = 1 + REPLICATE_SPREAD * (replicate - 2)
    found: list[SimulatedSweep] = []
    for volt, truth in in_first_charge(coated=coated).items():
        own = truth.scaled(factor)
        points = _noisy(own.impedance(frequency), [int(10 * volt), int(coated), replicate])
        found.append(
            SimulatedSweep(
                frequency, points, volt - LTO_POTENTIAL_V, float(own.interfacial_ohm), own.series_ohm
            )
        )
    return tuple(found)


def simulate_pellet(temperature_c: float) -> SimulatedSweep:
    """Return the spectrum of the demo's Li6PS5Cl pellet between steel, 7 MHz to 0.1 Hz."""
    frequency = _frequencies(7e6, 0.1)
    points = _noisy(PELLET.impedance(frequency, temperature_c), [int(temperature_c + 300)])
    return SimulatedSweep(frequency, points, 0.0, 0.0, PELLET.resistance_ohm(temperature_c))


def _frequencies(highest_hz: float, lowest_hz: float) -> Floats:
    count = round(POINTS_PER_DECADE * np.log10(highest_hz / lowest_hz)) + 1
    return np.geomspace(highest_hz, lowest_hz, count)


def _noisy(impedance: Complexes, seed: Sequence[int]) -> Complexes:
    random = np.random.default_rng([7, *seed])
    noise = random.standard_normal(len(impedance)) + 1j * random.standard_normal(len(impedance))
    return np.asarray(impedance + NOISE * np.abs(impedance) * noise, dtype=np.complex128)


def write_impedance(
    sweeps: Sequence[SimulatedSweep], *, experiment: str, started_at: datetime, digits: int | None = None
) -> Export:
    """Return the sweeps as one element's export, one after the other, each from its highest frequency down.

    Raises ValueError for a start without a time zone.
    """
    if started_at.tzinfo is None:
        raise ValueError(f"The start {started_at} has no time zone.")
    form = "{!r}" if digits is None else f"{{:.{digits}g}}"
    lines = [HEADER]
    now_s = 0.0
    for number, one in enumerate(sweeps, start=1):
        for frequency, z in zip(one.frequency_hz.tolist(), one.impedance_ohm.tolist(), strict=True):
            now_s += 3 / frequency + 0.5
            values = (now_s, frequency, abs(z), np.degrees(np.angle(z)), z.real, -z.imag, one.voltage_v)
            lines.append(
                f"{number}_1,EIS Potentiostatic," + ",".join(form.format(float(value)) for value in values)
            )
    name = f"1_{experiment}-EIS {started_at:%Y%m%d %H%M%S}.csv"
    return Export(name, ("\n".join(lines) + "\n").encode(ENCODING))
