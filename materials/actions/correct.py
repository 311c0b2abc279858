"""Correcting: what was drawn is said anew, and what was made of it follows."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from lims import registry
from lims.audit import action, log
from lims.models import User
from lims.records import touch
from lims.units import mass_text
from materials.actions.ledger import append_entry, lock_powders
from materials.models import MassEntry, Powder, Use

# What comes out of these is weighed, so that a corrected input changes their gain or loss and not what they hold.
WEIGHED_AFTER = (Powder.Kind.COATING, Powder.Kind.TREATMENT)


@action
def correct_use(*, use: Use, mass_ug: int, reason: str, by: User) -> Use:
    """Say that ``mass_ug`` was drawn rather than what was entered; what rests on it is recalculated at once.

    The first entry stays: the difference is a new one, and what was made from it is corrected with it. A
    correction that the powder or the product cannot cover is refused.
    """
    if not reason.strip():
        raise ValidationError({"reason": "A correction needs its reason."})
    if mass_ug <= 0:
        raise ValidationError(
            {"mass_ug": "What was drawn weighs something; put it back if nothing was taken."}
        )
    if use.purpose in (Use.Purpose.PRECURSOR, Use.Purpose.FILLED) or use.counts.exists():
        raise ValidationError("What is counted has no mass to correct.")
    made = list(Powder.objects.filter(pk=use.consumer_id))
    locked = lock_powders([use.powder, *made])
    powder = locked[use.powder_id]
    before_ug = Use.objects.with_mass().get(pk=use.pk).mass_ug
    if before_ug == mass_ug:
        raise ValidationError({"mass_ug": f"{mass_text(mass_ug)} is what the book says already."})
    if mass_ug - before_ug > powder.balance_now_ug():
        raise ValidationError(
            {
                "mass_ug": f"{powder.code} holds only {mass_text(powder.balance_now_ug())}; "
                f"{mass_text(mass_ug - before_ug)} cannot be taken. If it does hold more, weigh its jar first."
            }
        )
    append_entry(powder, MassEntry.Kind.CORRECTED, before_ug - mass_ug, by=by, use=use, reason=reason)
    touch(powder)
    for product in made:
        _correct_product(locked[product.pk], mass_ug - before_ug, reason=reason, by=by)
    subject = use.consumer or powder.identity
    log(
        by,
        "corrected a mass",
        subject,
        reason=reason,
        **{powder.code: [mass_text(before_ug), mass_text(mass_ug)]},
    )
    registry.facts_changed({powder.pk} | ({use.consumer_id} if use.consumer_id else set()))
    return use


@action
def correct_draw(*, use: Use, mass_ug: int, reason: str, by: User) -> Use:
    """Correct a draw from the powder's own page or address; a layer of a cell is corrected on the cell.

    What was lost while spreading belongs to a layer and bounds its mass, which only the cell knows.
    """
    if use.purpose == Use.Purpose.PRESSED:
        raise ValidationError(f"That draw is a layer of {use.consumer}: correct its mass there.")
    return correct_use(use=use, mass_ug=mass_ug, reason=reason, by=by)


def _correct_product(product: Powder, more_ug: int, *, reason: str, by: User) -> None:
    """Carry a corrected mass into what was made from it, or mass would appear from nothing or vanish.

    A product that was weighed holds what it holds: its gain or loss takes up the difference. One that was not
    is as much as went in.
    """
    weighed = (
        product.kind in WEIGHED_AFTER
        or product.entries.filter(kind__in=[MassEntry.Kind.GAINED, MassEntry.Kind.LOST], reason="").exists()
    )
    changes = [(MassEntry.Kind.CORRECTED, more_ug)]
    if weighed:
        changes.append((MassEntry.Kind.REBALANCED, -more_ug))
    # What enters comes first, so that a jar that is nearly empty does not go below zero in between.
    for kind, change_ug in sorted(changes, key=lambda change: -change[1]):
        append_entry(product, kind, change_ug, by=by, reason=reason)
    touch(product)
