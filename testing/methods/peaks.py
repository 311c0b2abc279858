"""Polarisation over rate from the peaks of dQ/dV, one peak followed upward; where it is lost, the reason."""

from __future__ import annotations

from testing.calc import polarisation as calc
from testing.methods.base import Answer, Answers, Inputs, Method, NoNumber, Number, Output, Parameter
from testing.methods.measuring import cycles_of, half_curves, has_phase, named_steps

POLARISATION = "peak_polarisation_v"
CHARGE_PEAK = "charge_peak_v"
DISCHARGE_PEAK = "discharge_peak_v"
RATE = "rate"


def _compute(inputs: Inputs, *, smoothing_mv: float, largest_gap_mv: float) -> Answers:
    test = inputs.test
    if test.rows is None:
        raise ValueError("Polarisation not computed: the test has no data yet.")
    steps = named_steps(test, cycles_of(test, RATE))
    # Only upward: a low rate that comes back at the end is no further step of the same climb.
    climb = [steps[0]] if steps else []
    for step in steps[1:]:
        if step.step.discharge_ma <= climb[-1].step.discharge_ma:
            break
        climb.append(step)
    pairs = []
    for named, shift in zip(climb, calc.window_shifts([one.step for one in climb]), strict=True):
        cycle = named.last_whole
        if cycle is None or shift is None:
            break
        charge, discharge = half_curves(test.rows, cycle)
        pairs.append(
            calc.RatePair(
                named.variant or "the only rate",
                cycle.cycle_number,
                charge,
                discharge,
                cycle.charge_capacity_mah or 0.0,
                cycle.discharge_capacity_mah or 0.0,
                shift,
            )
        )
    found = calc.polarisation(pairs, smoothing_v=smoothing_mv / 1000, largest_gap_v=largest_gap_mv / 1000)
    answers: dict[str, list[Answer]] = {output.name: [] for output in METHOD.outputs}
    for one in found.rates:
        values = (one.value_v, one.charge_peak_v, one.discharge_peak_v)
        for output, value in zip(METHOD.outputs, values, strict=True):
            if value is None or one.gap_v is None:
                answers[output.name].append(NoNumber(one.reason, one.label))
                continue
            basis = (
                f"cycle {one.cycle_number} of {test.code} at {one.label}; Gaussian of {smoothing_mv:g} mV; "
                f"states of charge of the tops {1000 * one.gap_v:.0f} mV apart"
            )
            answers[output.name].append(Number(value, basis, None, one.label))
    return answers


METHOD = Method(
    name=calc.METHOD,
    version=calc.VERSION,
    scope="test",
    outputs=(
        Output(POLARISATION, "Peak polarisation", "V", "Charge peak minus discharge peak of dQ/dV."),
        Output(CHARGE_PEAK, "Charge peak of dQ/dV", "V", "Of the peak that is followed."),
        Output(DISCHARGE_PEAK, "Discharge peak of dQ/dV", "V", "Of the peak that is followed."),
    ),
    needs=frozenset({"cycles", "rows"}),
    compute=_compute,
    science="peak-polarisation",
    parameters=(
        Parameter("smoothing_mv", 1000 * calc.SMOOTHING_V, "Full width of the Gaussian", "mV"),
        Parameter("largest_gap_mv", 1000 * calc.LARGEST_GAP_V, "Largest distance of the tops' states", "mV"),
    ),
    applies=lambda inputs: any(has_phase(test, RATE) and len(test.cycles) > 1 for test in inputs.tests),
)
