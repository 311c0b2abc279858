"""The same substance in other jars: aliquots, merged powders, and what was dried, sieved, milled or annealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError

from lims.audit import action
from lims.models import Project, User
from lims.records import Origin, create_record, touch
from lims.units import mass_text
from materials.actions.jar import close
from materials.actions.ledger import (
    NOTHING,
    Despite,
    append_entry,
    cover,
    enter_product,
    judge_book,
    judge_open,
    lock_powders,
    take,
)
from materials.genealogy import substance_of
from materials.models import Equipment, MassEntry, Place, Powder, Treatment, Use


@dataclass(frozen=True)
class Portion:
    """Some of a powder; all of it where no mass is given."""

    powder: Powder
    mass_ug: int | None = None


@action
def take_aliquots(
    *,
    powder: Powder,
    masses_ug: Sequence[int],
    by: User,
    name: str = "",
    place: Place | None = None,
    container_tare_ug: int | None = None,
    balance: Equipment | None = None,
    despite: Despite = NOTHING,
    **origin: Unpack[Origin],
) -> list[Powder]:
    """Part off one new jar for each of ``masses_ug``; each has a code of its own and the same substance."""
    if not masses_ug:
        raise ValidationError({"masses_ug": "Say what each aliquot weighs."})
    if min(masses_ug) <= 0:
        raise ValidationError({"masses_ug": f"No aliquot weighs {mass_text(min(masses_ug))}."})
    source = lock_powders([powder])[powder.pk]
    judge_open(source, "masses_ug")
    # Their sum is judged first: one by one, the last would be told of a jar that the first had emptied.
    cover(source, sum(masses_ug), by=by, field="masses_ug", despite=despite)
    aliquots = []
    for mass_ug in masses_ug:
        aliquot = create_record(
            Powder(
                kind=Powder.Kind.ALIQUOT,
                name=name or source.name,
                material=source.material,
                place=place,
                container_tare_ug=container_tare_ug,
                **origin,
            ),
            project=source.project,
            by=by,
            verb="parted off",
            parent=source.code,
            mass=mass_text(mass_ug),
        )
        take(
            source, mass_ug, consumer=aliquot.identity, purpose=Use.Purpose.PARTED, balance=balance, by=by,
            field="masses_ug", performed_at=aliquot.performed_at, despite=despite,
        )  # fmt: skip
        append_entry(aliquot, MassEntry.Kind.MADE, mass_ug, by=by, field="masses_ug")
        aliquots.append(aliquot)
    touch(source)
    return aliquots


@action
def merge_powders(
    *,
    portions: Sequence[Portion],
    by: User,
    name: str = "",
    recovered_mass_ug: int | None = None,
    place: Place | None = None,
    container_tare_ug: int | None = None,
    balance: Equipment | None = None,
    despite: Despite = NOTHING,
    **origin: Unpack[Origin],
) -> Powder:
    """Pour powders of the same substance together under a new code; a jar that is emptied by it is finished."""
    if len({portion.powder.pk for portion in portions}) < 2 or len(portions) != len(
        {portion.powder.pk for portion in portions}
    ):
        raise ValidationError({"portions": "Merging takes two or more different powders."})
    locked = lock_powders(portion.powder for portion in portions)
    sources = [locked[portion.powder.pk] for portion in portions]
    _judge_same(sources)
    masses = [
        source.balance_now_ug() if portion.mass_ug is None else portion.mass_ug
        for source, portion in zip(sources, portions, strict=True)
    ]
    for source, mass_ug in zip(sources, masses, strict=True):
        if mass_ug <= 0:
            raise ValidationError({"portions": f"{source.code} is empty: there is nothing of it to merge."})
    judge_book([(source, ug, "portions") for source, ug in zip(sources, masses, strict=True)], despite)
    merged = create_record(
        Powder(
            kind=Powder.Kind.MERGE,
            name=name or sources[0].name,
            material=sources[0].material,
            place=place,
            container_tare_ug=container_tare_ug,
            **origin,
        ),
        project=_project_of(sources),
        by=by,
        verb="merged",
        **{source.code: mass_text(mass_ug) for source, mass_ug in zip(sources, masses, strict=True)},
    )
    for source, mass_ug in zip(sources, masses, strict=True):
        take(
            source, mass_ug, consumer=merged.identity, purpose=Use.Purpose.MERGED, balance=balance, by=by,
            field="portions", performed_at=merged.performed_at, despite=despite,
        )  # fmt: skip
        if source.balance_now_ug() == 0:
            close(source)
        else:
            touch(source)
    total_ug = sum(masses)
    out_ug = total_ug if recovered_mass_ug is None else recovered_mass_ug
    enter_product(merged, made_ug=total_ug, out_ug=out_ug, by=by, field="recovered_mass_ug")
    return merged


def _judge_same(sources: Sequence[Powder]) -> None:
    """What is merged is one substance: another one added would make a composite."""
    first = substance_of(sources[0])
    for other in sources[1:]:
        if substance_of(other) != first:
            raise ValidationError(
                {
                    "portions": f"{sources[0].code} and {other.code} are not the same substance: "
                    "mixing them makes a composite."
                }
            )


def _project_of(sources: Sequence[Powder]) -> Project | None:
    """Return the one project that these belong to; shared powders go along."""
    projects = {source.project for source in sources if source.project is not None}
    if len(projects) > 1:
        codes = " and ".join(sorted(project.code for project in projects))
        raise ValidationError({"portions": f"These belong to {codes}: powders of one project are merged."})
    return projects.pop() if projects else None


class TreatmentFacts(TypedDict, total=False):
    """How a powder was treated, as far as it is known."""

    temperature_c: float | None
    duration_h: float | None
    ramp_c_min: float | None
    pressure_mbar: float | None
    atmosphere: str
    container: str
    mesh_um: float | None
    speed_rpm: float | None
    equipment: Equipment | None


class TreatmentTold(Origin, TreatmentFacts, total=False):
    """What may be said of a treatment beside its masses."""


@action
def treat_powder(
    *,
    powder: Powder,
    kind: str,
    load_mass_ug: int,
    recovered_mass_ug: int,
    by: User,
    name: str = "",
    place: Place | None = None,
    container_tare_ug: int | None = None,
    balance: Equipment | None = None,
    despite: Despite = NOTHING,
    **told: Unpack[TreatmentTold],
) -> Powder:
    """Dry, sieve, mill or anneal some of a powder and enter what came out under a code of its own."""
    source = lock_powders([powder])[powder.pk]
    origin = {key: told[key] for key in Origin.__annotations__ if key in told}  # type: ignore[literal-required]
    facts = {key: value for key, value in told.items() if key not in origin}
    treated = create_record(
        Powder(
            kind=Powder.Kind.TREATMENT,
            name=name or f"{source.name}, {Treatment.Kind(kind).label.lower()}",
            material=source.material,
            place=place,
            container_tare_ug=container_tare_ug,
            **origin,
        ),
        project=source.project,
        by=by,
        verb="treated",
        treatment=Treatment.Kind(kind).label,
        parent=source.code,
        load=mass_text(load_mass_ug),
        recovered=mass_text(recovered_mass_ug),
    )
    load = take(
        source, load_mass_ug, consumer=treated.identity, purpose=Use.Purpose.TREATED, balance=balance, by=by,
        field="load_mass_ug", performed_at=treated.performed_at, despite=despite,
    )  # fmt: skip
    treatment = Treatment(powder=treated, load=load, kind=kind, **facts)
    treatment.full_clean()
    treatment.save(force_insert=True)
    enter_product(treated, made_ug=load_mass_ug, out_ug=recovered_mass_ug, by=by, field="recovered_mass_ug")
    touch(source)
    return treated
