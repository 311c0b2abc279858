"""Mixing: weighed powders become a composite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from lims.audit import action
from lims.models import Project, User
from lims.records import create_record, touch
from lims.units import mass_text
from materials.actions.coat import enter_product
from materials.actions.ledger import lock_powders, take
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
    """What was weighed for one part of a formulation."""

    part: FormulationPart
    powder: Powder
    mass_ug: int


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
    duration_min: float | None = None,
    oxygen_ppm: float | None = None,
    water_ppm: float | None = None,
    performed_at: datetime | None = None,
    note: str = "",
) -> Powder:
    """Mix weighed powders into a composite, or raise ValidationError where a part is missing or wrong."""
    _judge(edition, weighings)
    locked = lock_powders(w.powder for w in weighings)
    total_ug = sum(w.mass_ug for w in weighings)
    composite = create_record(
        Powder(
            kind=Powder.Kind.COMPOSITE,
            name=name or edition.formulation.name,
            performed_at=performed_at or timezone.now(),
            performed_by=by,
            note=note,
        ),
        project=project,
        by=by,
        verb="mixed",
        formulation=str(edition),
        **{locked[w.powder.pk].code: mass_text(w.mass_ug) for w in weighings},
    )
    batch = CompositeBatch(
        powder=composite,
        edition=edition,
        method=method,
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
            field=f"mass_{weighing.part.order}",
        )
        component = MixComponent(batch=batch, part=weighing.part, use=use)
        component.full_clean()
        component.save(force_insert=True)
    out_ug = total_ug if recovered_mass_ug is None else recovered_mass_ug
    enter_product(composite, made_ug=total_ug, out_ug=out_ug, by=by, field="recovered_mass_ug")
    for powder in locked.values():
        touch(powder)
    return composite


def _judge(edition: FormulationEdition, weighings: Sequence[Weighing]) -> None:
    """Every part is weighed once, and from a powder of the part's material."""
    problems: dict[str, str] = {}
    weighed = {w.part.pk for w in weighings}
    for part in edition.parts.select_related("material"):
        if part.pk not in weighed:
            problems[f"mass_{part.order}"] = f"{part.material.name} has not been weighed."
    for weighing in weighings:
        if weighing.part.edition_id != edition.pk:
            problems[f"mass_{weighing.part.order}"] = f"{weighing.part} belongs to another edition."
        elif weighing.powder.material_id != weighing.part.material_id:
            it_is = weighing.powder.material.name if weighing.powder.material else "a composite"
            problems[f"powder_{weighing.part.order}"] = (
                f"{weighing.powder.code} is {it_is}; this part is {weighing.part.material.name}."
            )
    if problems:
        raise ValidationError(problems)
