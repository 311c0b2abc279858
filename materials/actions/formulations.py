"""Writing formulations: parts by weight with their tolerances, in editions that stay as they were written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Unpack

from django.core.exceptions import ValidationError

from lims.audit import action, log
from lims.models import User
from lims.records import Origin, create_record, touch
from materials.mixtures import differences, part_words
from materials.models import Formulation, FormulationEdition, FormulationPart, Material


class PartFacts(NamedTuple):
    """A component: how many parts by weight, and how far its weighing may be off, as a fraction of its target."""

    material: Material
    parts: float
    tolerance_fraction: float | None = None


@action
def create_formulation(
    *, by: User, name: str, parts: Sequence[PartFacts | tuple[Material, float]], **origin: Unpack[Origin]
) -> FormulationEdition:
    """Enter a formulation with its first edition; the parts need not total 100."""
    formulation = create_record(Formulation(name=name, **origin), project=None, by=by)
    first = _write(formulation, 1, parts)
    said = {part.material.name: part_words(part) for part in first.parts.select_related("material")}
    log(by, "wrote an edition", formulation, edition=1, parts=said)
    return first


@action
def write_formulation_edition(
    *,
    formulation: Formulation,
    parts: Sequence[PartFacts | tuple[Material, float]],
    by: User,
    reason: str = "",
    based_on: int | None = None,
) -> FormulationEdition:
    """Write the next edition of a formulation; those before it stay, and so do the batches mixed by them.

    ``based_on`` is the number of the newest edition that the writer has seen. Raises ValidationError where another
    was written meanwhile, or where nothing differs from the newest.
    """
    formulation = Formulation.objects.with_codes().select_for_update(of=("self",)).get(pk=formulation.pk)
    newest = formulation.editions.order_by("-number")[0]
    if based_on is not None and based_on != newest.number:
        raise ValidationError(
            f"Edition {newest.number} of {formulation.code} has been written meanwhile: {newest.ratio()}. "
            "Look at it before you write the next."
        )
    edition = _write(formulation, newest.number + 1, parts)
    found = differences(newest, edition)
    if not found:
        raise ValidationError(f"This says what edition {newest.number} says: there is nothing new to write.")
    touch(formulation)
    changes = {f"part {one.label}": [one.old, one.new] for one in found}
    log(by, "wrote an edition", formulation, reason=reason, edition=edition.number, **changes)
    return edition


def _write(
    formulation: Formulation, number: int, parts: Sequence[PartFacts | tuple[Material, float]]
) -> FormulationEdition:
    if not parts:
        raise ValidationError("A formulation needs at least one part.")
    edition = FormulationEdition(formulation=formulation, number=number)
    edition.full_clean()
    edition.save(force_insert=True)
    for order, given in enumerate(parts, start=1):
        part = PartFacts(*given)
        row = FormulationPart(
            edition=edition, order=order, material=part.material, parts=part.parts,
            tolerance_fraction=part.tolerance_fraction,
        )  # fmt: skip
        row.full_clean()
        row.save(force_insert=True)
    return edition
