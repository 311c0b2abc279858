"""Coating: a powder load goes into a reactor, a coated powder comes out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from lims.audit import action
from lims.models import Project, User
from lims.records import create_record, touch
from lims.units import mass_text
from materials.actions.ledger import append_entry, lock_powders, take
from materials.models import CoatingBatch, CoatingRecipeEdition, Equipment, MassEntry, Powder, Use


@action
def run_coating(
    *,
    project: Project | None,
    edition: CoatingRecipeEdition,
    parent: Powder,
    load_mass_ug: int,
    recovered_mass_ug: int,
    by: User,
    name: str = "",
    cycles_done: int | None = None,
    precursors: Sequence[Powder] = (),
    reactor: Equipment | None = None,
    balance: Equipment | None = None,
    thickness_measured_nm: float | None = None,
    thickness_method: str = "",
    thickness_sites: int | None = None,
    performed_at: datetime | None = None,
    note: str = "",
) -> Powder:
    """Coat ``load_mass_ug`` of ``parent`` in one ALD run and enter the coated powder that was recovered.

    What comes out is what went in, plus a gain, minus a loss. Weighing sees only their sum, so the net change
    is entered as the one that it is.
    """
    locked = lock_powders([parent, *precursors])
    source = locked[parent.pk]
    if source.kind == Powder.Kind.COMPOSITE or source.material is None:
        raise ValidationError(
            {"parent": f"{source.code} is a composite; a lot or a coated powder is coated."}
        )
    powder = create_record(
        Powder(
            kind=Powder.Kind.COATING,
            name=name or f"{edition.recipe.coating.name}-coated {source.material.name}",
            material=source.material,
            performed_at=performed_at or timezone.now(),
            performed_by=by,
            note=note,
        ),
        project=project,
        by=by,
        verb="coated",
        recipe=str(edition),
        parent=source.code,
        load=mass_text(load_mass_ug),
        recovered=mass_text(recovered_mass_ug),
    )
    load = take(
        source,
        load_mass_ug,
        consumer=powder.identity,
        purpose=Use.Purpose.COATED,
        balance=balance,
        by=by,
        field="load_mass_ug",
    )
    for precursor in precursors:
        # Counted in pulses, not weighed: an edge of the genealogy without a mass.
        Use.objects.create(
            powder=locked[precursor.pk], consumer=powder.identity, purpose=Use.Purpose.PRECURSOR
        )
    batch = CoatingBatch(
        powder=powder,
        edition=edition,
        load=load,
        reactor=reactor,
        cycles_done=edition.cycles if cycles_done is None else cycles_done,
        thickness_measured_nm=thickness_measured_nm,
        thickness_method=thickness_method,
        thickness_sites=thickness_sites,
    )
    batch.full_clean()
    batch.save(force_insert=True)
    enter_product(powder, made_ug=load_mass_ug, out_ug=recovered_mass_ug, by=by, field="recovered_mass_ug")
    touch(source)
    return powder


def enter_product(powder: Powder, *, made_ug: int, out_ug: int, by: User, field: str) -> None:
    """Enter what was made, and the difference to what was taken out, so that the mass balance closes."""
    append_entry(powder, MassEntry.Kind.MADE, made_ug, by=by, field=field)
    change_ug = out_ug - made_ug
    if change_ug > 0:
        append_entry(powder, MassEntry.Kind.GAINED, change_ug, by=by, field=field)
    elif change_ug < 0:
        append_entry(powder, MassEntry.Kind.LOST, change_ug, by=by, field=field)
