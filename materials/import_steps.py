"""Columns of a row that hold more than one thing: the steps of a solution coating, interruptions, further jars."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from lims.import_columns import Column
from lims.models import User
from materials.actions import Interruption, StepDone, Weighing
from materials.editions import SECONDS_PER_HOUR
from materials.models import CoatingRecipeEdition, CoatingStep, FormulationEdition, FormulationPart
from materials.models.powder import STEPS_THAT_MAY_BE_BLANK

# A formulation of more parts is entered on its own page.
MOST_PARTS = 8
# So many further jars beside the first of each part.
MORE_JARS = (1, 2)
PREMIXES = (1, 2)
INTERRUPTION = re.compile(
    r"^(?:after\s+)?(?:cycle\s+)?(?P<cycle>\d{1,6})\s*(?:\(\s*(?P<minutes>\d+(?:\.\d+)?)\s*min\s*\)\s*)?:\s*(?P<reason>\S.*)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class InterruptionsCell:
    """A cell that says where a run stood still: 12 (30 min): power cut; 20: valve."""

    required = False

    def read(self, text: str, by: User, seen: Any) -> list[Interruption]:
        return [_interruption(words.strip()) for words in text.split(";") if words.strip()]

    def options(self, by: User) -> list[str]:
        return []


def _interruption(words: str) -> Interruption:
    found = INTERRUPTION.match(words)
    if found is None:
        raise ValidationError(
            f'"{words}" does not say after which cycle and why: write 12 (30 min): power cut.'
        )
    minutes = found["minutes"]
    return Interruption(
        int(found["cycle"]), found["reason"][:200], None if minutes is None else float(minutes)
    )


# --- the steps of a coating from solution -------------------------------------------------------------------

FACTS = (
    ("duration_h", "time", "h"),
    ("temperature_c", "temperature", "°C"),
    ("ramp_c_min", "ramp", "°C/min"),
)


def step_columns() -> tuple[Column, ...]:
    """Return the columns of what was done in the stir, dry and anneal steps of a recipe."""
    found = []
    for kind in CoatingStep.SOLUTION_KINDS:
        for fact, word, unit in FACTS:
            least = 0 if fact != "temperature_c" else None
            number = forms.FloatField(min_value=least, required=False)
            found.append(_step_column(kind, fact, word, number, unit))
        text = forms.CharField(max_length=60, required=False)
        found.append(_step_column(kind, "atmosphere", "atmosphere", text, ""))
    return tuple(column for column in found if column.name in STEPS_THAT_MAY_BE_BLANK)


def _step_column(kind: str, fact: str, word: str, cell: forms.Field, unit: str) -> Column:
    name = f"{kind}_{fact}"
    told = "Empty: as the recipe says." if fact == "duration_h" else ""
    return Column(name, f"{kind.capitalize()} {word}", cell, unit=unit, blank=name, help=told)


def take_steps(values: dict[str, Any], edition: CoatingRecipeEdition) -> list[StepDone]:
    """Take out of ``values`` what was done in each step; what is said of a step that the recipe lacks is refused."""
    done: list[StepDone] = []
    problems: dict[str, str] = {}
    for kind in CoatingStep.SOLUTION_KINDS:
        said = {
            fact: value
            for fact in ("duration_h", "temperature_c", "ramp_c_min", "atmosphere")
            if (value := values.pop(f"{kind}_{fact}", None)) not in (None, "")
        }
        steps = [step for step in edition.steps.all() if step.kind == kind]
        if said and len(steps) != 1:
            column = f"{kind}_{next(iter(said))}"
            problems[column] = (
                f"{edition} has {len(steps)} steps of this kind: enter them on the coating's own page."
                if steps
                else f"{edition} has no such step: leave it empty."
            )
        elif said:
            hours = said.pop("duration_h", None)
            seconds = None if hours is None else round(hours * SECONDS_PER_HOUR, 3)
            done.append(StepDone(steps[0], duration_s=seconds, **said))
    if problems:
        raise ValidationError(problems)
    return done


# --- the jars of a mixture ----------------------------------------------------------------------------------


def take_weighings(values: dict[str, Any], edition: FormulationEdition) -> list[Weighing]:
    """Take out of ``values`` what was weighed of each part, of premixes, and from further jars.

    A powder without its mass is refused, and the reverse.
    """
    parts = {part.order: part for part in edition.parts.select_related("material")}
    found: list[Weighing] = []
    problems: dict[str, str] = {}
    for order in range(1, MOST_PARTS + 1):
        said = _said(values, f"powder_{order}", f"mass_{order}")
        if said is None:
            continue
        if order not in parts:
            problems[f"powder_{order}"] = _no_part(edition, parts)
        else:
            _add(found, problems, said, parts[order], (f"powder_{order}", f"mass_{order}"))
    for number in PREMIXES:
        names = (f"premix_{number}", f"premix_mass_{number}")
        if (said := _said(values, *names)) is not None:
            _add(found, problems, said, None, names)
    for number in MORE_JARS:
        order, names = values.pop(f"jar_part_{number}", None), (f"jar_{number}", f"jar_mass_{number}")
        said = _said(values, *names)
        if said is None and order is None:
            continue
        if order not in parts:
            problems[f"jar_part_{number}"] = _no_part(edition, parts)
        else:
            _add(found, problems, said or (None, None), parts[order], names)
    if problems:
        raise ValidationError(problems)
    return found


def _said(values: dict[str, Any], powder: str, mass: str) -> tuple[Any, Any] | None:
    said = values.pop(powder, None), values.pop(mass, None)
    return None if said == (None, None) else said


def _no_part(edition: FormulationEdition, parts: Mapping[int, FormulationPart]) -> str:
    return f"{edition.formulation.name} has {len(parts)} parts."


def _add(
    found: list[Weighing],
    problems: dict[str, str],
    said: tuple[Any, Any],
    part: FormulationPart | None,
    names: tuple[str, str],
) -> None:
    powder, mass_ug = said
    called = part.material.name if part else "premix"
    if powder is None:
        problems[names[0]] = f"Say which {called} was weighed."
    elif mass_ug is None:
        problems[names[1]] = f"Say how much of {powder.code} was weighed."
    else:
        found.append(Weighing(part=part, powder=powder, mass_ug=mass_ug))
