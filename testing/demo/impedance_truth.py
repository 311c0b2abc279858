"""What is true of the simulated spectra: the resistances the reference paper prints, and what is assumed beside them.

Nat. Commun. 15, 10233 (2024), doi 10.1038/s41467-024-54331-w: 88 and 160 ohm of coated, 500 and 1350 ohm of uncoated
cells at 4.3 and 4.7 V after the rate test; in the first charge uncoated cells are higher by 60, 126, 235 and 164 % at
3.9, 4.3, 4.5 and 4.7 V. Capacitances, exponents, the tail of diffusion, the values at 4.5 V and the coated
ones in the first charge are assumed.
"""

from dataclasses import dataclass

import numpy as np

from testing.calc.spectra import Complexes, Floats

FAST_CAPACITANCE_F = 3e-7
FAST_EXPONENT = 0.9
SLOW_EXPONENT = 0.85
INDUCTANCE_H = 1e-7
SERIES_OHM = 70.0
FIRST_CHARGE_VOLTAGES = (3.9, 4.3, 4.5, 4.7)


@dataclass(frozen=True)
class ImpedanceTruth:
    """L-Rs-(R1Q1)-(R2Q2)-W of one spectrum: resistances in ohm, capacitances in F, the tail in ohm s^-1/2."""

    fast_ohm: float
    slow_ohm: float
    slow_capacitance_f: float
    warburg: float
    series_ohm: float = SERIES_OHM

    @property
    def interfacial_ohm(self) -> float:
        """What a fit must give: both arcs, the series part left out."""
        return self.fast_ohm + self.slow_ohm

    @property
    def slow_apex_hz(self) -> float:
        """Where the slow arc's imaginary part is largest."""
        return 1 / (2 * np.pi * self.slow_ohm * self.slow_capacitance_f)

    def scaled(self, factor: float) -> "ImpedanceTruth":
        """Return the same cell with interfaces so many times as resistive."""
        return ImpedanceTruth(
            self.fast_ohm * factor,
            self.slow_ohm * factor,
            self.slow_capacitance_f / factor,
            self.warburg,
            self.series_ohm,
        )

    def impedance(self, frequency_hz: Floats) -> Complexes:
        """Return the impedance in ohm at each frequency."""
        omega = 2 * np.pi * frequency_hz
        total = (
            1j * omega * INDUCTANCE_H
            + self.series_ohm
            + _arc(omega, self.fast_ohm, FAST_CAPACITANCE_F, FAST_EXPONENT)
            + _arc(omega, self.slow_ohm, self.slow_capacitance_f, SLOW_EXPONENT)
            + self.warburg * (1 - 1j) / np.sqrt(omega)
        )
        return np.asarray(total, dtype=np.complex128)


def _arc(omega: Floats, resistance: float, capacitance: float, exponent: float) -> Complexes:
    return np.asarray(resistance / (1 + (1j * omega * resistance * capacitance) ** exponent))


AFTER_RATE_TEST = {
    "Nb2O5-coated, 4.3 V": ImpedanceTruth(28, 60, 6e-5, 25),
    "Nb2O5-coated, 4.5 V": ImpedanceTruth(29, 86, 5.5e-5, 30),
    "Nb2O5-coated, 4.7 V": ImpedanceTruth(30, 130, 5e-5, 35),
    "uncoated, 4.3 V": ImpedanceTruth(40, 460, 4e-5, 60),
    "uncoated, 4.5 V": ImpedanceTruth(45, 805, 3.5e-5, 75),
    "uncoated, 4.7 V": ImpedanceTruth(50, 1300, 3e-5, 90),
}

COATED_IN_FIRST_CHARGE = (
    ImpedanceTruth(18, 30, 8e-5, 15),
    ImpedanceTruth(19, 33, 7.5e-5, 18),
    ImpedanceTruth(20, 38, 7e-5, 20),
    ImpedanceTruth(24, 56, 6e-5, 24),
)
UNCOATED_OVER_COATED = (1.60, 2.26, 3.35, 2.64)


def in_first_charge(*, coated: bool) -> dict[float, ImpedanceTruth]:
    """Return the truth at each potential (V vs Li) of the first charge."""
    found: dict[float, ImpedanceTruth] = {}
    for volt, truth, factor in zip(
        FIRST_CHARGE_VOLTAGES, COATED_IN_FIRST_CHARGE, UNCOATED_OVER_COATED, strict=True
    ):
        found[volt] = truth if coated else truth.scaled(factor)
    return found


@dataclass(frozen=True)
class PelletTruth:
    """An electrolyte between blocking electrodes: bulk and grain boundary as one arc, then the spike."""

    thickness_um: float = 1030.0
    area_cm2: float = 0.282743
    conductivity_25_ms_cm: float = 2.0
    activation_ev: float = 0.35
    arc_capacitance_f: float = 1e-10
    arc_exponent: float = 0.9
    spike_q: float = 2e-6
    spike_exponent: float = 0.9

    def conductivity_ms_cm(self, temperature_c: float) -> float:
        """Return sigma, with sigma T following one activation energy."""
        kelvin, room = temperature_c + 273.15, 298.15
        rise = np.exp(-self.activation_ev / 8.617333262e-5 * (1 / kelvin - 1 / room))
        return float(self.conductivity_25_ms_cm * room / kelvin * rise)

    def resistance_ohm(self, temperature_c: float) -> float:
        """Return thickness / (sigma area)."""
        return 1000 * self.thickness_um / 1e4 / (self.conductivity_ms_cm(temperature_c) * self.area_cm2)

    def impedance(self, frequency_hz: Floats, temperature_c: float) -> Complexes:
        """Return the impedance in ohm at each frequency."""
        omega = 2 * np.pi * frequency_hz
        resistance = self.resistance_ohm(temperature_c)
        arc = _arc(omega, resistance, self.arc_capacitance_f, self.arc_exponent)
        return np.asarray(arc + 1 / (self.spike_q * (1j * omega) ** self.spike_exponent))


PELLET = PelletTruth()
PELLET_TEMPERATURES_C = (-25.0, 0.0, 25.0, 60.0)
