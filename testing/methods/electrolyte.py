"""What an electrolyte conducts and stands: pellets between blocking electrodes, voltammograms, rising currents."""

from __future__ import annotations

from testing.calc import circuit_fit, conduction, critical_current, voltammetry
from testing.methods.base import (
    Answer,
    Answers,
    Basis,
    Inputs,
    Measured,
    Method,
    NoNumber,
    Number,
    Output,
    Parameter,
)
from testing.methods.impedance import points_of, sweep_variants
from testing.methods.measuring import columns, has_phase

RESISTANCE = "electrolyte_resistance_ohm"
CONDUCTIVITY = "ionic_conductivity_ms_cm"
ACTIVATION = "activation_energy_ev"
ONSET = "oxidation_onset_v"
IRREVERSIBLE = "irreversible_charge_mah"
CRITICAL = "critical_current_ma"
BLOCKING, SYMMETRIC = "blocking", "symmetric"


def _pellet(test: Measured, basis: Basis | None) -> dict[str, list[Answer]]:
    """Return resistance and conductivity of each sweep of a pellet."""
    found: dict[str, list[Answer]] = {RESISTANCE: [], CONDUCTIVITY: []}
    for one, variant in zip(test.sweeps, sweep_variants(test), strict=True):
        try:
            fit = circuit_fit.blocking_resistance(points_of(one))
        except ValueError as problem:
            for answers in found.values():
                answers.append(NoNumber(str(problem), variant))
            continue
        ohm, uncertainty = circuit_fit.electrolyte_resistance(fit)
        warm = "" if test.temperature_c is None else f" at {test.temperature_c:g} °C"
        told = f"{fit.circuit.name}, everything but the spike, misfit {100 * fit.rms_residual:.2f} %{warm}, {test.code}"
        found[RESISTANCE].append(Number(ohm, told, uncertainty, variant))
        found[CONDUCTIVITY].append(_conductivity(ohm, uncertainty, basis, told, variant))
    return found


def _conductivity(ohm: float, uncertainty: float, basis: Basis | None, told: str, variant: str) -> Answer:
    if basis is None or basis.area_cm2 is None or basis.pellet_thickness_um is None:
        missing = "area" if basis is None or basis.area_cm2 is None else "thickness of the pellet"
        return NoNumber(f"Conductivity not computed: the {missing} is not recorded.", variant)
    thickness, area = basis.pellet_thickness_um, basis.area_cm2
    one = conduction.conductivity(
        resistance_ohm=ohm,
        thickness_um=thickness.value,
        area_cm2=area.value,
        resistance_uncertainty_ohm=uncertainty,
        thickness_uncertainty_um=thickness.uncertainty or 0.0,
        area_uncertainty_cm2=area.uncertainty or 0.0,
    )
    whole = thickness.uncertainty is not None and area.uncertainty is not None
    return Number(
        one.value_ms_cm,
        f"{thickness.value:g} um over {ohm:.5g} ohm and {area.value:.5g} cm2; {told}"
        + ("" if whole else "; no uncertainty is stated of thickness or area, so none is given"),
        one.uncertainty_ms_cm if whole else None,
        variant,
    )


def _compute_conductivity(inputs: Inputs) -> Answers:
    return _pellet(inputs.test, inputs.basis)


def _is_pellet(inputs: Inputs) -> bool:
    return inputs.architecture == BLOCKING and any(test.sweep_count for test in inputs.tests)


CONDUCTION = Method(
    name=conduction.METHOD,
    version=conduction.VERSION,
    scope="test",
    outputs=(
        Output(RESISTANCE, "Electrolyte resistance", "ohm", "Bulk and grain boundaries together."),
        Output(CONDUCTIVITY, "Ionic conductivity", "mS/cm", "Thickness over resistance and area."),
    ),
    needs=frozenset({"spectra", "basis"}),
    compute=_compute_conductivity,
    science="ionic-conductivity",
    applies=_is_pellet,
)


def _compute_activation(inputs: Inputs) -> Answers:
    temperatures: list[float] = []
    conductivities: list[float] = []
    for test in inputs.tests:
        if test.temperature_c is None:
            continue
        for answer in _pellet(test, inputs.basis)[CONDUCTIVITY]:
            if isinstance(answer, Number):
                temperatures.append(test.temperature_c)
                conductivities.append(answer.value)
    one = conduction.activation_energy(temperatures, conductivities)
    listed = ", ".join(f"{celsius:g}" for celsius in sorted(set(temperatures)))
    return {
        ACTIVATION: Number(
            one.energy_ev,
            f"ln(sigma T) over 1/T at {listed} °C, n = {one.n}, r² = {one.r_squared:.4f}; "
            f"{one.energy_kj_mol:.3g} kJ/mol",
            one.uncertainty_ev,
        )
    }


ACTIVATION_ENERGY = Method(
    name="activation_energy",
    version=conduction.VERSION,
    scope="cell",
    outputs=(
        Output(ACTIVATION, "Activation energy", "eV", "Of conduction, over the temperatures of its tests."),
    ),
    needs=frozenset({"spectra", "basis"}),
    compute=_compute_activation,
    science="ionic-conductivity",
    applies=lambda inputs: _is_pellet(inputs) and sum(bool(test.sweep_count) for test in inputs.tests) > 1,
)


def _compute_voltammetry(inputs: Inputs, *, threshold_ua_cm2: float) -> Answers:
    test = inputs.test
    time, voltage, current = columns(test)
    current_ma = 1000 * current
    halves = voltammetry.sweeps(time, voltage)
    charges: list[Answer] = [
        Number(
            one.irreversible_mah,
            f"{one.anodic_mah:.4g} mAh oxidised less {one.cathodic_mah:.4g} mAh reduced, {test.code}",
            None,
            f"cycle {one.cycle_number}",
        )
        for one in voltammetry.cycle_charges(time, current_ma, halves)
    ]
    area = inputs.basis.area_cm2 if inputs.basis else None
    if area is None:
        return {ONSET: NoNumber("Onset not computed: the area is not recorded."), IRREVERSIBLE: charges}
    rising = [half for half in halves if half.direction == "up"]
    onsets: list[Answer] = []
    for number, half in enumerate(rising, start=1):
        rows, variant = slice(half.first_row, half.last_row + 1), f"sweep {number}"
        try:
            one = voltammetry.onset(
                voltage[rows], current_ma[rows], area_cm2=area.value, threshold_ua_cm2=threshold_ua_cm2
            )
        except ValueError as problem:
            onsets.append(NoNumber(str(problem), variant))
            continue
        onsets.append(
            Number(
                one.voltage_v,
                f"{threshold_ua_cm2:g} uA/cm2 above a baseline of {one.baseline_ua_cm2:.2g} uA/cm2 between "
                f"{one.baseline_v[0]:.2f} and {one.baseline_v[1]:.2f} V, {half.rate_mv_s:.3g} mV/s, {test.code}",
                None,
                variant,
            )
        )
    return {ONSET: onsets, IRREVERSIBLE: charges}


VOLTAMMETRY = Method(
    name=voltammetry.METHOD,
    version=voltammetry.VERSION,
    scope="test",
    outputs=(
        Output(
            ONSET, "Onset of oxidation", "V", "Where the current leaves its baseline by a stated threshold."
        ),
        Output(IRREVERSIBLE, "Irreversible charge", "mAh", "Oxidised less reduced, of each cycle of sweeps."),
    ),
    needs=frozenset({"rows", "basis"}),
    compute=_compute_voltammetry,
    science="electrolyte-voltammetry",
    parameters=(
        Parameter("threshold_ua_cm2", voltammetry.THRESHOLD_UA_CM2, "Threshold of the onset", "uA/cm2"),
    ),
    applies=lambda inputs: any(has_phase(test, "cv") and test.rows is not None for test in inputs.tests),
)


def _compute_critical(inputs: Inputs, *, largest_fall: float) -> Answers:
    test = inputs.test
    time, voltage, current = columns(test)
    # Area cancels in a fall; mA per cm2 follows from the cell's own area wherever the number is shown.
    levels = critical_current.current_levels(time, voltage, 1000 * current, area_cm2=1.0)
    one = critical_current.critical_current(levels, largest_fall=largest_fall)
    if one.reached_ma_cm2 is None:
        raise ValueError(
            f"Critical current not computed: the resistance fell by {100 * (one.fall or 0):.0f} % in the first step."
        )
    told = (
        "no step shorted, so it is above this"
        if one.shorted_at_ma_cm2 is None
        else f"the step of {one.shorted_at_ma_cm2:.4g} mA fell by {100 * (one.fall or 0):.0f} %"
    )
    return {
        CRITICAL: Number(
            one.reached_ma_cm2, f"largest current passed in both directions, {told}; {test.code}"
        )
    }


CRITICAL_CURRENT = Method(
    name=critical_current.METHOD,
    version=critical_current.VERSION,
    scope="test",
    outputs=(
        Output(CRITICAL, "Critical current", "mA", "Largest current passed before the resistance fell."),
    ),
    needs=frozenset({"rows"}),
    compute=_compute_critical,
    science="critical-current",
    parameters=(
        Parameter("largest_fall", critical_current.LARGEST_FALL, "Fall that is a short", "fraction"),
    ),
    applies=lambda inputs: (
        inputs.architecture == SYMMETRIC
        and any(test.phase == "other" and test.rows is not None for test in inputs.tests)
    ),
)
