"""Equivalent circuits of a cell: elements in series, their impedance and its slope in every parameter."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from testing.calc.spectra import Complexes, Floats

Kind = Literal["L", "R", "RQ", "W", "Q"]
Scale = Literal["log", "exponent"]

LOWEST_EXPONENT = 0.4

# Parameters of each kind of element: name, unit, and how the fit walks along it. An arc is given by its
# resistance and its time constant, not by Q: the two hardly influence each other, while R and Q do.
PARAMETERS: dict[Kind, tuple[tuple[str, str, Scale], ...]] = {
    "L": (("inductance", "H", "log"),),
    "R": (("series_resistance", "ohm", "log"),),
    "RQ": (("resistance", "ohm", "log"), ("time_constant", "s", "log"), ("exponent", "1", "exponent")),
    "W": (("warburg_coefficient", "ohm s^-1/2", "log"),),
    "Q": (("admittance", "s^n/ohm", "log"), ("exponent", "1", "exponent")),
}


@dataclass(frozen=True)
class Circuit:
    """Elements in series, written as the field writes them: ``L-Rs-(R1Q1)-(R2Q2)-W``."""

    name: str
    elements: tuple[Kind, ...]

    @property
    def scales(self) -> tuple[Scale, ...]:
        """How the fit walks along each parameter."""
        return tuple(scale for kind in self.elements for _, _, scale in PARAMETERS[kind])

    @property
    def arcs(self) -> tuple[int, ...]:
        """Position of each arc's first parameter."""
        return tuple(first for kind, first in self._positions() if kind == "RQ")

    def position(self, kind: Kind) -> int | None:
        """Return the position of the first parameter of the first element of a kind, None without one."""
        return next((first for found, first in self._positions() if found == kind), None)

    def impedance(self, omega: Floats, values: Floats) -> tuple[Complexes, Complexes]:
        """Return the impedance in ohm, shape (n,), and its slopes by ``walk``, shape (n, parameters).

        omega   Angular frequency in 1/s, shape (n,).
        values  Parameters in their units, in the order of ``elements``.
        """
        total = np.zeros(len(omega), dtype=np.complex128)
        slopes = np.empty((len(omega), len(values)), dtype=np.complex128)
        for kind, first in self._positions():
            count = len(PARAMETERS[kind])
            part, slope = _element(kind, omega, values[first : first + count])
            total += part
            slopes[:, first : first + count] = slope
        return total, slopes

    def walk(self, values: Floats) -> Floats:
        """Return the unbounded numbers that the fit walks on: logarithms, and logits of exponents."""
        walked = np.empty_like(values)
        for position, scale in enumerate(self.scales):
            value = values[position]
            if scale == "log":
                walked[position] = np.log(value)
            else:
                walked[position] = np.log((value - LOWEST_EXPONENT) / (1 - value))
        return walked

    def values(self, walked: Floats) -> Floats:
        """Return parameters in their units from the numbers that the fit walks on."""
        found = np.exp(np.clip(walked, -80, 80))
        for position, scale in enumerate(self.scales):
            if scale == "exponent":
                found[position] = LOWEST_EXPONENT + (1 - LOWEST_EXPONENT) / (1 + np.exp(-walked[position]))
        return np.asarray(found, dtype=np.float64)

    def unit_slopes(self, values: Floats) -> Floats:
        """Return d(value) / d(walked) for each parameter."""
        slopes = values.copy()
        for position, scale in enumerate(self.scales):
            if scale == "exponent":
                slopes[position] = (
                    (values[position] - LOWEST_EXPONENT) * (1 - values[position]) / (1 - LOWEST_EXPONENT)
                )
        return slopes

    def _positions(self) -> list[tuple[Kind, int]]:
        found: list[tuple[Kind, int]] = []
        first = 0
        for kind in self.elements:
            found.append((kind, first))
            first += len(PARAMETERS[kind])
        return found


def _element(kind: Kind, omega: Floats, values: Floats) -> tuple[Complexes, Complexes]:
    """Return an element's impedance and its slopes by the logarithm (by the logit for an exponent)."""
    part: Complexes
    if kind == "L":
        part = np.asarray(1j * omega * values[0], dtype=np.complex128)
        return part, part[:, None]
    if kind == "R":
        part = np.full(len(omega), values[0], dtype=np.complex128)
        return part, part[:, None]
    if kind == "W":
        part = np.asarray(values[0] * (1 - 1j) / np.sqrt(omega), dtype=np.complex128)
        return part, part[:, None]
    if kind == "Q":
        return _constant_phase(omega, float(values[0]), float(values[1]))
    return _arc(omega, *(float(value) for value in values))


def _arc(omega: Floats, resistance: float, time_s: float, exponent: float) -> tuple[Complexes, Complexes]:
    logarithm = np.asarray(np.log(omega * time_s) + 0.5j * np.pi, dtype=np.complex128)
    power = np.exp(exponent * logarithm)
    part = np.asarray(resistance / (1 + power), dtype=np.complex128)
    common = -part * power / (1 + power)
    by_logit = (exponent - LOWEST_EXPONENT) * (1 - exponent) / (1 - LOWEST_EXPONENT)
    return part, np.column_stack([part, common * exponent, common * logarithm * by_logit])


def _constant_phase(omega: Floats, admittance: float, exponent: float) -> tuple[Complexes, Complexes]:
    logarithm = np.asarray(np.log(omega) + 0.5j * np.pi, dtype=np.complex128)
    part = np.asarray(np.exp(-exponent * logarithm) / admittance, dtype=np.complex128)
    by_logit = (exponent - LOWEST_EXPONENT) * (1 - exponent) / (1 - LOWEST_EXPONENT)
    return part, np.column_stack([-part, -part * logarithm * by_logit])


ONE_ARC = Circuit("L-Rs-(R1Q1)", ("L", "R", "RQ"))
ONE_ARC_TAIL = Circuit("L-Rs-(R1Q1)-W", ("L", "R", "RQ", "W"))
TWO_ARCS = Circuit("L-Rs-(R1Q1)-(R2Q2)", ("L", "R", "RQ", "RQ"))
TWO_ARCS_TAIL = Circuit("L-Rs-(R1Q1)-(R2Q2)-W", ("L", "R", "RQ", "RQ", "W"))
# What an electrolyte between blocking electrodes is: bulk and grain boundaries, then the electrode's spike.
BLOCKING = Circuit("Rs-Q", ("R", "Q"))
BLOCKING_ONE_ARC = Circuit("(R1Q1)-Q", ("RQ", "Q"))
BLOCKING_SERIES_ARC = Circuit("Rs-(R1Q1)-Q", ("R", "RQ", "Q"))

CELL_CIRCUITS = (ONE_ARC, ONE_ARC_TAIL, TWO_ARCS, TWO_ARCS_TAIL)
BLOCKING_CIRCUITS = (BLOCKING, BLOCKING_ONE_ARC, BLOCKING_SERIES_ARC)
