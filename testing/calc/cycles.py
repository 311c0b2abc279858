"""Cycles: each charge and the discharge that follows it, with what the data cannot give left empty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from testing.calc.segments import LIMIT_TOLERANCE_V, Direction, HalfCycle, HalfCycles, half_cycles

__all__ = [
    "METHOD",
    "VERSION",
    "CycleSummary",
    "HalfCycle",
    "HalfCycles",
    "Segmentation",
    "cycles",
    "half_cycles",
]

METHOD = "cycles_by_current_sign"
VERSION = "2"

# One interval that carries this share of its half cycle, or current that flows outside all half cycles in
# this share, is said aloud: the number stands, but nothing else in the file confirms it.
LONG_INTERVAL_SHARE = 0.05
LONG_INTERVAL_RATIO = 20.0
OUTSIDE_SHARE = 0.001


@dataclass(frozen=True)
class CycleSummary:
    """One charge and the discharge after it; a discharge that no charge precedes is cycle 0.

    A capacity or energy is None if its half cycle is absent or was cut short, so that no average takes it for
    a small one; what had flowed until then stands in ``Segmentation.half_cycles``. Currents and capacities
    are magnitudes. first_row and last_row (both included) are positions in the frame. cv_share is the
    fraction of the charge that passed at constant voltage.

    phase, phase_cycle   What the cycle is for, and its number within that phase, from 1.
    instrument_cycle     The number that the instrument gave its first row; never renumbered, None without one.
    charge_rate, discharge_rate  Current over the test's 1C current, None where no 1C is known.
    first_at_rate        The rate differs from that of the cycle before: its efficiency mixes two windows of
                         charge, which is consistent with a rate-change effect and no proof of loss.
    interruptions        Stretches without cycling current (rest, impedance) inside its half cycles.
    hold_charge_mah      Charge in mAh that passed in those, or while the voltage was held before the last hold.
    """

    cycle_number: int
    charge_capacity_mah: float | None
    discharge_capacity_mah: float | None
    charge_energy_mwh: float | None
    discharge_energy_mwh: float | None
    coulombic_efficiency: float | None
    complete: bool
    first_row: int
    last_row: int
    charge_end_voltage_v: float | None
    discharge_end_voltage_v: float | None
    duration_s: float
    charge_duration_s: float | None
    discharge_duration_s: float | None
    cv_share: float | None
    charge_current_ma: float | None
    discharge_current_ma: float | None
    discharge_cv_share: float | None = None
    charge_mean_voltage_v: float | None = None
    discharge_mean_voltage_v: float | None = None
    charge_ended_by: str = ""
    discharge_ended_by: str = ""
    phase: str = ""
    phase_cycle: int | None = None
    instrument_cycle: int | None = None
    charge_rate: float | None = None
    discharge_rate: float | None = None
    first_at_rate: bool = False
    interruptions: int = 0
    hold_charge_mah: float = 0.0


@dataclass(frozen=True)
class Segmentation:
    """The cycles of a test, its half cycles, and in sentences what a reader of the numbers must know."""

    cycles: tuple[CycleSummary, ...]
    half_cycles: tuple[HalfCycle, ...]
    flags: tuple[str, ...]
    method: str = METHOD
    method_version: str = VERSION


def cycles(
    frame: pl.DataFrame,
    *,
    lower_limit_v: float | None,
    upper_limit_v: float | None,
    current_threshold_a: float | None = None,
    minimum_charge_ah: float = 0.0,
) -> Segmentation:
    """Pair each discharge with the charge before it, and say which cycles are whole.

    frame                Columns as for ``half_cycles``.
    lower, upper limit   Limits of the test in V at the cell, None where nobody knows them.

    The coulombic efficiency is the discharge over the preceding charge (IEC 60050-482-05-39). A half cycle
    that is the last of the file is complete only if it came within 5 mV of its limit. Without a stated limit
    the end voltage that earlier half cycles of its direction share within 5 mV serves, and a flag says so;
    without those it is incomplete. Raises ValueError if the frame is unusable or no current flows.
    Method "cycles_by_current_sign", version "2": docs/science/cycle-segmentation.md.

    >>> frame = pl.DataFrame({
    ...     "test_time_second": [0.0, 3600.0, 7200.0, 7210.0, 10800.0],
    ...     "voltage_volt": [1.5, 2.0, 2.75, 2.5, 1.45],
    ...     "current_ampere": [0.001, 0.001, 0.001, -0.0018, -0.0018],
    ...     "step_count": [0, 0, 0, 1, 1],
    ... })
    >>> cycles(frame, lower_limit_v=1.45, upper_limit_v=2.75).cycles[0].coulombic_efficiency
    0.9
    """
    found = half_cycles(
        frame,
        lower_limit_v=lower_limit_v,
        upper_limit_v=upper_limit_v,
        current_threshold_a=current_threshold_a,
        minimum_charge_ah=minimum_charge_ah,
    )
    halves = found.half_cycles
    limits: dict[Direction, float | None] = {"charge": upper_limit_v, "discharge": lower_limit_v}
    whole, reason = _last_is_whole(halves, limits[halves[-1].direction])
    cut_short = None if whole else halves[-1]
    summaries = tuple(_summarise(number, pair, cut_short) for number, pair in _pairs(halves))
    flags = [reason] if reason else []
    if summaries[0].cycle_number == 0:
        flags.append("The first half cycle is a discharge: it is cycle 0 and belongs to no charge.")
    above = [str(one.cycle_number) for one in summaries if (one.coulombic_efficiency or 0.0) > 1]
    if above:
        shown = ", ".join(above[:5]) + (" and others" if len(above) > 5 else "")
        flags.append(
            f"More came out than went in, an efficiency above 1, in {len(above)} of the cycles: {shown}."
        )
    return Segmentation(summaries, halves, (*flags, *_interrupted(summaries), *_data_flags(found)))


def _interrupted(summaries: Sequence[CycleSummary]) -> list[str]:
    """Say which half cycles were put together over interruptions, and what passed meanwhile."""
    found = [one for one in summaries if one.interruptions]
    if not found:
        return []
    first, more = found[0], len(found) - 1
    told = (
        f"Cycle {first.cycle_number} was interrupted {first.interruptions} times and counts as one; "
        f"{first.hold_charge_mah:.4g} mAh passed meanwhile or while the voltage was held."
    )
    return [told + (f" {more} other cycles were interrupted too." if more else "")]


def _last_is_whole(halves: Sequence[HalfCycle], limit_v: float | None) -> tuple[bool, str | None]:
    """Say whether the last half cycle ran to its end, with a sentence where that needs one."""
    last = halves[-1]
    told = f"The last {last.direction} ended at {last.end_voltage_v:.3f} V"
    so_far = f"{last.charge_mah:.6g} mAh had passed"
    if limit_v is not None:
        if last.ended_by == "voltage limit":
            return True, None
        return False, f"{told}, not at its limit of {limit_v:.3f} V, so its cycle is incomplete; {so_far}."
    earlier = [half.end_voltage_v for half in halves[:-1] if half.direction == last.direction]
    if len(earlier) and max(earlier) - min(earlier) <= 2 * LIMIT_TOLERANCE_V:
        usual = float(np.median(earlier))
        if abs(last.end_voltage_v - usual) <= LIMIT_TOLERANCE_V:
            return True, f"{told} as the ones before it did; no limit is stated, so it is taken as complete."
        return False, f"{told}, the ones before it at {usual:.3f} V, so its cycle is incomplete; {so_far}."
    return False, f"{told} and no limit is stated, so its cycle counts as incomplete; {so_far}."


def _pairs(halves: Sequence[HalfCycle]) -> list[tuple[int, tuple[HalfCycle | None, HalfCycle | None]]]:
    """Number the cycles: (charge, discharge) from 1, a leading discharge alone as 0."""
    pairs: list[tuple[int, tuple[HalfCycle | None, HalfCycle | None]]] = []
    if halves[0].direction == "discharge":
        pairs.append((0, (None, halves[0])))
    charges = [position for position, half in enumerate(halves) if half.direction == "charge"]
    for number, position in enumerate(charges, start=1):
        # Directions alternate, so what follows a charge is its discharge.
        discharge = halves[position + 1] if position + 1 < len(halves) else None
        pairs.append((number, (halves[position], discharge)))
    return pairs


def _summarise(
    number: int, pair: tuple[HalfCycle | None, HalfCycle | None], cut_short: HalfCycle | None
) -> CycleSummary:
    present = [half for half in pair if half is not None]
    charge, discharge = (None if half is cut_short else half for half in pair)
    efficiency = None if charge is None or discharge is None else discharge.charge_mah / charge.charge_mah
    return CycleSummary(
        cycle_number=number,
        charge_capacity_mah=None if charge is None else charge.charge_mah,
        discharge_capacity_mah=None if discharge is None else discharge.charge_mah,
        charge_energy_mwh=None if charge is None else charge.energy_mwh,
        discharge_energy_mwh=None if discharge is None else discharge.energy_mwh,
        coulombic_efficiency=efficiency,
        complete=efficiency is not None,
        first_row=present[0].first_row,
        last_row=present[-1].last_row,
        charge_end_voltage_v=None if pair[0] is None else pair[0].end_voltage_v,
        discharge_end_voltage_v=None if pair[1] is None else pair[1].end_voltage_v,
        duration_s=present[-1].end_time_s - present[0].start_time_s,
        charge_duration_s=None if charge is None else charge.end_time_s - charge.start_time_s,
        discharge_duration_s=None if discharge is None else discharge.end_time_s - discharge.start_time_s,
        cv_share=None if charge is None else _held_share(charge),
        charge_current_ma=None if pair[0] is None else pair[0].current_ma,
        discharge_current_ma=None if pair[1] is None else pair[1].current_ma,
        discharge_cv_share=None if discharge is None else _held_share(discharge),
        charge_mean_voltage_v=None if charge is None else charge.mean_voltage_v,
        discharge_mean_voltage_v=None if discharge is None else discharge.mean_voltage_v,
        charge_ended_by="" if pair[0] is None else pair[0].ended_by,
        discharge_ended_by="" if pair[1] is None else pair[1].ended_by,
        interruptions=sum(half.interruptions for half in present),
        hold_charge_mah=sum(half.hold_charge_mah for half in present),
    )


def _held_share(half: HalfCycle) -> float | None:
    return None if half.cv_charge_mah is None else half.cv_charge_mah / half.charge_mah


def _data_flags(found: HalfCycles) -> list[str]:
    """Return the sentences about the record itself: clock, gaps, blips and charge left outside."""
    flags: list[str] = []
    if found.integration.backward_jumps:
        flags.append(
            f"The clock runs backwards {found.integration.backward_jumps} times; no charge is counted there."
        )
    if found.blips:
        flags.append(
            f"{found.blips} short stretches of current are too small for a half cycle and are left out."
        )
    charge = np.abs(found.integration.charge_ah.to_numpy())
    interval = found.integration.interval_s.to_numpy()
    for half in found.half_cycles:
        rows = slice(half.first_row, half.last_row + 1)
        longest = half.first_row + int(np.argmax(interval[rows]))
        carried_mah = 1000 * float(charge[longest])
        if carried_mah > LONG_INTERVAL_SHARE * half.charge_mah and interval[
            longest
        ] > LONG_INTERVAL_RATIO * float(np.median(interval[rows])):
            flags.append(
                f"The {interval[longest]:.0f} s before row {longest} hold no point: "
                f"{carried_mah:.6g} of {half.charge_mah:.6g} mAh of the {half.direction} are interpolated."
            )
    total_mah = 1000 * float(charge.sum())
    outside_mah = total_mah - sum(half.charge_mah for half in found.half_cycles)
    if outside_mah > OUTSIDE_SHARE * total_mah:
        flags.append(f"{outside_mah:.6g} of {total_mah:.6g} mAh flowed outside every half cycle.")
    return flags
