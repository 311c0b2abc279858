"""Fitting circuits to a spectrum, choosing among them, and what the chosen one says of interfaces."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from testing.calc.circuits import (
    BLOCKING_CIRCUITS,
    CELL_CIRCUITS,
    LOWEST_EXPONENT,
    PARAMETERS,
    Circuit,
)
from testing.calc.lin_kk import LinKK, lin_kk
from testing.calc.spectra import Floats, Sweep

METHOD = "circuit_fit"
VERSION = "1"

STARTS = 5
SEED = 20140118
# A resistance that is known to worse than this share of itself does not stand for anything in the cell.
LARGEST_SHARE_UNKNOWN = 0.5
MOST_EVALUATIONS = 300
# What the fit leaves, as a root mean square of fractions; above it the circuit is not a model of the cell.
LARGEST_MISFIT = 0.03


@dataclass(frozen=True)
class Arc:
    """A resistance beside a constant phase element.

    effective_capacitance_f  (R^(1-n) Q)^(1/n), by which an arc is assigned to a process.
    apex_hz                  Where its imaginary part is largest.
    """

    resistance_ohm: float
    resistance_uncertainty_ohm: float
    q: float
    exponent: float
    effective_capacitance_f: float
    apex_hz: float


@dataclass(frozen=True)
class CircuitFit:
    """A circuit fitted to a sweep; uncertainties are absolute, k = 1.

    parameters     name -> value, arcs numbered from the fastest: ``resistance_1`` in ohm, ``time_constant_1`` in
                   s, ``exponent_1``, ``inductance`` in H, ``series_resistance`` in ohm, ``warburg_coefficient``.
    covariance     Of the parameters in their order and units, shape (p, p).
    chi_squared    Sum of squared residuals, each a fraction of abs(Z).
    rms_residual   Their root mean square.
    bic            Bayesian information criterion; the smallest of several circuits is taken.
    starts         How many starting points were tried, and how many of them ended within 1 % of the best.
    """

    circuit: Circuit
    parameters: dict[str, float]
    covariance: Floats
    arcs: tuple[Arc, ...]
    chi_squared: float
    rms_residual: float
    bic: float
    starts: int
    agreeing_starts: int
    lowest_hz: float
    highest_hz: float
    method: str = METHOD
    method_version: str = VERSION

    def uncertainty(self, name: str) -> float:
        """Return the standard uncertainty of a parameter."""
        position = list(self.parameters).index(name)
        return float(math.sqrt(max(self.covariance[position, position], 0.0)))

    @property
    def determined(self) -> bool:
        """Whether every resistance is known to better than half of itself."""
        named = [name for name in self.parameters if "resistance" in name or name == "warburg_coefficient"]
        return all(self.uncertainty(name) < LARGEST_SHARE_UNKNOWN * self.parameters[name] for name in named)


@dataclass(frozen=True)
class Interfaces:
    """What a spectrum says of a cell's interfaces, the series part left out. Uncertainties are absolute, k = 1.

    resistance_ohm      R1 + R2 over both electrodes.
    asr_ohm_cm2         The same times the area; both interfaces together.
    fit                 The circuit chosen, and lin_kk the test that came before it.
    warnings            Sentences that belong beside the number.
    """

    resistance_ohm: float
    uncertainty_ohm: float
    series_ohm: float | None
    series_uncertainty_ohm: float | None
    fit: CircuitFit
    lin_kk: LinKK
    warnings: tuple[str, ...]

    def asr_ohm_cm2(self, area_cm2: float) -> float:
        """Return the resistance times ``area_cm2``: of both interfaces together."""
        return self.resistance_ohm * area_cm2


def fit_circuit(sweep: Sweep, circuit: Circuit, *, starts: int = STARTS, seed: int = SEED) -> CircuitFit:
    """Fit a circuit to a sweep from several starting points and return the best.

    Residuals are divided by abs(Z) (modulus weighting). The first start is read off the spectrum, the others
    are drawn around it from ``seed``, so that the same spectrum always gives the same numbers. The covariance
    is s^2 (J'J)^-1. Raises ValueError if the sweep holds fewer points than the circuit has parameters.
    Method "circuit_fit", version "1": docs/science/circuit-fit.md.

    >>> from testing.calc import circuits, spectra
    >>> f = np.logspace(5, 0, 51)
    >>> z = 70 + 100 / (1 + (2j * np.pi * f * 1e-3) ** 0.9)
    >>> found = fit_circuit(spectra.sweep(frequency_hz=f, real_ohm=z.real, imaginary_ohm=z.imag),
    ...                     circuits.Circuit("Rs-(R1Q1)", ("R", "RQ")))
    >>> round(found.arcs[0].resistance_ohm, 3), round(found.arcs[0].apex_hz, 1)
    (100.0, 159.2)
    """
    count = len(circuit.scales)
    if len(sweep.frequency_hz) <= count:
        raise ValueError(
            f"{circuit.name} has {count} parameters, and the sweep only {len(sweep.frequency_hz)} points."
        )
    omega, measured = sweep.omega, sweep.impedance_ohm
    weight = 1 / np.abs(measured)

    def residuals(walked: Floats) -> Floats:
        off = (circuit.impedance(omega, circuit.values(walked))[0] - measured) * weight
        return np.concatenate([off.real, off.imag])

    def slopes(walked: Floats) -> Floats:
        slope = circuit.impedance(omega, circuit.values(walked))[1] * weight[:, None]
        return np.concatenate([slope.real, slope.imag])

    found = [
        least_squares(residuals, start, jac=slopes, method="lm", max_nfev=MOST_EVALUATIONS, xtol=1e-10)
        for start in _starting_points(sweep, circuit, starts, seed)
    ]
    best = min(found, key=lambda one: float(one.cost))
    agreeing = sum(one.cost <= 1.01 * best.cost + 1e-15 for one in found)
    return _described(sweep, circuit, best.x, best.jac, 2 * float(best.cost), starts, agreeing)


def _starting_points(sweep: Sweep, circuit: Circuit, starts: int, seed: int) -> list[Floats]:
    """Return a start read off the spectrum, and others drawn around it."""
    random = np.random.default_rng(seed)
    impedance, omega = sweep.impedance_ohm, sweep.omega
    low = float(max(impedance.real.min(), 1e-3 * np.abs(impedance).max()))
    span = float(max(np.ptp(impedance.real), 1e-3 * np.abs(impedance).max()))
    # Where the spectrum ends low, its tail; where it begins high, its cable.
    tail = float(max(-impedance[-1].imag, 1e-3 * span))
    cable = float(max(impedance[0].imag, 1e-3 * span) / omega[0])
    arcs = len(circuit.arcs)
    points: list[Floats] = []
    for number in range(starts):
        drawn = number > 0
        shares = random.dirichlet(np.ones(arcs)) if drawn and arcs else np.full(arcs, 1 / max(arcs, 1))
        places = np.sort(random.uniform(0, 1, arcs)) if drawn else (np.arange(arcs) + 1) / (arcs + 1)
        times = np.exp(np.log(1 / omega[0]) + places * np.log(omega[0] / omega[-1]))
        factor = random.lognormal(0, 0.7) if drawn else 1.0
        exponent = float(random.uniform(0.65, 0.95)) if drawn else 0.85
        values: list[float] = []
        arc = 0
        for kind in circuit.elements:
            if kind == "L":
                values.append(cable * factor)
            elif kind == "R":
                values.append(low * factor)
            elif kind == "W":
                values.append(0.3 * tail * math.sqrt(omega[-1]) * factor)
            elif kind == "Q":
                values += [factor / (tail * omega[-1] ** exponent), exponent]
            else:
                values += [span * shares[arc] + 1e-3 * span, times[arc], exponent]
                arc += 1
        points.append(circuit.walk(np.array(values)))
    return points


def _described(
    sweep: Sweep,
    circuit: Circuit,
    walked: Floats,
    jacobian: Floats,
    chi_squared: float,
    starts: int,
    agreeing: int,
) -> CircuitFit:
    values = circuit.values(walked)
    points, count = 2 * len(sweep.frequency_hz), len(values)
    variance = chi_squared / (points - count)
    # A parameter that the data do not touch makes J'J singular; its uncertainty is then huge, as it must be.
    covariance = variance * np.linalg.pinv(jacobian.T @ jacobian, rcond=1e-14, hermitian=True)
    scale = circuit.unit_slopes(values)
    covariance = covariance * np.outer(scale, scale)
    untouched = np.linalg.norm(jacobian, axis=0) < 1e-9
    covariance[untouched, untouched] = np.inf
    order = _fastest_first(circuit, values)
    names, values, covariance = _names(circuit), values[order], covariance[np.ix_(order, order)]
    return CircuitFit(
        circuit=circuit,
        parameters=dict(zip(names, (float(value) for value in values), strict=True)),
        covariance=covariance,
        arcs=_arcs(circuit, values, covariance),
        chi_squared=chi_squared,
        rms_residual=math.sqrt(chi_squared / points),
        bic=points * math.log(max(chi_squared, 1e-30) / points) + count * math.log(points),
        starts=starts,
        agreeing_starts=agreeing,
        lowest_hz=float(sweep.frequency_hz[-1]),
        highest_hz=float(sweep.frequency_hz[0]),
    )


def _fastest_first(circuit: Circuit, values: Floats) -> npt.NDArray[np.int64]:
    """Return the order of parameters in which the arcs come by rising time constant."""
    order = np.arange(len(values))
    by_time = sorted(circuit.arcs, key=lambda first: float(values[first + 1]))
    for place, source in zip(circuit.arcs, by_time, strict=True):
        order[place : place + 3] = np.arange(source, source + 3)
    return order


def _names(circuit: Circuit) -> list[str]:
    names: list[str] = []
    arc = 0
    for kind in circuit.elements:
        arc += kind == "RQ"
        own = [name for name, _, _ in PARAMETERS[kind]]
        if kind == "RQ":
            own = [f"{name}_{arc}" for name in own]
        elif kind == "Q":
            own = ["blocking_admittance", "blocking_exponent"]
        names += own
    return names


def _arcs(circuit: Circuit, values: Floats, covariance: Floats) -> tuple[Arc, ...]:
    found: list[Arc] = []
    for first in circuit.arcs:
        resistance, time_s, exponent = (float(value) for value in values[first : first + 3])
        found.append(
            Arc(
                resistance_ohm=resistance,
                resistance_uncertainty_ohm=math.sqrt(max(float(covariance[first, first]), 0.0)),
                q=time_s**exponent / resistance,
                exponent=exponent,
                effective_capacitance_f=time_s / resistance,
                apex_hz=1 / (2 * math.pi * time_s),
            )
        )
    return tuple(found)


def choose_circuit(
    sweep: Sweep,
    *,
    candidates: Sequence[Circuit] = CELL_CIRCUITS,
    starts: int = STARTS,
) -> CircuitFit:
    """Fit each candidate and return the one with the smallest Bayesian information criterion.

    One whose resistances the data do not determine is not taken, however well it fits. Raises ValueError with
    the reason if none is left, or if even the best leaves more than 3 % of abs(Z).
    """
    usable = [circuit for circuit in candidates if len(circuit.scales) < len(sweep.frequency_hz)]
    fits = [fit_circuit(sweep, circuit, starts=starts) for circuit in usable]
    determined = [fit for fit in fits if fit.determined]
    if not determined:
        raise ValueError(
            f"EIS not fitted: no circuit of {', '.join(one.name for one in candidates)} is determined "
            f"by the {len(sweep.frequency_hz)} points."
        )
    best = min(determined, key=lambda fit: fit.bic)
    if best.rms_residual > LARGEST_MISFIT:
        raise ValueError(
            f"EIS not fitted: the best circuit, {best.circuit.name}, leaves {100 * best.rms_residual:.1f} % "
            f"of |Z|, above {100 * LARGEST_MISFIT:g} %."
        )
    return best


def interfacial_resistance(
    sweep: Sweep,
    *,
    candidates: Sequence[Circuit] = CELL_CIRCUITS,
    starts: int = STARTS,
    lin_kk_limit: float = 0.01,
) -> Interfaces:
    """Return the resistance of a cell's interfaces: the sum of its arcs, the series part left out.

    sweep         The points, see ``testing.calc.spectra.sweep``.
    candidates    Circuits to choose among.
    lin_kk_limit  A larger lin-KK residual (fraction) does not forbid the fit but is said beside it.

    The lin-KK test comes first. The fit is refused, with the reason, only where the apex of its slowest arc lies
    below the lowest frequency measured: the arc is then not seen, and its size a guess. What remains of a
    closing arc above that is fitted, not read off: Re(lowest) - Re(highest) errs from -8 to +10 %.
    Raises ValueError with the reason. Docs: docs/science/interfacial-resistance.md.

    >>> from testing.calc import spectra
    >>> f = np.logspace(6, 0, 61)
    >>> z = 70 + 28 / (1 + (2j * np.pi * f * 8e-6) ** 0.9) + 60 / (1 + (2j * np.pi * f * 2e-3) ** 0.85)
    >>> found = interfacial_resistance(
    ...     spectra.sweep(frequency_hz=f, real_ohm=z.real, imaginary_ohm=z.imag))
    >>> round(found.resistance_ohm, 2), round(found.series_ohm, 2), found.fit.circuit.name
    (88.0, 70.0, 'L-Rs-(R1Q1)-(R2Q2)')
    """
    test = lin_kk(sweep)
    fit = choose_circuit(sweep, candidates=candidates, starts=starts)
    slowest = fit.arcs[-1] if fit.arcs else None
    if slowest is None:
        raise ValueError(f"EIS not fitted: {fit.circuit.name} has no arc, so there is no interface in it.")
    if slowest.apex_hz < fit.lowest_hz:
        raise ValueError(
            f"EIS not fitted: the slowest arc peaks at {slowest.apex_hz:.3g} Hz, below the lowest frequency "
            f"measured, {fit.lowest_hz:.3g} Hz; measure to lower frequencies."
        )
    positions = [list(fit.parameters).index(f"resistance_{n}") for n in range(1, len(fit.arcs) + 1)]
    variance = float(fit.covariance[np.ix_(positions, positions)].sum())
    series = fit.parameters.get("series_resistance")
    return Interfaces(
        resistance_ohm=sum(arc.resistance_ohm for arc in fit.arcs),
        uncertainty_ohm=math.sqrt(max(variance, 0.0)),
        series_ohm=series,
        series_uncertainty_ohm=None if series is None else fit.uncertainty("series_resistance"),
        fit=fit,
        lin_kk=test,
        warnings=_warnings(test, fit, lin_kk_limit),
    )


def _warnings(test: LinKK, fit: CircuitFit, lin_kk_limit: float) -> tuple[str, ...]:
    told: list[str] = []
    if test.largest_residual > lin_kk_limit:
        told.append(
            f"The lin-KK test leaves {100 * test.largest_residual:.2g} % at {test.at_hz:.3g} Hz, above "
            f"{100 * lin_kk_limit:g} %: the cell may have drifted while it was measured."
        )
    told += [
        f"Arc {number} has the exponent {arc.exponent:.2f}, at the edge of what an arc is."
        for number, arc in enumerate(fit.arcs, start=1)
        if arc.exponent < LOWEST_EXPONENT + 0.05
    ]
    if fit.agreeing_starts == 1 and fit.starts > 1:
        told.append(f"Only one of {fit.starts} starts found this fit; another circuit may fit as well.")
    return tuple(told)


def blocking_resistance(sweep: Sweep, *, starts: int = STARTS) -> CircuitFit:
    """Return the circuit of an electrolyte between blocking electrodes: its arcs or series part, then a spike.

    The resistance of the electrolyte is ``electrolyte_resistance(fit)``. Raises ValueError as ``choose_circuit``.
    """
    return choose_circuit(sweep, candidates=BLOCKING_CIRCUITS, starts=starts)


def electrolyte_resistance(fit: CircuitFit) -> tuple[float, float]:
    """Return the resistance of everything but the spike in ohm, and its uncertainty (k = 1).

    Bulk and grain boundaries together: what the low-frequency end of the arc, or the foot of the spike, reads.
    """
    positions = [position for position, name in enumerate(fit.parameters) if "resistance" in name]
    values = np.array(list(fit.parameters.values()))[positions]
    variance = float(fit.covariance[np.ix_(positions, positions)].sum())
    return float(values.sum()), math.sqrt(max(variance, 0.0))
