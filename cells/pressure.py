"""What was typed at a press, in MPa, tonnes-force or gauge bar, as the pressure on the die, and the others back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError

from cells.calc.pressing import (
    force_n_from_tonnes,
    gauge_pressure_bar,
    press_force_n,
    pressure_mpa,
    pressure_mpa_from_gauge,
    tonnes_force,
)
from cells.models import PressStep
from materials.models import Equipment

Unit = PressStep.Unit
# By the unit: the field that a form, the API and a sheet call it.
FIELDS = {Unit.MPA: "pressure_mpa", Unit.TONNES: "force_tonnes", Unit.BAR: "gauge_bar"}


@dataclass(frozen=True)
class Pressed:
    """How hard something was pressed, in the unit that was typed: when the hold began and when it ended."""

    value: float
    unit: str = Unit.MPA
    end_value: float | None = None

    @property
    def field(self) -> str:
        return FIELDS[Unit(self.unit)]


@dataclass(frozen=True)
class PressedAs:
    """A pressure in every unit that is known; None where die or ram is not."""

    pressure_mpa: float
    force_kn: float | None
    force_tonnes: float | None
    gauge_bar: float | None


@dataclass(frozen=True)
class Hold:
    """How long the press held: seconds, or the moments between which it did."""

    seconds: float | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    def in_s(self) -> float:
        """Return how long it was, or raise ValidationError where that is not said, or said in two ways."""
        if self.ended_at is not None and self.started_at is None:
            raise ValidationError({"hold_started_at": "A hold that ended began at some moment: say when."})
        measured = None
        if self.started_at is not None and self.ended_at is not None:
            measured = (self.ended_at - self.started_at).total_seconds()
            if measured < 0:
                raise ValidationError({"hold_ended_at": "The hold ends before it began."})
        if measured is None and self.seconds is None:
            raise ValidationError({"hold_s": "Say how long it was held."})
        if measured is not None and self.seconds is not None and abs(measured - self.seconds) > 1:
            raise ValidationError(
                {
                    "hold_s": f"{self.seconds:g} s are not the {measured:g} s between start and end: leave one out."
                }
            )
        return measured if measured is not None else float(self.seconds or 0)


def one_of(
    *, pressure_mpa: float | None = None, force_tonnes: float | None = None, gauge_bar: float | None = None,
    end_value: float | None = None,
) -> Pressed:  # fmt: skip
    """Return what was typed, or raise ValidationError where it is not one of the three units."""
    given = {Unit.MPA: pressure_mpa, Unit.TONNES: force_tonnes, Unit.BAR: gauge_bar}
    typed = [(unit, value) for unit, value in given.items() if value is not None]
    if not typed:
        raise ValidationError(
            {"pressure_mpa": "Say how hard it was pressed: in MPa, tonnes-force or gauge bar."}
        )
    if len(typed) > 1:
        names = ", ".join(unit.label for unit, _ in typed)
        raise ValidationError({FIELDS[typed[1][0]]: f"Give one of {names}: the others are computed from it."})
    return Pressed(value=typed[0][1], unit=typed[0][0], end_value=end_value)


def in_mpa(pressed: Pressed, *, die: Equipment, press: Equipment | None) -> tuple[float, float | None]:
    """Return the pressure on the die in MPa when the hold began and ended, or raise ValidationError.

    Tonnes-force need the die's diameter, gauge bar the ram's of the press too.
    """
    end = None if pressed.end_value is None else _mpa(pressed.end_value, pressed, die, press, "pressure_end")
    return _mpa(pressed.value, pressed, die, press, pressed.field), end


def _mpa(value: float, pressed: Pressed, die: Equipment, press: Equipment | None, field: str) -> float:
    try:
        if pressed.unit == Unit.MPA:
            return value
        if pressed.unit == Unit.TONNES:
            return pressure_mpa(force_n_from_tonnes(value), _bore_mm(die, field))
        return pressure_mpa_from_gauge(
            gauge_bar=value, die_diameter_mm=_bore_mm(die, field), ram_diameter_mm=_ram_mm(press)
        )
    except ValueError as problem:
        raise ValidationError({field: str(problem)}) from problem


def _bore_mm(die: Equipment, field: str) -> float:
    if die.diameter_mm is None:
        raise ValidationError({field: f"{die.code} has no diameter: without it a force is no pressure."})
    return die.diameter_mm


def _ram_mm(press: Equipment | None) -> float:
    if press is None:
        raise ValidationError(
            {"press": "A gauge's bar needs the press whose ram it drives: choose the press."}
        )
    if press.diameter_mm is None:
        raise ValidationError(
            {"press": f"{press.code} has no ram diameter: without it its bar is no pressure."}
        )
    return press.diameter_mm


def in_every_unit(mpa: float, *, die: Equipment, press: Equipment | None) -> PressedAs:
    """Return a pressure on the die as force and gauge reading, as far as die and ram are known."""
    if die.diameter_mm is None:
        return PressedAs(mpa, None, None, None)
    force_n = press_force_n(mpa, die.diameter_mm)
    ram_mm = press.diameter_mm if press else None
    bar = (
        gauge_pressure_bar(pressure_mpa=mpa, die_diameter_mm=die.diameter_mm, ram_diameter_mm=ram_mm)
        if ram_mm
        else None
    )
    return PressedAs(mpa, force_n / 1000, tonnes_force(force_n), bar)
