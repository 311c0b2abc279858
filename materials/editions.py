"""Editions of coating recipes: what a step says in words, and in what two editions differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from lims.names import named
from lims.numbers import exact, percent
from materials.models import CoatingRecipeEdition, CoatingStep, CoatingStepDone

SECONDS_PER_HOUR = 3600
ALD_ONLY = (
    "cycles", "substrate_temperature_c", "bed_preheat_min", "rotation_rpm", "carrier_gas", "carrier_flow_sccm",
    "base_pressure_mtorr", "base_pressure_at_flow_sccm", "growth_expected_angstrom", "growth_source",
)  # fmt: skip
# What a step of a coating from solution says, as meant and as done.
STEP_FACTS = ("duration_s", "temperature_c", "ramp_c_min", "atmosphere")
STEP_UNITS = {"temperature_c": "°C", "ramp_c_min": "°C/min"}
STEP_WORDS = {
    "duration_s": "duration", "temperature_c": "temperature", "ramp_c_min": "ramp", "atmosphere": "atmosphere",
}  # fmt: skip
SOLUTION_ONLY = ("target_mass_fraction", "target_basis")
# Names whose unit does not stand where `named` looks for it.
LABELS = {
    "growth_expected_angstrom": ("Growth per cycle, expected", "Å"),
    "target_mass_fraction": ("Coating aimed at", "%"),
    "target_basis": ("Aimed at", ""),
}


@dataclass(frozen=True)
class Difference:
    """One thing that two editions say differently; an empty text where one says nothing."""

    label: str
    old: str
    new: str


def duration_text(duration_s: float) -> str:
    """Return a duration as a recipe states it: seconds of a pulse, hours of an anneal.

    >>> duration_text(0.1), duration_text(5400)
    ('0.1 s', '1.5 h')
    """
    if duration_s >= SECONDS_PER_HOUR / 2:
        return f"{exact(round(duration_s / SECONDS_PER_HOUR, 4))} h"
    return f"{exact(duration_s)} s"


def step_words(step: CoatingStep) -> str:
    """Return a step with all that it states."""
    told = [
        f"{step.get_kind_display()} {step.substance}".strip(),
        duration_text(step.duration_s),
        "" if step.source_temperature_c is None else f"source {exact(step.source_temperature_c)} °C",
        "" if step.flow_sccm is None else f"{exact(step.flow_sccm)} sccm",
        "" if step.temperature_c is None else f"{exact(step.temperature_c)} °C",
        step.atmosphere,
        "" if step.ramp_c_min is None else f"{exact(step.ramp_c_min)} °C/min",
    ]
    return ", ".join(word for word in told if word)


def step_fact(step: CoatingStep | CoatingStepDone, name: str) -> str:
    """Return one thing that a step says, with its unit; empty where it says nothing."""
    value = getattr(step, name)
    if value in (None, ""):
        return ""
    if name == "duration_s":
        return duration_text(value)
    return f"{exact(value)} {STEP_UNITS[name]}" if name in STEP_UNITS else str(value)


def done_otherwise(done: CoatingStepDone) -> dict[str, list[str]]:
    """Return in what a step was done otherwise than its recipe says, as meant and done, by what the log calls it."""
    name = f"step {done.step.order}, {done.step.get_kind_display().lower()}"
    told = {
        fact: [step_fact(done.step, fact) or "not stated", step_fact(done, fact)]
        for fact in STEP_FACTS
        if getattr(done, fact) not in (None, "") and getattr(done, fact) != getattr(done.step, fact)
    }
    return {f"{name}, {STEP_WORDS[fact]}": pair for fact, pair in told.items()}


def says(edition: CoatingRecipeEdition, name: str) -> str:
    """Return what an edition says in one field, with its unit; empty where it says nothing."""
    value: Any = getattr(edition, name)
    if value in (None, ""):
        return ""
    if name == "target_basis":
        return edition.get_target_basis_display()
    unit = LABELS[name][1] if name in LABELS else named(name).unit
    if name.endswith("_fraction"):
        value = percent(value, 2)
    elif isinstance(value, int | float):
        value = exact(value)
    return f"{value} {unit}".strip()


def label_of(name: str) -> str:
    """Return the words of a field."""
    return LABELS[name][0] if name in LABELS else named(name).label


def differences(old: CoatingRecipeEdition, new: CoatingRecipeEdition) -> list[Difference]:
    """Return in what ``new`` differs from ``old``: fields first, then the steps in order."""
    found = [
        Difference(label_of(name), says(old, name), says(new, name))
        for name in (*ALD_ONLY, *SOLUTION_ONLY)
        if getattr(old, name) != getattr(new, name)
    ]
    return found + _step_differences(list(old.steps.all()), list(new.steps.all()))


def _step_differences(old: Sequence[CoatingStep], new: Sequence[CoatingStep]) -> list[Difference]:
    told = [
        tuple("" if step is None else step_words(step) for step in pair) for pair in zip_longest(old, new)
    ]
    return [
        Difference(f"Step {number}", before, after)
        for number, (before, after) in enumerate(told, start=1)
        if before != after
    ]


def same_cycle(one: CoatingRecipeEdition, other: CoatingRecipeEdition) -> bool:
    """Return whether two editions run the same cycle at the same temperature, so that their growth compares."""
    return one.substrate_temperature_c == other.substrate_temperature_c and not _step_differences(
        list(one.steps.all()), list(other.steps.all())
    )
