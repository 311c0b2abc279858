"""What a protocol asks of a test, half cycle by half cycle: what the data are told apart by and held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from testing.calc.protocol import Placed, Setting, Step, cell_voltage, step_current_ma, unrolled


@dataclass(frozen=True)
class PlannedHalf:
    """One direction of current as the protocol asks for it; None is what it does not say or the cell does not give.

    end_voltage_v   Where its current ends, V at the cell. held: the voltage is then held.
    cut_off_ma      The current at which the hold ends. limit_s: the time after which the whole half cycle ends.
    other_ends      It may also end by time or by charge, so a voltage short of the limit is no fault.
    rest_after_s    What rests and impedance follow it, in s.
    """

    direction: str
    where: str
    phase: str
    current_ma: float | None
    end_voltage_v: float | None
    held: bool = False
    cut_off_ma: float | None = None
    limit_s: float | None = None
    other_ends: bool = False
    rest_after_s: float = 0.0


def planned_halves(steps: Sequence[Step], setting: Setting) -> tuple[PlannedHalf, ...]:
    """Return the half cycles that a protocol asks for; steps of one direction in a row are one half cycle.

    >>> from testing.calc.protocol_text import parse
    >>> plan = planned_halves(parse("charge at C/10 until 3.9 V vs Li\\nrest 1 h\\ncharge at C/10 until upper limit"),
    ...                       Setting(0.85, 1.45, 2.75, 1.55))
    >>> len(plan), plan[0].end_voltage_v
    (1, 2.75)
    """
    halves: list[PlannedHalf] = []
    for placed in unrolled(steps):
        step = placed.step
        if step.mode in ("cc", "cccv"):
            half = _half(placed, setting)
            if halves and halves[-1].direction == half.direction:
                halves[-1] = replace(half, where=halves[-1].where, phase=halves[-1].phase)
            else:
                halves.append(half)
        elif step.mode == "cv" and halves:
            halves[-1] = _held_on(halves[-1], step, setting)
        elif step.mode == "rest" and halves:
            rest_s = next((end.value for end in step.terminations if end.quantity == "duration"), None)
            halves[-1] = replace(halves[-1], rest_after_s=halves[-1].rest_after_s + (rest_s or 0.0))
    return tuple(halves)


def _half(placed: Placed, setting: Setting) -> PlannedHalf:
    step = placed.step
    volts = [end.voltage for end in step.terminations if end.voltage is not None]
    return PlannedHalf(
        direction=step.direction,
        where=placed.name,
        phase=placed.phase,
        current_ma=_known_current(step, setting),
        end_voltage_v=cell_voltage(volts[0], setting) if volts else None,
        held=step.mode == "cccv",
        cut_off_ma=_cut_off_ma(step.hold_terminations, setting),
        limit_s=placed.within_s,
        other_ends=any(end.voltage is None for end in step.terminations),
    )


def _held_on(half: PlannedHalf, step: Step, setting: Setting) -> PlannedHalf:
    """Return a half cycle whose voltage is held by a step of its own."""
    volts = cell_voltage(step.voltage, setting) if step.voltage is not None else half.end_voltage_v
    return replace(half, held=True, end_voltage_v=volts, cut_off_ma=_cut_off_ma(step.terminations, setting))


def _known_current(step: Step, setting: Setting) -> float | None:
    if step.current_ma is None and setting.one_c_current_ma is None:
        return None
    return step_current_ma(step, setting)


def _cut_off_ma(ends: Sequence[object], setting: Setting) -> float | None:
    for end in ends:
        quantity, value = getattr(end, "quantity", ""), getattr(end, "value", None)
        if quantity == "current":
            return float(value or 0)
        if quantity == "c_rate" and setting.one_c_current_ma is not None:
            return float(value or 0) * setting.one_c_current_ma
    return None
