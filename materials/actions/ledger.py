"""Mass in and out: the only code that writes ledger entries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from lims import registry
from lims.audit import action, log
from lims.models import Identity, Project, User
from lims.records import create_record, touch
from lims.units import MAX_MASS_UG, mass_text
from materials.models import Equipment, MassEntry, Material, Powder, PowderLot, Supplier, Use


def lock_powders(powders: Iterable[Powder]) -> dict[int, Powder]:
    """Lock these powders until the transaction ends, in the order of their ids so that nobody deadlocks."""
    keys = sorted({powder.pk for powder in powders})
    locked = Powder.objects.filter(pk__in=keys).order_by("pk").select_for_update(of=("self",))
    return {powder.pk: powder for powder in locked.select_related("identity__project", "material")}


def append_entry(
    powder: Powder,
    kind: MassEntry.Kind,
    change_ug: int,
    *,
    by: User,
    use: Use | None = None,
    reason: str = "",
    field: str = "mass_ug",
) -> MassEntry:
    """Write the next entry of a powder that the caller has locked, or raise ValidationError on ``field``."""
    newest = powder.entries.order_by("-seq").first()
    balance_ug = newest.balance_after_ug if newest else 0
    if abs(change_ug) > MAX_MASS_UG:
        raise ValidationError({field: f"{mass_text(abs(change_ug))} is more than a container holds."})
    if balance_ug + change_ug < 0:
        raise ValidationError(
            {
                field: f"{powder.code} holds only {mass_text(balance_ug)}; {mass_text(-change_ug)} cannot be taken."
            }
        )
    entry = MassEntry(
        powder=powder,
        seq=(newest.seq if newest else 0) + 1,
        kind=kind,
        change_ug=change_ug,
        balance_after_ug=balance_ug + change_ug,
        use=use,
        reason=reason,
        by=by,
    )
    entry.full_clean()
    entry.save(force_insert=True)
    return entry


def take(
    powder: Powder,
    mass_ug: int,
    *,
    consumer: Identity | None,
    purpose: Use.Purpose,
    by: User,
    balance: Equipment | None = None,
    purpose_text: str = "",
    field: str = "mass_ug",
) -> Use:
    """Draw ``mass_ug`` of a locked powder into ``consumer`` and return the use that groups it."""
    if powder.state != Powder.State.OPEN:
        raise ValidationError(
            {field: f"{powder.code} is {powder.get_state_display().lower()} and cannot be drawn from."}
        )
    use = Use(powder=powder, consumer=consumer, purpose=purpose, purpose_text=purpose_text, balance=balance)
    use.full_clean()
    use.save(force_insert=True)
    append_entry(powder, MassEntry.Kind.DRAWN, -mass_ug, by=by, use=use, field=field)
    return use


@action
def receive_lot(
    *,
    project: Project | None,
    material: Material,
    supplier: Supplier,
    lot_number: str,
    mass_ug: int,
    by: User,
    name: str = "",
    performed_at: datetime | None = None,
    note: str = "",
    **container: Any,
) -> Powder:
    """Enter a bought container: its lot, and the mass that it came with.

    ``container`` is what else stands on it: the fields of `PowderLot`.
    """
    powder = Powder(
        kind=Powder.Kind.LOT,
        name=name or f"{material.name}, {supplier.name} {lot_number}",
        material=material,
        performed_at=performed_at or timezone.now(),
        performed_by=by,
        note=note,
    )
    create_record(
        powder,
        project=project,
        by=by,
        verb="received",
        material=material.name,
        supplier=supplier.name,
        lot_number=lot_number,
        mass=mass_text(mass_ug),
    )
    lot = PowderLot(powder=powder, supplier=supplier, lot_number=lot_number, **container)
    lot.full_clean()
    lot.save(force_insert=True)
    append_entry(powder, MassEntry.Kind.RECEIVED, mass_ug, by=by)
    return powder


@action
def draw_mass(
    *, powder: Powder, mass_ug: int, purpose: str, by: User, balance: Equipment | None = None
) -> MassEntry:
    """Take ``mass_ug`` out of ``powder``, or raise ValidationError if it holds less."""
    locked = lock_powders([powder])[powder.pk]
    use = take(
        locked,
        mass_ug,
        consumer=None,
        purpose=Use.Purpose.OTHER,
        purpose_text=purpose,
        balance=balance,
        by=by,
    )
    touch(locked)
    log(by, "drew", locked, mass=mass_text(mass_ug), purpose=purpose)
    entry = use.entries.get()
    entry.powder = locked
    return entry


@action
def correct_use(*, use: Use, mass_ug: int, reason: str, by: User) -> Use:
    """Say that ``mass_ug`` was drawn rather than what was entered; what rests on it is recalculated at once.

    The first entry stays: the difference is a new one, and what was made from it is corrected with it. A
    correction that the powder or the product cannot cover is refused.
    """
    if not reason.strip():
        raise ValidationError({"reason": "A correction needs its reason."})
    if use.purpose == Use.Purpose.PRECURSOR:
        raise ValidationError("A precursor is counted in pulses: it has no mass to correct.")
    made = list(Powder.objects.filter(pk=use.consumer_id))
    locked = lock_powders([use.powder, *made])
    powder = locked[use.powder_id]
    before_ug = Use.objects.with_mass().get(pk=use.pk).mass_ug
    if before_ug == mass_ug:
        raise ValidationError({"mass_ug": f"{mass_text(mass_ug)} is what the book says already."})
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


def _correct_product(product: Powder, more_ug: int, *, reason: str, by: User) -> None:
    """Carry a corrected mass into what was made from it, or mass would appear from nothing or vanish.

    A product that was weighed holds what it holds: its gain or loss takes up the difference. One that was not
    is as much as went in.
    """
    weighed = (
        product.kind == Powder.Kind.COATING
        or product.entries.filter(kind__in=[MassEntry.Kind.GAINED, MassEntry.Kind.LOST]).exists()
    )
    changes = [(MassEntry.Kind.CORRECTED, more_ug)]
    if weighed:
        changes.append((MassEntry.Kind.ADJUSTED, -more_ug))
    # What enters comes first, so that a jar that is nearly empty does not go below zero in between.
    for kind, change_ug in sorted(changes, key=lambda change: -change[1]):
        append_entry(product, kind, change_ug, by=by, reason=reason)
    touch(product)
