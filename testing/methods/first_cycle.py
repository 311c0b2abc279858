"""What a cell's very first cycle says: charge, discharge and the initial coulombic efficiency."""

from __future__ import annotations

from testing.calc import efficiency
from testing.calc.cycles import CycleSummary
from testing.methods.base import Answer, Answers, Inputs, Measured, Meter, Method, NoNumber, Number, Output

ICE = "initial_coulombic_efficiency"
FIRST_CHARGE = "first_charge_capacity_mah"
FIRST_DISCHARGE = "first_discharge_capacity_mah"


def measured_halves(
    cycle: CycleSummary, meter: Meter
) -> tuple[efficiency.MeasuredCharge, efficiency.MeasuredCharge]:
    """Return charge and discharge of the first cycle with what the file's own digits leave of them."""
    halves = []
    end_s = 0.0
    for capacity, duration_s, current_ma in (
        (cycle.charge_capacity_mah, cycle.charge_duration_s, cycle.charge_current_ma),
        (cycle.discharge_capacity_mah, cycle.discharge_duration_s, cycle.discharge_current_ma),
    ):
        duration, current = duration_s or 0.0, current_ma or 0.0
        end_s += duration
        left = efficiency.digits_uncertainty_mah(
            duration_s=duration,
            end_time_s=end_s,
            current_ma=current,
            time_digits=meter.time_digits,
            current_digits=meter.current_digits,
        )
        halves.append(efficiency.MeasuredCharge(capacity or 0.0, duration, left))
    return halves[0], halves[1]


def told_of(meter: Meter) -> str:
    """Return what a basis adds where no uncertainty can be given."""
    # Digits alone are not the uncertainty: what the instrument does not state is said, not left out.
    stated = meter.current_offset_ma is not None
    return "" if stated else "; the instrument's current offset is not stated, so no uncertainty is given"


def capacity(charge: efficiency.MeasuredCharge, meter: Meter, basis: str) -> Number:
    """Return a capacity as a result, with an uncertainty where the instrument states one."""
    if meter.current_offset_ma is None:
        return Number(charge.capacity_mah, basis + told_of(meter))
    uncertainty = efficiency.capacity_uncertainty_mah(
        capacity_mah=charge.capacity_mah,
        duration_s=charge.duration_s,
        offset_ma=meter.current_offset_ma,
        gain=meter.current_gain_fraction,
        digits_mah=charge.digits_uncertainty_mah,
    )
    return Number(charge.capacity_mah, basis, uncertainty)


def _compute(inputs: Inputs) -> Answers:
    if not inputs.tests:
        raise ValueError("ICE not computed: the cell has no test but impedance.")
    if inputs.test.rows is None:
        raise ValueError("ICE not computed: the cell's first test has no data yet.")
    test = inputs.test
    basis = f"first cycle of {test.code}, the cell's first test, constant-voltage part included"
    try:
        ice = efficiency.initial_coulombic_efficiency(test.cycles)
    except ValueError as problem:
        refused: dict[str, Answer] = dict.fromkeys(
            (ICE, FIRST_CHARGE, FIRST_DISCHARGE), NoNumber(str(problem))
        )
        return refused | _charge_alone(test, basis)
    charge, discharge = measured_halves(test.cycles[0], test.meter)
    found = efficiency.coulombic_efficiency(
        charge=charge, discharge=discharge, offset_ma=test.meter.current_offset_ma
    )
    return {
        ICE: Number(
            ice.value, basis + told_of(test.meter), found.uncertainty if found.instrument_stated else None
        ),
        FIRST_CHARGE: capacity(charge, test.meter, basis),
        FIRST_DISCHARGE: capacity(discharge, test.meter, basis),
    }


def _charge_alone(test: Measured, basis: str) -> dict[str, Answer]:
    """Return the first charge where it is whole, though the discharge after it is not there yet."""
    first = test.cycles[0] if test.cycles else None
    if first is None or first.cycle_number == 0 or first.charge_capacity_mah is None:
        return {}
    return {FIRST_CHARGE: capacity(measured_halves(first, test.meter)[0], test.meter, basis)}


METHOD = Method(
    name=efficiency.METHOD,
    version=efficiency.VERSION,
    scope="first",
    outputs=(
        Output(
            ICE,
            "Initial coulombic efficiency",
            "fraction",
            "First discharge over first charge of the cell's first test, constant-voltage part included.",
        ),
        Output(FIRST_CHARGE, "First charge capacity", "mAh", "Charge of the cell's very first charge."),
        Output(
            FIRST_DISCHARGE,
            "First discharge capacity",
            "mAh",
            "Charge of the discharge that followed the cell's very first charge.",
        ),
    ),
    needs=frozenset({"cycles"}),
    compute=_compute,
    science="initial-coulombic-efficiency",
)
