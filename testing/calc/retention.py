"""Capacity retention: of which quantity, against which cycle, and only where both were cycled alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from testing.calc.cycles import CycleSummary
from testing.calc.efficiency import MeasuredCharge
from testing.calc.meters import MeasuredCycle, Meter, measured_cycles, ratio_uncertainty
from testing.calc.rate_steps import same_current

METHOD = "capacity_retention"
VERSION = "1"

Quantity = Literal["discharge", "charge", "energy"]
Reference = Literal["first_after_formation", "first", "max", "given"]
REFERENCES: tuple[Reference, ...] = ("first_after_formation", "first", "max", "given")

NAMES: dict[Quantity, str] = {
    "discharge": "discharge capacity",
    "charge": "charge capacity",
    "energy": "discharge energy",
}


@dataclass(frozen=True)
class PhasedCycle:
    """A cycle with its phase and what it was cycled by.

    phase     formation, rate, long_term, ...
    protocol  What two cycles must share to be compared: the protocol's code and edition, for instance.
    """

    cycle: CycleSummary
    phase: str
    protocol: str = ""


@dataclass(frozen=True)
class Retention:
    """A fraction of the reference that is left, with what it compares.

    quantity, of            What was measured at ``cycle_number``, and what the reference is.
    reference_cycle         Number of the reference cycle within its own test.
    uncertainty             Absolute, k = 1; the instrument's share is missing if instrument_stated is False.
    """

    value: float
    quantity: Quantity
    of: Quantity
    cycle_number: int
    phase: str
    reference: Reference
    reference_cycle: int
    reference_phase: str
    reference_value: float
    uncertainty: float | None
    instrument_stated: bool
    method: str = METHOD
    method_version: str = VERSION

    @property
    def basis(self) -> str:
        """Say in words what stands above and below the line."""
        unit = "mWh" if self.of == "energy" else "mAh"
        return (
            f"{NAMES[self.quantity]} of cycle {self.cycle_number} ({self.phase or 'no phase'}) over the "
            f"{NAMES[self.of]} of cycle {self.reference_cycle} ({self.reference_phase or 'no phase'}), "
            f"{self.reference_value:.6g} {unit}"
        )


def quantity_of(cycle: CycleSummary, quantity: Quantity) -> float | None:
    """Return what a cycle moved: mAh, or mWh for the energy; None if its half cycle is not whole."""
    if quantity == "discharge":
        return cycle.discharge_capacity_mah
    return cycle.charge_capacity_mah if quantity == "charge" else cycle.discharge_energy_mwh


def retention(
    cycles: Sequence[PhasedCycle],
    *,
    quantity: Quantity = "discharge",
    of: Quantity | None = None,
    reference: Reference = "first_after_formation",
    given: int | None = None,
    at: int | None = None,
    phase: str = "long_term",
    meter: Meter = Meter(),  # noqa: B008 - frozen
) -> Retention:
    """Return what is left of a cell's capacity: a value at one cycle over that of a reference cycle.

    cycles     All cycles of a cell in order, over all its tests.
    quantity   What is compared at cycle ``at``; ``of`` is the quantity of the reference, by default the same.
               A discharge over the first *charge* is another number, and a much smaller one.
    reference  "first_after_formation": the first whole cycle of ``phase``, or of all that is not formation if
               ``phase`` has none; "first": the cell's very first; "max": the largest value of ``phase``;
               "given": cycle ``given`` of ``phase``.
    at         Cycle number within ``phase``; by default the last whole one.
    phase      The phase whose fade is asked for.

    Two cycles are compared only if protocol and currents agree (currents within 3 %). Raises ValueError with
    the reason where they do not, or where a cycle is missing or not whole.
    Method "capacity_retention", version "1": docs/science/capacity-retention.md.

    >>> def cycle(number, charge, discharge):
    ...     return PhasedCycle(CycleSummary(number, charge, discharge, None, None, discharge / charge, True, 0, 1,
    ...                                     None, None, 7200, 3600, 3600, None, 1.0, 1.0), "long_term")
    >>> both = [cycle(1, 3.41, 3.205), cycle(500, 2.471, 2.47)]
    >>> round(retention(both).value, 3), round(retention(both, of="charge").value, 3)
    (0.771, 0.724)
    """
    under = of or quantity
    inside = [one for one in cycles if one.phase == phase]
    later = _at(inside, quantity, at, phase)
    first = _reference(cycles, inside, under, reference, given, phase)
    _judge_alike(later, first)
    if quantity == "energy" != under or under == "energy" != quantity:
        raise ValueError("Retention not computed: an energy is not compared with a capacity.")
    above, below = quantity_of(later.cycle, quantity), quantity_of(first.cycle, under)
    if above is None or below is None or not below > 0:
        raise ValueError(f"Retention not computed: cycle {first.cycle.cycle_number} has no {NAMES[under]}.")
    return Retention(
        value=above / below,
        quantity=quantity,
        of=under,
        cycle_number=later.cycle.cycle_number,
        phase=later.phase,
        reference=reference,
        reference_cycle=first.cycle.cycle_number,
        reference_phase=first.phase,
        reference_value=below,
        uncertainty=_uncertainty(cycles, later, first, quantity, under, meter),
        instrument_stated=meter.stated,
    )


def _at(inside: Sequence[PhasedCycle], quantity: Quantity, at: int | None, phase: str) -> PhasedCycle:
    if not inside:
        raise ValueError(f"Retention not computed: the cell has no cycle of the phase {phase}.")
    if at is None:
        whole = [one for one in inside if quantity_of(one.cycle, quantity) is not None]
        if not whole:
            raise ValueError(f"Retention not computed: no cycle of the phase {phase} is complete.")
        return whole[-1]
    found = [one for one in inside if one.cycle.cycle_number == at]
    if not found:
        raise ValueError(f"Retention not computed: the phase {phase} has no cycle {at}.")
    if quantity_of(found[0].cycle, quantity) is None:
        raise ValueError(f"Retention not computed: cycle {at} is not complete.")
    return found[0]


def _reference(
    cycles: Sequence[PhasedCycle],
    inside: Sequence[PhasedCycle],
    quantity: Quantity,
    reference: Reference,
    given: int | None,
    phase: str,
) -> PhasedCycle:
    def whole(among: Sequence[PhasedCycle]) -> list[PhasedCycle]:
        return [one for one in among if quantity_of(one.cycle, quantity) is not None]

    if reference == "given":
        found = [one for one in inside if one.cycle.cycle_number == given]
        if not whole(found):
            raise ValueError(f"Retention not computed: the phase {phase} has no complete cycle {given}.")
        return found[0]
    if reference == "first":
        if not cycles or not whole(cycles[:1]):
            raise ValueError("Retention not computed: the cell's first cycle is not complete.")
        return cycles[0]
    usable = whole(inside)
    if not usable:
        raise ValueError(f"Retention not computed: no cycle of the phase {phase} is complete.")
    if reference == "max":
        return max(usable, key=lambda one: quantity_of(one.cycle, quantity) or 0.0)
    # The first of the phase and no later one: taking the next whole one instead would hide a loss.
    if inside[0].cycle.cycle_number > 0 and quantity_of(inside[0].cycle, quantity) is None:
        raise ValueError(f"Retention not computed: the first cycle of the phase {phase} is not complete.")
    return usable[0]


def _judge_alike(later: PhasedCycle, first: PhasedCycle) -> None:
    """Raise ValueError where the two cycles were not cycled by the same protocol and currents."""
    one, other = later.cycle, first.cycle
    told = f"cycle {one.cycle_number} ({later.phase}) and its reference, cycle {other.cycle_number} ({first.phase}),"
    if later.protocol != first.protocol:
        raise ValueError(f"Retention not computed: {told} follow different protocols.")
    for name, ours, theirs in (
        ("discharged", one.discharge_current_ma, other.discharge_current_ma),
        ("charged", one.charge_current_ma, other.charge_current_ma),
    ):
        if ours is not None and theirs is not None and not same_current(ours, theirs):
            raise ValueError(
                f"Retention not computed: {told} were {name} at {ours:.4g} and {theirs:.4g} mA, "
                "which is not the same rate."
            )


def _uncertainty(
    cycles: Sequence[PhasedCycle],
    later: PhasedCycle,
    first: PhasedCycle,
    quantity: Quantity,
    under: Quantity,
    meter: Meter,
) -> float | None:
    """Return the standard uncertainty of the ratio; None for energies, whose voltmeter is not described."""
    if "energy" in (quantity, under):
        return None
    # Each test has a clock of its own, so times are counted within the test that a cycle belongs to.
    above = _measured(cycles, later, meter, quantity)
    below = _measured(cycles, first, meter, under)
    if above is None or below is None:
        return None
    return ratio_uncertainty(over=above, under=below, meter=meter, opposite=quantity != under)


def _measured(
    cycles: Sequence[PhasedCycle], wanted: PhasedCycle, meter: Meter, quantity: Quantity
) -> MeasuredCharge | None:
    own = [one.cycle for one in cycles if one.phase == wanted.phase and one.protocol == wanted.protocol]
    found: MeasuredCycle = measured_cycles(own, meter)[own.index(wanted.cycle)]
    return found.charge if quantity == "charge" else found.discharge
