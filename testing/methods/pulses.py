"""Direct-current resistance: of pulses at a stated time, and of the turn from charge to discharge."""

from __future__ import annotations

from testing.calc import pulses as calc
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
)
from testing.methods.measuring import ROW_COLUMNS, columns, named_steps, variants

RESISTANCE = "dc_resistance_ohm"
FIRST_POINT = "dc_resistance_first_point_ohm"
REVERSAL = "reversal_resistance_ohm"
# Steps to rest are relaxations, and a charge of hours is no pulse.
LONGEST_PULSE_S = 300.0


def _compute_pulses(inputs: Inputs, *, after_s: float) -> Answers:
    test = inputs.test
    time, voltage, current = columns(test)
    steps = [
        step
        for step in calc.current_steps(time, voltage, current)
        if step.lasted_s <= LONGEST_PULSE_S and abs(step.after_a) > abs(step.before_a) / 2
    ]
    if not steps:
        raise ValueError(
            f"DC resistance not computed: {test.code} has no pulse of {LONGEST_PULSE_S:g} s or less."
        )
    names = variants([f"{after_s:g} s, {1000 * step.after_a:+.3g} mA" for step in steps])
    found: dict[str, list[Answer]] = {RESISTANCE: [], FIRST_POINT: []}
    for variant, step in zip(names, steps, strict=True):
        try:
            one = calc.dc_resistance(time, voltage, step, after_s=after_s)
        except ValueError as problem:
            for answers in found.values():
                answers.append(NoNumber(str(problem), variant))
            continue
        basis = f"{after_s:g} s after a step of {one.step_ma:+.4g} mA from {one.start_voltage_v:.4f} V, {test.code}"
        found[RESISTANCE].append(Number(one.resistance_ohm, basis, None, variant))
        found[FIRST_POINT].append(
            Number(
                one.at_first_point_ohm,
                f"{basis}; the first point stands {one.first_point_s:.3g} s after the step",
                None,
                variant,
            )
        )
    return found


def _has_pulses(inputs: Inputs) -> bool:
    return inputs.architecture != "symmetric" and any(
        test.phase == "other" and test.rows is not None for test in inputs.tests
    )


PULSES = Method(
    name=calc.METHOD,
    version=calc.VERSION,
    scope="test",
    outputs=(
        Output(RESISTANCE, "DC resistance", "ohm", "At a stated time after a step of current."),
        Output(
            FIRST_POINT, "DC resistance at the first point", "ohm", "As near to an instant as was logged."
        ),
    ),
    needs=frozenset({"rows"}),
    compute=_compute_pulses,
    science="dc-resistance",
    parameters=(Parameter("after_s", 10.0, "Time after the step", "s"),),
    applies=_has_pulses,
)


def _compute_reversal(inputs: Inputs) -> Answers:
    test = inputs.test
    if test.rows is None:
        raise ValueError("Reversal resistance not computed: the test has no data yet.")
    answers: list[Answer] = []
    for named in named_steps(test):
        cycle = named.last_whole
        if cycle is None:
            answers.append(
                NoNumber(
                    "Reversal resistance not computed: no cycle at this rate is complete.", named.variant
                )
            )
            continue
        try:
            answers.append(_reversal(test, cycle.cycle_number, named.variant))
        except ValueError as problem:
            answers.append(NoNumber(str(problem), named.variant))
    return {REVERSAL: answers}


def _reversal(test: Measured, number: int, variant: str) -> Number:
    cycle = next(one for one in test.cycles if one.cycle_number == number)
    if test.rows is None:
        raise ValueError("Reversal resistance not computed: the test has no data yet.")
    frame = test.rows.of_cycle(cycle, *ROW_COLUMNS)
    time, voltage, current = (frame[name].to_numpy() for name in ROW_COLUMNS)
    falls = (current[1:] < 0) & (current[:-1] > 0)
    if not falls.any():
        raise ValueError(
            f"Reversal resistance not computed: cycle {number} rests between charge and discharge."
        )
    last = int(falls.argmax())
    found = calc.reversal_resistance(
        end_voltage_v=float(voltage[last]),
        end_current_ma=1000 * float(current[last]),
        first_voltage_v=float(voltage[last + 1]),
        first_current_ma=1000 * float(current[last + 1]),
        between_s=float(time[last + 1] - time[last]),
    )
    return Number(
        found.resistance_ohm,
        f"turn from charge to discharge in cycle {number} of {test.code}, {found.between_s:.3g} s between the points; "
        "no pulse of a stated length",
        None,
        variant,
    )


TURN = Method(
    name="reversal_resistance",
    version=calc.VERSION,
    scope="test",
    outputs=(
        Output(
            REVERSAL,
            "Resistance at the turn",
            "ohm",
            "Without a pulse: the fall when charge turns to discharge.",
        ),
    ),
    needs=frozenset({"cycles", "rows"}),
    compute=_compute_reversal,
    science="dc-resistance",
    applies=lambda inputs: any(
        test.rows is not None and any(cycle.complete for cycle in test.cycles) for test in inputs.tests
    ),
)
