"""The average coulombic efficiency of a test over its stated window."""

from __future__ import annotations

import math

from testing.calc import average_efficiency as calc
from testing.methods.base import Answers, Inputs, Method, Number, Output, Parameter
from testing.methods.first_cycle import told_of
from testing.methods.measuring import calc_meter, known_to

AVERAGE = "average_coulombic_efficiency"
MEDIAN = "median_coulombic_efficiency"
SMALLEST = "smallest_coulombic_efficiency"
BELOW = "cycles_below_efficiency"


def _compute(inputs: Inputs, *, first: int, last: int, threshold: float) -> Answers:
    test = inputs.test
    found = calc.average_efficiency(
        test.cycles, first=first or None, last=last or None, meter=calc_meter(test.meter)
    )
    names = [one.cycle_number for one in found.left_out]
    left = (
        f"; left out: {_listed(names)} ({', '.join(sorted({one.why for one in found.left_out}))})"
        if names
        else ""
    )
    basis = f"cycles {found.first} to {found.last} of {test.code}, n = {found.n}{left}"
    # The window is counted with the time that passed before it, on which the step of a file's clock depends.
    window = [one for one in test.cycles if found.first <= one.cycle_number <= found.last]
    start_s = math.fsum(one.duration_s for one in test.cycles if one.cycle_number < found.first)
    below = calc.cycles_below(window, threshold, meter=calc_meter(test.meter), start_s=start_s)
    return {
        AVERAGE: Number(found.mean, basis + told_of(test.meter), known_to(test.meter, found.uncertainty)),
        MEDIAN: Number(found.median, basis),
        SMALLEST: Number(found.minimum, f"{basis}; it is that of cycle {found.minimum_cycle}"),
        BELOW: Number(
            below.count,
            f"complete cycles {found.first} to {found.last} of {test.code} below {100 * threshold:g} %"
            + _range_told(below)
            + told_of(test.meter),
            known_to(test.meter, below.uncertainty),
        ),
    }


def _range_told(below: calc.CyclesBelow) -> str:
    """Return what is known of a count, in words; the noise of the voltage and the current is in no record."""
    known = (
        "the instrument and the digits of its file" if below.instrument_stated else "the file's own digits"
    )
    between = (
        f"; {known} leave {below.fewest} to {below.most}"
        if below.fewest != below.most
        else f"; {known} leave no other count"
    )
    return f"{between}, and noise near the threshold moves it by about two"


def _listed(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:8])
    more = f" and {len(numbers) - 8} more" if len(numbers) > 8 else ""
    return f"cycle{'s' if len(numbers) > 1 else ''} {shown}{more}"


METHOD = Method(
    name=calc.METHOD,
    version=calc.VERSION,
    scope="test",
    outputs=(
        Output(
            AVERAGE,
            "Average coulombic efficiency",
            "fraction",
            "Arithmetic mean over a stated window, without the first cycle at a rate and incomplete ones.",
        ),
        Output(MEDIAN, "Median coulombic efficiency", "fraction", "Of the same cycles."),
        Output(SMALLEST, "Smallest coulombic efficiency", "fraction", "Of the same cycles."),
        Output(BELOW, "Cycles below the efficiency asked for", "cycles", "Below 99 % unless said otherwise."),
    ),
    needs=frozenset({"cycles"}),
    compute=_compute,
    science="average-coulombic-efficiency",
    parameters=(
        Parameter("first", 0, "First cycle of the window (0: the first)"),
        Parameter("last", 0, "Last cycle of the window (0: the last)"),
        Parameter("threshold", 0.99, "Efficiency below which cycles are counted", "fraction"),
    ),
    applies=lambda inputs: any(len(test.cycles) > 1 for test in inputs.tests),
)
