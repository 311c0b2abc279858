"""Coulombic efficiency, the initial one above all, and what the instrument leaves of either."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from testing.calc.cycles import CycleSummary

METHOD = "ice"
VERSION = "1"

SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True)
class MeasuredCharge:
    """A capacity in mAh, the time it took in s, and the uncertainty its file's digits leave (mAh, k = 1)."""

    capacity_mah: float
    duration_s: float
    digits_uncertainty_mah: float = 0.0


@dataclass(frozen=True)
class CoulombicEfficiency:
    """A fraction and its uncertainty (absolute, k = 1).

    instrument_stated is False if the instrument's offset or gain is unknown: the uncertainty then covers the
    rest only, and the page has to say so.
    """

    value: float
    uncertainty: float
    instrument_stated: bool


@dataclass(frozen=True)
class InitialCoulombicEfficiency:
    """The first discharge of a test over its first charge, with the two capacities it was made of."""

    value: float
    charge_capacity_mah: float
    discharge_capacity_mah: float
    method: str = METHOD
    method_version: str = VERSION


def digit_step(value: float, digits: int) -> float:
    """Return the spacing of numbers near ``value`` that are written with ``digits`` significant digits.

    >>> digit_step(1_234_567.0, 6)
    10.0
    """
    if digits < 1:
        raise ValueError(f"A number has at least one significant digit, not {digits}.")
    if value == 0:
        return 0.0
    return float(10.0 ** (math.floor(math.log10(abs(value))) + 1 - digits))


def digits_uncertainty_mah(
    *,
    duration_s: float,
    end_time_s: float,
    current_ma: float,
    time_digits: int | None,
    current_digits: int | None,
) -> float:
    """Return what the rounding of a file's own numbers leaves of a capacity, in mAh (k = 1).

    The start and the end of a half cycle are each rounded to the step of the clock at ``end_time_s``, and a
    constant current is rounded the same way in every row. Digits of None mean full precision.

    >>> round(digits_uncertainty_mah(duration_s=2118, end_time_s=2e6, current_ma=1.0539,
    ...                              time_digits=6, current_digits=6), 5)
    0.0012
    """
    clock_s = 0.0 if time_digits is None else digit_step(end_time_s, time_digits) / math.sqrt(12)
    current = 0.0 if current_digits is None else digit_step(current_ma, current_digits) / math.sqrt(12)
    from_clock = math.sqrt(2) * clock_s * abs(current_ma) / SECONDS_PER_HOUR
    from_current = current * duration_s / SECONDS_PER_HOUR
    return math.hypot(from_clock, from_current)


def capacity_uncertainty_mah(
    *,
    capacity_mah: float,
    duration_s: float,
    offset_ma: float | None,
    gain: float | None,
    digits_mah: float,
) -> float:
    """Return the uncertainty of a capacity in mAh (absolute, k = 1).

    offset_ma   Standard uncertainty of the current's zero in mA; None if the instrument's record states none.
    gain        Relative standard uncertainty of the current's scale (fraction); None likewise.
    digits_mah  From ``digits_uncertainty_mah``.

    An offset grows with time, a gain with charge. What is None adds nothing, so the caller must then say that
    the instrument's share is missing. GUM (JCGM 100:2008), clause 5.1.2;
    docs/science/initial-coulombic-efficiency.md.

    >>> capacity_uncertainty_mah(
    ...     capacity_mah=1.0, duration_s=3600, offset_ma=0.001, gain=None, digits_mah=0.0
    ... )
    0.001
    """
    from_offset = (offset_ma or 0.0) * duration_s / SECONDS_PER_HOUR
    from_gain = (gain or 0.0) * capacity_mah
    return math.hypot(from_offset, from_gain, digits_mah)


def coulombic_efficiency(
    *,
    charge: MeasuredCharge,
    discharge: MeasuredCharge,
    offset_ma: float | None = None,
    gain: float | None = None,
    one_range: bool = True,
) -> CoulombicEfficiency:
    """Return the discharge over the preceding charge, with its uncertainty (fractions).

    offset_ma, gain  As for ``capacity_uncertainty_mah``.
    one_range        Both were measured in one current range, so that the gain is the same and cancels.

    The offset does not cancel: the same zero error adds to the charge and takes from the discharge, so their
    two effects add up before they are squared. Definition: IEC 60050-482-05-39. Raises ValueError if a
    capacity is not above zero.

    >>> hour = MeasuredCharge(capacity_mah=1.05, duration_s=3600)
    >>> ce = coulombic_efficiency(charge=hour, discharge=hour, offset_ma=0.001, gain=0.001)
    >>> ce.value, round(100 * ce.uncertainty, 2), ce.instrument_stated
    (1.0, 0.19, True)
    """
    if not (charge.capacity_mah > 0 and discharge.capacity_mah > 0):
        raise ValueError(
            "No coulombic efficiency without charge: "
            f"{charge.capacity_mah:g} mAh charged, {discharge.capacity_mah:g} mAh discharged."
        )
    value = discharge.capacity_mah / charge.capacity_mah
    seconds_per_mah = charge.duration_s / charge.capacity_mah + discharge.duration_s / discharge.capacity_mah
    from_offset = (offset_ma or 0.0) * seconds_per_mah / SECONDS_PER_HOUR
    from_gain = 0.0 if one_range else math.sqrt(2) * (gain or 0.0)
    from_digits = math.hypot(
        charge.digits_uncertainty_mah / charge.capacity_mah,
        discharge.digits_uncertainty_mah / discharge.capacity_mah,
    )
    stated = offset_ma is not None and (one_range or gain is not None)
    return CoulombicEfficiency(value, value * math.hypot(from_offset, from_gain, from_digits), stated)


def initial_coulombic_efficiency(cycles: Sequence[CycleSummary]) -> InitialCoulombicEfficiency:
    """Return the efficiency of the first charge and discharge of a test (a fraction).

    cycles  The cycles of the cell's first test, in order. Later cycles have no part in it.

    The name is EMMO's InitialCoulombicEfficiency: the very first cycle, constant-voltage part included, not
    the first one after formation. Method "ice", version "1": docs/science/initial-coulombic-efficiency.md.
    Raises ValueError with the reason where the data cannot give it.

    >>> initial_coulombic_efficiency([])
    Traceback (most recent call last):
    ...
    ValueError: ICE not computed: the test has no cycle.
    """
    if not cycles:
        raise ValueError("ICE not computed: the test has no cycle.")
    first = cycles[0]
    if first.cycle_number == 0:
        raise ValueError("ICE not computed: the first half cycle is a discharge.")
    if first.charge_capacity_mah is None:
        raise ValueError("ICE not computed: the first charge is incomplete.")
    if first.discharge_capacity_mah is None:
        # An end voltage is kept even of a discharge that was cut short.
        absent = first.discharge_end_voltage_v is None
        raise ValueError(f"ICE not computed: the first discharge is {'absent' if absent else 'incomplete'}.")
    return InitialCoulombicEfficiency(
        value=first.discharge_capacity_mah / first.charge_capacity_mah,
        charge_capacity_mah=first.charge_capacity_mah,
        discharge_capacity_mah=first.discharge_capacity_mah,
    )
