"""Protocols as data: steps in BattINFO's words, each limit with the reference that its voltage is stated against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

MODES = ("cc", "cv", "cccv", "rest", "eis", "scan", "group")
DIRECTIONS = ("charge", "discharge")
LIMITS = ("upper", "lower")
BASES = ("cell", "vs_li")
PHASES = ("formation", "rate", "long_term", "eis", "gitt", "cv", "other")
# What a termination watches, and the field that holds its value, with the unit people read.
QUANTITIES = {
    "voltage": ("value_v", "V"),
    "current": ("value_ma", "mA"),
    "c_rate": ("value", "C"),
    "capacity": ("value_mah", "mAh"),
    "duration": ("value_s", "s"),
}


@dataclass(frozen=True)
class Voltage:
    """A voltage of a protocol: the cell's own upper or lower limit, or a number with what it is stated against.

    basis is "cell" (between the cell's terminals) or "vs_li" (against Li/Li+), empty for a limit of the design.
    """

    limit: str = ""
    value_v: float | None = None
    basis: str = ""


@dataclass(frozen=True)
class Termination:
    """What ends a step: a quantity that comes above or below a value, or a time that is over."""

    quantity: str
    direction: str
    value: float | None = None
    voltage: Voltage | None = None


@dataclass(frozen=True)
class Step:
    """One step, or a group of steps that is repeated.

    c_rate, current_ma   One of them sets a current: a multiple of the cell's 1C current, or mA.
    voltage              What is held (cv, cccv), or where a scan goes to; ``from_voltage`` where it begins.
    hold_terminations    What ends the held part of a cccv step; ``terminations`` end its constant current.
    phase                Of a group: what its cycles are for.
    """

    mode: str
    direction: str = ""
    c_rate: float | None = None
    current_ma: float | None = None
    voltage: Voltage | None = None
    from_voltage: Voltage | None = None
    terminations: tuple[Termination, ...] = ()
    hold_terminations: tuple[Termination, ...] = ()
    scan_rate_mv_s: float | None = None
    highest_frequency_hz: float | None = None
    lowest_frequency_hz: float | None = None
    amplitude_mv_rms: float | None = None
    points_per_decade: int | None = None
    repeat: int = 1
    phase: str = ""
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Setting:
    """The cell and test that a protocol is run on: limits in V at the cell, 1C in mA."""

    one_c_current_ma: float | None = None
    lower_cell_v: float | None = None
    upper_cell_v: float | None = None
    reference_offset_v: float | None = None


def judge_step(step: Step, where: str) -> None:
    """Raise ValueError where a step lacks what its mode needs or has what its mode cannot have."""
    for sentence, broken in _judged(step):
        if broken:
            raise ValueError(f"{where}: {sentence}")


def _judged(step: Step) -> Iterator[tuple[str, bool]]:
    """Yield each rule of a step as its sentence, and whether it is broken."""
    carries = step.mode in ("cc", "cccv")
    group, highest, lowest = step.mode == "group", step.highest_frequency_hz, step.lowest_frequency_hz
    yield (
        "constant current goes in a direction, charge or discharge.",
        carries and step.direction not in DIRECTIONS,
    )
    yield (
        "set the current as a rate or in mA, one of the two.",
        carries and (step.c_rate is None) == (step.current_ma is None),
    )
    yield (
        "without something that ends it, it would run for ever.",
        step.mode in ("cc", "rest") and not step.terminations,
    )
    yield "say which voltage is held.", step.mode in ("cv", "cccv") and step.voltage is None
    yield (
        "a scan goes to a voltage at a rate in mV/s.",
        step.mode == "scan" and (step.voltage is None or step.scan_rate_mv_s is None),
    )
    yield (
        "impedance is measured from a highest down to a lower frequency.",
        step.mode == "eis" and (highest is None or lowest is None or highest <= lowest),
    )
    yield "a group has steps.", group and not step.steps
    yield (
        "only a group has steps, repeats and a phase.",
        not group and bool(step.steps or step.repeat != 1 or step.phase),
    )
    yield f"{step.phase!r} is no phase; there is {', '.join(PHASES)}.", step.phase not in ("", *PHASES)
    yield (
        "a group as a whole ends by time only.",
        group and any(end.quantity != "duration" for end in step.terminations),
    )


def cell_voltage(voltage: Voltage, setting: Setting) -> float:
    """Return a protocol's voltage in V at the cell; raises ValueError where the cell does not say enough.

    >>> lto = Setting(upper_cell_v=2.75, reference_offset_v=1.55)
    >>> cell_voltage(Voltage(limit="upper"), lto), round(cell_voltage(Voltage(value_v=3.9, basis="vs_li"), lto), 2)
    (2.75, 2.35)
    """
    if voltage.limit:
        found = setting.upper_cell_v if voltage.limit == "upper" else setting.lower_cell_v
        if found is None:
            raise ValueError(f"The cell's design states no {voltage.limit} limit.")
        return found
    if voltage.value_v is None:
        raise ValueError("A voltage is a limit of the cell or a number.")
    if voltage.basis == "cell":
        return voltage.value_v
    if setting.reference_offset_v is None:
        raise ValueError(
            f"{voltage.value_v:g} V against Li/Li+ cannot be turned to the cell's own volts: "
            "its design does not say where the counter electrode stands."
        )
    return round(voltage.value_v - setting.reference_offset_v, 6)


def step_current_ma(step: Step, setting: Setting) -> float:
    """Return a step's current in mA, as a magnitude; raises ValueError where no 1C current is known."""
    if step.current_ma is not None:
        return step.current_ma
    if step.c_rate is None:
        raise ValueError("The step sets no current.")
    if setting.one_c_current_ma is None:
        raise ValueError(f"{rate_text(step.c_rate)} is no current while the test states no 1C current.")
    return step.c_rate * setting.one_c_current_ma


def rate_text(c_rate: float) -> str:
    """Write a rate as people say it.

    >>> rate_text(0.1), rate_text(2), rate_text(1), rate_text(0.04), rate_text(1 / 3)
    ('C/10', '2C', '1C', 'C/25', 'C/3')
    """
    if c_rate < 1:
        return f"C/{float(f'{1 / c_rate:.6g}'):g}"
    return f"{float(f'{c_rate:.6g}'):g}C"


@dataclass(frozen=True)
class Placed:
    """A step as it is run: where it stands in the protocol, in which round of its group and in which phase.

    within_s  The total in s of the tightest group around it that has one.
    """

    step: Step
    path: tuple[int, ...]
    rounds: tuple[int, ...] = ()
    phase: str = ""
    within_s: float | None = None

    @property
    def name(self) -> str:
        """Return what a person calls it: step 2.1, round 3."""
        where = "step " + ".".join(str(part) for part in self.path)
        return f"{where}, round {'.'.join(str(part) for part in self.rounds)}" if self.rounds else where


def unrolled(steps: Sequence[Step]) -> Iterator[Placed]:
    """Yield every step in the order in which a cycler runs it, groups taken apart.

    >>> [placed.name for placed in unrolled([Step("group", repeat=2, steps=(Step("rest"),))])]
    ['step 1.1, round 1', 'step 1.1, round 2']
    """
    yield from _unrolled(steps, Placed(Step("group"), ()))


def _unrolled(steps: Sequence[Step], inside: Placed) -> Iterator[Placed]:
    for number, step in enumerate(steps, start=1):
        here = replace(inside, step=step, path=(*inside.path, number))
        if step.mode != "group":
            yield here
            continue
        times = [end.value for end in step.terminations if end.value is not None]
        limits = times if inside.within_s is None else [*times, inside.within_s]
        group = replace(here, phase=step.phase or inside.phase, within_s=min(limits, default=None))
        for turn in range(1, step.repeat + 1):
            rounds = (*inside.rounds, turn) if step.repeat > 1 else inside.rounds
            yield from _unrolled(step.steps, replace(group, rounds=rounds))


def first_current_step(steps: Sequence[Step]) -> Step | None:
    """Return the first step that drives a current through the cell, or None where none does."""
    return next((placed.step for placed in unrolled(steps) if placed.step.mode in ("cc", "cccv")), None)
