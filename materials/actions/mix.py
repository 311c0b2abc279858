"""Mixing: weighed powders become a composite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack

from django.core.exceptions import ValidationError

from lims.audit import action
from lims.models import Project, User
from lims.records import Origin, create_record, touch
from lims.units import mass_text
from materials.actions.ledger import NOTHING, Despite, enter_product, judge_book, lock_powders, take
from materials.mixtures import part_names, parts_of, premix_fractions, wrong_powder
from materials.models import (
    CompositeBatch,
    Equipment,
    FormulationEdition,
    FormulationPart,
    MixComponent,
    Powder,
    Use,
)


@dataclass(frozen=True)
class Weighing:
    """What was weighed from one jar: for a part of a formulation or, without a part, of a premix that brings several.

    jar   Which jar of that part it is, where it came from several; forms and sheets name their fields by it.
    """

    part: FormulationPart | None
    powder: Powder
    mass_ug: int
    jar: int = 1

    @property
    def mass_field(self) -> str:
        return f"mass_{self.part.order}{self._jar}" if self.part else f"premix_mass{self._jar}_ug"

    @property
    def powder_field(self) -> str:
        return f"powder_{self.part.order}{self._jar}" if self.part else f"premix{self._jar}"

    @property
    def _jar(self) -> str:
        return "" if self.jar == 1 else f"_{self.jar}"


@action
def mix_composite(
    *,
    project: Project | None,
    edition: FormulationEdition,
    weighings: Sequence[Weighing],
    by: User,
    name: str = "",
    recovered_mass_ug: int | None = None,
    balance: Equipment | None = None,
    method: str = "",
    tool: Equipment | None = None,
    glovebox: Equipment | None = None,
    duration_min: float | None = None,
    oxygen_ppm: float | None = None,
    water_ppm: float | None = None,
    despite: Despite = NOTHING,
    **origin: Unpack[Origin],
) -> Powder:
    """Mix weighed powders into a composite, or raise ValidationError where a part is missing or wrong.

    A part, or a premix, may come from several jars: each is a weighing of its own.
    """
    _judge(edition, weighings)
    locked = lock_powders(w.powder for w in weighings)
    judge_book([(locked[w.powder.pk], w.mass_ug, w.mass_field) for w in weighings], despite)
    total_ug = sum(w.mass_ug for w in weighings)
    composite = create_record(
        Powder(
            kind=Powder.Kind.COMPOSITE,
            name=name or edition.formulation.name,
            **origin,
        ),
        project=project,
        by=by,
        verb="mixed",
        formulation=str(edition),
        **_weighed_in(weighings, locked),
    )
    batch = CompositeBatch(
        powder=composite,
        edition=edition,
        method=method,
        tool=tool,
        glovebox=glovebox,
        duration_min=duration_min,
        oxygen_ppm=oxygen_ppm,
        water_ppm=water_ppm,
    )
    batch.full_clean()
    batch.save(force_insert=True)
    for weighing in weighings:
        use = take(
            locked[weighing.powder.pk],
            weighing.mass_ug,
            consumer=composite.identity,
            purpose=Use.Purpose.MIXED,
            balance=balance,
            by=by,
            field=weighing.mass_field,
            performed_at=composite.performed_at,
            despite=despite,
        )
        component = MixComponent(batch=batch, part=weighing.part, use=use)
        component.full_clean()
        component.save(force_insert=True)
    out_ug = total_ug if recovered_mass_ug is None else recovered_mass_ug
    enter_product(composite, made_ug=total_ug, out_ug=out_ug, by=by, field="recovered_mass_ug")
    for powder in locked.values():
        touch(powder)
    return composite


def _weighed_in(weighings: Sequence[Weighing], locked: Mapping[int, Powder]) -> dict[str, str]:
    """Return what was weighed from each jar, for the log."""
    masses: Counter[int] = Counter()
    for weighing in weighings:
        masses[weighing.powder.pk] += weighing.mass_ug
    return {locked[key].code: mass_text(mass_ug) for key, mass_ug in masses.items()}


def _judge(edition: FormulationEdition, weighings: Sequence[Weighing]) -> None:
    """Every part is weighed or brought by a premix, each from jars of its own material and each jar once."""
    parts = parts_of(edition)
    problems: dict[str, str] = {}
    there = {part.pk for weighing in weighings if (part := weighing.part) is not None}
    jars: set[tuple[int | None, int]] = set()
    for weighing in weighings:
        jar = (weighing.part.pk if weighing.part else None, weighing.powder.pk)
        if jar in jars:
            problems[weighing.powder_field] = (
                f"{weighing.powder.code} stands there twice for the same part: enter its masses together."
            )
        jars.add(jar)
        if weighing.part is None:
            try:
                brought = premix_fractions(weighing.powder, parts)
            except ValueError as refusal:
                problems[weighing.powder_field] = str(refusal)
            else:
                there |= {pk for pk, name in part_names(parts).items() if name in brought}
        elif weighing.part.edition_id != edition.pk:
            problems[weighing.mass_field] = f"{weighing.part} belongs to another edition."
        elif problem := wrong_powder(weighing.part, weighing.powder):
            problems[weighing.powder_field] = problem
    for part in parts:
        if part.pk not in there:
            problems.setdefault(f"mass_{part.order}", f"{part.material.name} has not been weighed.")
    if problems:
        raise ValidationError(problems)
