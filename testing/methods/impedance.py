"""What each impedance spectrum of a test says: whether it is valid, its circuit, and the cell's interfaces."""

from __future__ import annotations

from testing.calc import circuit_fit as calc
from testing.calc.lin_kk import lin_kk
from testing.calc.spectra import Sweep as CalcSweep
from testing.calc.spectra import sweep as calc_sweep
from testing.methods.base import (
    Answer,
    Answers,
    Inputs,
    Measured,
    Method,
    NoNumber,
    Number,
    Output,
    Parameter,
    Sweep,
)

INTERFACIAL = "interfacial_resistance_ohm"
SERIES = "series_resistance_ohm"
RESIDUAL = "lin_kk_residual"
ARC = "arc_resistance_ohm"


def points_of(one: Sweep, *, lowest_hz: float = 0.0, highest_hz: float = 0.0) -> CalcSweep:
    """Return a sweep as ``testing.calc`` takes it, cut to a window of frequency; 0 is no limit."""
    points = calc_sweep(
        frequency_hz=one.frequency_hz,
        real_ohm=one.real_impedance_ohm,
        imaginary_ohm=one.imaginary_impedance_ohm,
    )
    return points.between(lowest_hz=lowest_hz or None, highest_hz=highest_hz or None)


def sweep_variants(test: Measured) -> list[str]:
    """Return what tells a test's sweeps apart: nothing for the only one, its voltage, or its place in its file."""
    if len(test.sweeps) == 1:
        return [""]
    voltages = [None if one.mean_voltage_v is None else f"{one.mean_voltage_v:.2f} V" for one in test.sweeps]
    if None not in voltages and len(set(voltages)) == len(voltages):
        return [str(voltage) for voltage in voltages]
    return [one.variant for one in test.sweeps]


def _compute(inputs: Inputs, *, starts: int, lowest_hz: float, highest_hz: float) -> Answers:
    test = inputs.test
    found: dict[str, list[Answer]] = {output.name: [] for output in METHOD.outputs}
    for one, variant in zip(test.sweeps, sweep_variants(test), strict=True):
        try:
            points = points_of(one, lowest_hz=lowest_hz, highest_hz=highest_hz)
            residual = lin_kk(points)
        except ValueError as problem:
            for answers in found.values():
                answers.append(NoNumber(f"EIS not fitted: {problem}", variant))
            continue
        found[RESIDUAL].append(
            Number(
                residual.largest_residual,
                f"largest of {len(points.frequency_hz)} points, at {residual.at_hz:.3g} Hz; "
                f"{residual.elements} elements, mu {residual.mu:.3f}; {one.variant} of {test.code}",
                None,
                variant,
            )
        )
        try:
            _fitted(found, calc.interfacial_resistance(points, starts=starts), one, test, variant)
        except ValueError as problem:
            for name in (INTERFACIAL, SERIES, ARC):
                found[name].append(NoNumber(str(problem), variant))
    return found


def _fitted(
    found: dict[str, list[Answer]], one: calc.Interfaces, sweep: Sweep, test: Measured, variant: str
) -> None:
    fit = one.fit
    basis = (
        f"{fit.circuit.name}, {fit.lowest_hz:.3g} to {fit.highest_hz:.3g} Hz, modulus weighting, misfit "
        f"{100 * fit.rms_residual:.2f} % of |Z|, {fit.agreeing_starts} of {fit.starts} starts agree; "
        f"{sweep.variant} of {test.code}"
    )
    warned = basis + "".join(f"; {warning}" for warning in one.warnings)
    arcs = " + ".join(f"{arc.resistance_ohm:.4g}" for arc in fit.arcs)
    found[INTERFACIAL].append(
        Number(
            one.resistance_ohm,
            f"{arcs} ohm, both interfaces, series part left out; {warned}",
            one.uncertainty_ohm,
            variant,
        )
    )
    if one.series_ohm is None:
        found[SERIES].append(NoNumber(f"{fit.circuit.name} has no series part.", variant))
    else:
        found[SERIES].append(Number(one.series_ohm, warned, one.series_uncertainty_ohm, variant))
    for number, arc in enumerate(fit.arcs, start=1):
        found[ARC].append(
            Number(
                arc.resistance_ohm,
                f"apex at {arc.apex_hz:.3g} Hz, capacitance {arc.effective_capacitance_f:.2g} F, exponent "
                f"{arc.exponent:.2f}; {basis}",
                arc.resistance_uncertainty_ohm,
                ", ".join(part for part in (variant, f"arc {number}") if part),
            )
        )


def _has_interfaces(inputs: Inputs) -> bool:
    return inputs.architecture != "blocking" and any(test.sweep_count for test in inputs.tests)


METHOD = Method(
    name=calc.METHOD,
    version=calc.VERSION,
    scope="test",
    outputs=(
        Output(
            INTERFACIAL,
            "Interfacial resistance",
            "ohm",
            "Both interfaces together, the series part left out.",
        ),
        Output(SERIES, "Series resistance", "ohm", "Electrolyte, contacts and cables."),
        Output(ARC, "Resistance of an arc", "ohm", "Each arc of the circuit, the fastest first."),
        Output(
            RESIDUAL,
            "lin-KK residual",
            "fraction",
            "Largest residual of the validity test; up to 1 % passes.",
        ),
    ),
    needs=frozenset({"spectra"}),
    compute=_compute,
    science="interfacial-resistance",
    parameters=(
        Parameter("starts", calc.STARTS, "Starting points of each fit"),
        Parameter("lowest_hz", 0.0, "Lowest frequency fitted (0: all)", "Hz"),
        Parameter("highest_hz", 0.0, "Highest frequency fitted (0: all)", "Hz"),
    ),
    applies=_has_interfaces,
)
