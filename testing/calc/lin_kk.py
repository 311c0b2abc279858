"""Whether a spectrum can be the answer of a linear, causal and steady cell: the linear Kramers-Kronig test."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from testing.calc.spectra import Floats, Sweep

METHOD = "lin_kk"
VERSION = "1"

# With few elements the test of mu can be met at once, while the chain cannot yet follow the data.
ELEMENTS_PER_DECADE = 3
CUT_OFF = 0.85
MOST_ELEMENTS = 100
VALID_RESIDUAL = 0.01

Part = Literal["complex", "real"]


@dataclass(frozen=True)
class LinKK:
    """What a chain of resistors and capacitors leaves of a spectrum.

    elements         Number of RC elements M.
    mu               1 minus the share of negative in positive resistance; near 1 the chain underfits.
    residual_real    (Z - Z_chain)' / abs(Z), shape (n,), highest frequency first; a fraction.
    residual_imag    The same of the imaginary part.
    largest_residual The largest absolute value of both.
    at_hz            The frequency at which it stands.
    """

    elements: int
    mu: float
    residual_real: Floats
    residual_imag: Floats
    largest_residual: float
    at_hz: float
    method: str = METHOD
    method_version: str = VERSION

    @property
    def valid(self) -> bool:
        """Whether the largest residual is 1 % or less."""
        return self.largest_residual <= VALID_RESIDUAL


def lin_kk(
    sweep: Sweep,
    *,
    part: Part = "complex",
    elements_per_decade: int = ELEMENTS_PER_DECADE,
    cut_off: float = CUT_OFF,
    capacitance: bool = True,
) -> LinKK:
    """Fit a chain of RC elements with fixed time constants to a spectrum, and return what is left.

    sweep                The points, see ``testing.calc.spectra.sweep``.
    part                 Which part the resistances are fitted to: both, or the real one alone, with inductance
                         and capacitance from the imaginary one afterwards.
    elements_per_decade  The smallest chain tried; 0 starts at 3 elements as the method's authors do.
    cut_off              The chain grows by one element until mu falls below this.
    capacitance          A capacitor in series takes up the tail of diffusion and of electrodes that block.

    Every point weighs 1 / abs(Z). A series inductance is always part of the chain, or a cable would count as
    a fault of the cell. Raises ValueError for a sweep of less than one decade.
    Schönleber, Klotz, Ivers-Tiffée, Electrochim. Acta 131, 20 (2014), doi 10.1016/j.electacta.2014.01.034.
    Method "lin_kk", version "1": docs/science/lin-kk.md.

    >>> from testing.calc import spectra
    >>> f = np.logspace(5, 0, 51)
    >>> z = 70 + 100 / (1 + 2j * np.pi * f * 1e-3)
    >>> found = lin_kk(spectra.sweep(frequency_hz=f, real_ohm=z.real, imaginary_ohm=z.imag))
    >>> found.valid, found.elements
    (True, 15)
    """
    if sweep.decades < 1:
        raise ValueError(f"A sweep of {sweep.decades:.2g} decades is too short for the lin-KK test.")
    smallest = max(3, math.ceil(elements_per_decade * sweep.decades))
    most = min(MOST_ELEMENTS, max(smallest, 2 * len(sweep.frequency_hz) - 4))
    for elements in range(smallest, most + 1):
        resistances, model = _fitted(sweep, elements, part=part, capacitance=capacitance)
        mu = _mu(resistances)
        if mu < cut_off:
            break
    residual = (sweep.impedance_ohm - model) / np.abs(sweep.impedance_ohm)
    size = np.maximum(np.abs(residual.real), np.abs(residual.imag))
    worst = int(np.argmax(size))
    return LinKK(
        elements=elements,
        mu=mu,
        residual_real=residual.real,
        residual_imag=residual.imag,
        largest_residual=float(size[worst]),
        at_hz=float(sweep.frequency_hz[worst]),
    )


def _fitted(sweep: Sweep, elements: int, *, part: Part, capacitance: bool) -> tuple[Floats, Floats]:
    """Return the resistances of the chain, shape (elements,), and its impedance, shape (n,)."""
    omega, weight = sweep.omega, 1 / np.abs(sweep.impedance_ohm)
    time_s = np.geomspace(1 / omega[0], 1 / omega[-1], elements)
    chain = 1 / (1 + 1j * np.outer(omega, time_s))
    reactances = [1j * omega] + ([1 / (1j * omega)] if capacitance else [])
    resistive = np.column_stack([np.ones_like(chain[:, :1]), chain])
    reactive = np.column_stack(reactances)
    measured = sweep.impedance_ohm * weight
    if part == "complex":
        columns = np.column_stack([resistive, reactive]) * weight[:, None]
        rows = np.concatenate([columns.real, columns.imag])
        found = _solve(rows, np.concatenate([measured.real, measured.imag]))
    else:
        first = _solve((resistive * weight[:, None]).real, measured.real)
        rest = measured.imag - (resistive @ first).imag * weight
        found = np.concatenate([first, _solve((reactive * weight[:, None]).imag, rest)])
    model = np.column_stack([resistive, reactive]) @ found
    return found[1 : 1 + elements], model


def _solve(columns: Floats, values: Floats) -> Floats:
    """Return the least-squares solution; columns are scaled, as an inductance beside ohms is tiny."""
    scale = np.linalg.norm(columns, axis=0)
    solution = np.linalg.lstsq(columns / scale, values, rcond=None)[0]
    return np.asarray(solution / scale, dtype=np.float64)


def _mu(resistances: Floats) -> float:
    positive = float(resistances[resistances >= 0].sum())
    if positive == 0:
        return -math.inf
    return 1 + float(resistances[resistances < 0].sum()) / positive
