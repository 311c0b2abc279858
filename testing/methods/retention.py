"""What is left of a cell's capacity after long-term cycling, by each reference, and how fast it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from testing.calc import fade
from testing.calc import retention as calc
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
from testing.methods.first_cycle import told_of
from testing.methods.measuring import calc_meter, cycles_of, has_phase, known_to, phase_of

RETENTION = "capacity_retention"
OF_FIRST_CHARGE = "capacity_retention_of_charge"
OF_CHARGES = "charge_capacity_retention"
OF_ENERGY = "energy_retention"
FADE = "fade_per_cycle"
LIFE = "cycles_to_threshold"
LONG_TERM = "long_term"


@dataclass(frozen=True)
class _Asked:
    """The cell's cycles with one long-term test among them, and the choices that a retention leaves open."""

    cycles: Sequence[calc.PhasedCycle]
    test: Measured
    variant: str
    reference: calc.Reference
    given: int
    at: int

    def retention(self, quantity: calc.Quantity, of: calc.Quantity) -> calc.Retention:
        return calc.retention(
            self.cycles,
            quantity=quantity,
            of=of,
            reference=self.reference,
            given=self.given or None,
            at=self.at or None,
            phase=LONG_TERM,
            meter=calc_meter(self.test.meter),
        )


def _compute(inputs: Inputs, *, reference: str, given: int, at: int, threshold: float) -> Answers:
    long_term = [test for test in inputs.tests if has_phase(test, LONG_TERM) and test.cycles]
    found: dict[str, list[Answer]] = {name: [] for name in (output.name for output in METHOD.outputs)}
    for test in long_term:
        others = [one for one in inputs.tests if one is test or one not in long_term]
        cycles = [
            calc.PhasedCycle(cycle, phase_of(cycle, one), one.protocol_key or one.code)
            for one in others
            for cycle in one.cycles
        ]
        variant = test.code if len(long_term) > 1 else ""
        asked = _Asked(cycles, test, variant, _reference(reference), given, at)
        for name, quantity, of in (
            (RETENTION, "discharge", "discharge"),
            (OF_FIRST_CHARGE, "discharge", "charge"),
            (OF_CHARGES, "charge", "charge"),
            (OF_ENERGY, "energy", "energy"),
        ):
            found[name].append(_or_reason(lambda: _retention(asked, quantity, of), variant))  # type: ignore[arg-type]  # noqa: B023
        found[FADE].append(_or_reason(lambda: _fade(asked), variant))  # noqa: B023
        found[LIFE].append(_or_reason(lambda: _life(asked, threshold), variant))  # noqa: B023
    return found


def _reference(chosen: str) -> calc.Reference:
    for known in calc.REFERENCES:
        if chosen == known:
            return known
    raise ValueError(f"Retention not computed: no reference is called {chosen!r}.")


def _or_reason(ask: Callable[[], Number], variant: str) -> Answer:
    """Return a number, or why this one of the method's numbers cannot be given."""
    try:
        return ask()
    except ValueError as problem:
        return NoNumber(str(problem), variant)


def _retention(asked: _Asked, quantity: calc.Quantity, of: calc.Quantity) -> Number:
    one = asked.retention(quantity, of)
    told = told_of(asked.test.meter) if one.uncertainty is not None else ""
    return Number(
        one.value,
        f"{one.basis}, {asked.test.code}{told}",
        known_to(asked.test.meter, one.uncertainty),
        asked.variant,
    )


def _series(asked: _Asked) -> tuple[list[int], list[float], calc.Retention]:
    """Return numbers and discharge capacities of the complete long-term cycles, and the reference's retention."""
    reference = asked.retention("discharge", "discharge")
    numbers: list[int] = []
    capacities: list[float] = []
    for cycle in cycles_of(asked.test, LONG_TERM):
        if cycle.complete and cycle.discharge_capacity_mah is not None:
            numbers.append(cycle.cycle_number)
            capacities.append(cycle.discharge_capacity_mah)
    return numbers, capacities, reference


def _fade(asked: _Asked) -> Number:
    numbers, capacities, reference = _series(asked)
    found = fade.fade_per_cycle(numbers, capacities, reference_mah=reference.reference_value)
    every = f", every {found.every}th" if found.every > 1 else ""
    return Number(
        found.per_cycle,
        f"median slope of all pairs of {found.n} cycles{every} of {asked.test.code}, as a fraction of the "
        f"{reference.reference_value:.6g} mAh of cycle {reference.reference_cycle}; 95 % between {found.low:.3g} and "
        f"{found.high:.3g}",
        (found.high - found.low) / 3.92,
        asked.variant,
    )


def _life(asked: _Asked, threshold: float) -> Number:
    numbers, capacities, reference = _series(asked)
    found = fade.cycles_to(numbers, capacities, reference_mah=reference.reference_value, threshold=threshold)
    return Number(
        found.cycle_number,
        f"first cycle of {asked.test.code} below {100 * threshold:g} % of cycle {reference.reference_cycle}, "
        "confirmed by one of the next two",
        None,
        asked.variant,
    )


METHOD = Method(
    name=calc.METHOD,
    version=calc.VERSION,
    scope="cell",
    outputs=(
        Output(
            RETENTION,
            "Capacity retention",
            "fraction",
            "Discharge capacity of the last long-term cycle over that of the reference cycle.",
        ),
        Output(
            OF_FIRST_CHARGE,
            "Discharge capacity over the reference's charge",
            "fraction",
            "A retention by another reference: smaller by the reference cycle's coulombic efficiency.",
        ),
        Output(OF_CHARGES, "Charge capacity retention", "fraction", "Charge over charge."),
        Output(OF_ENERGY, "Energy retention", "fraction", "Discharge energy over discharge energy."),
        Output(
            FADE, "Fade per cycle", "fraction", "Median slope of all pairs of long-term cycles, per cycle."
        ),
        Output(
            LIFE, "Cycles to 80 %", "cycles", "First cycle below the threshold that a later one confirms."
        ),
    ),
    needs=frozenset({"cycles", "protocol"}),
    compute=_compute,
    science="capacity-retention",
    parameters=(
        Parameter("reference", "first_after_formation", "Reference cycle", choices=calc.REFERENCES),
        Parameter("given", 0, "Cycle number of a given reference"),
        Parameter("at", 0, "Cycle compared (0: the last)"),
        Parameter("threshold", 0.8, "Capacity at the end of life", "fraction"),
    ),
    applies=lambda inputs: any(has_phase(test, LONG_TERM) and len(test.cycles) > 1 for test in inputs.tests),
)
