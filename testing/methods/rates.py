"""What a rate test gives at each rate: capacity, its share of the first, and what comes back."""

from __future__ import annotations

from testing.calc import rate_capability as calc
from testing.methods.base import Answers, Inputs, Method, NoNumber, Number, Output, Parameter
from testing.methods.first_cycle import told_of
from testing.methods.measuring import calc_meter, cycles_of, has_phase, variants

CAPACITY = "capacity_at_rate_mah"
FRACTION = "rate_capability"
RECOVERY = "rate_recovery"
RATE = "rate"


def _compute(inputs: Inputs, *, choice: str) -> Answers:
    test = inputs.test
    found = calc.rate_capability(
        cycles_of(test, RATE),
        one_c_current_ma=test.one_c_current_ma,
        choice="mean" if choice == "mean" else "last",
        meter=calc_meter(test.meter),
    )
    names = variants([one.label for one in found.rates])
    # Rates an order apart are measured in different ranges, so here the scale matters as much as the zero.
    stated = found.instrument_stated
    told = (
        told_of(test.meter) if test.meter.current_offset_ma is None or stated else "; the gain is not stated"
    )
    capacities, fractions = [], []
    for variant, one in zip(names, found.rates, strict=True):
        of = f"cycle {one.chosen}" if one.chosen else f"mean of cycles {_run(one.cycle_numbers)}"
        every = ", ".join(f"{value:.5g}" for value in one.all_mah)
        basis = f"discharge at {variant} ({one.current_ma:.4g} mA), {of} of {test.code}; all: {every} mAh"
        capacities.append(Number(one.capacity_mah, basis, None, variant))
        fractions.append(
            Number(
                one.fraction,
                f"{of} at {variant} over the same at {names[0]}, {test.code}{told}",
                one.uncertainty if stated else None,
                variant,
            )
        )
    if found.recovery is None:
        came_back: Number | NoNumber = NoNumber(
            f"Recovery not computed: {test.code} did not return to {names[0]} at its end."
        )
    else:
        came_back = Number(
            found.recovery,
            f"{names[-1]} over {names[0]}, {test.code}{told}",
            found.recovery_uncertainty if stated else None,
        )
    return {CAPACITY: capacities, FRACTION: fractions, RECOVERY: came_back}


def _run(numbers: tuple[int, ...]) -> str:
    return f"{numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else str(numbers[0])


METHOD = Method(
    name=calc.METHOD,
    version=calc.VERSION,
    scope="test",
    outputs=(
        Output(CAPACITY, "Capacity at a rate", "mAh", "Discharge capacity of the last cycle at each rate."),
        Output(FRACTION, "Rate capability", "fraction", "Capacity at a rate over that at the first rate."),
        Output(RECOVERY, "Rate recovery", "fraction", "Capacity back at the first rate over what it was."),
    ),
    needs=frozenset({"cycles"}),
    compute=_compute,
    science="rate-capability",
    parameters=(Parameter("choice", "last", "Which cycle stands for a rate", choices=("last", "mean")),),
    applies=lambda inputs: any(has_phase(test, RATE) and len(test.cycles) > 1 for test in inputs.tests),
)
