"""Receiving: a bought container comes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Unpack

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from lims.attachments import attach
from lims.audit import action
from lims.models import Attachment, Project, User
from lims.records import Origin, create_record
from lims.units import mass_text
from materials.actions.count import append_count
from materials.actions.hold import put_on_hold
from materials.actions.ledger import append_entry
from materials.models import (
    CountEntry,
    MassEntry,
    Material,
    Place,
    Powder,
    PowderLot,
    Supplier,
    count_text,
)

HELD_ON_ARRIVAL = "new lots wait for their release in this lab"


class LotFacts(Origin, total=False):
    """What stands on a bought container, beside who received it."""

    catalogue_number: str
    container_number: int
    purity_fraction: float | None
    particle_size_min_um: float | None
    particle_size_max_um: float | None
    received_on: date | None
    opened_on: date | None
    expires_on: date | None
    mass_basis: str
    concentration_g_ml: float | None


@dataclass(frozen=True)
class Amount:
    """How much came in a container: a net mass, a gross mass that was weighed, or a count in its own unit."""

    mass_ug: int | None
    gross_ug: int | None
    tare_ug: int | None
    counted_in: str
    count_milli: int | None

    def judge(self) -> None:
        """Raise ValidationError where nothing is said, or more than one thing."""
        if self.counted_in:
            if self.count_milli is None or self.mass_ug is not None or self.gross_ug is not None:
                raise ValidationError({"count_milli": "A counted lot has a count and no mass."})
        elif self.count_milli is not None:
            raise ValidationError({"counted_in": "A count needs the unit that is counted."})
        elif self.mass_ug is None and self.gross_ug is None:
            raise ValidationError({"mass_ug": "Say what was received: a mass, or a count and its unit."})
        if self.gross_ug is not None:
            self._judge_gross(self.gross_ug)

    def _judge_gross(self, gross_ug: int) -> None:
        if self.tare_ug is None:
            sentence = "A gross mass needs the tare of its container: the mass inside is their difference."
            raise ValidationError({"container_tare_ug": sentence})
        if gross_ug <= self.tare_ug:
            raise ValidationError(
                {
                    "gross_ug": f"{mass_text(gross_ug)} gross leaves nothing of the empty container's "
                    f"{mass_text(self.tare_ug)}."
                }
            )
        if self.mass_ug not in (None, gross_ug - self.tare_ug):
            raise ValidationError(
                {
                    "mass_ug": f"{mass_text(gross_ug)} gross less {mass_text(self.tare_ug)} tare is "
                    f"{mass_text(gross_ug - self.tare_ug)}, not {mass_text(self.mass_ug or 0)}."
                }
            )

    def net_ug(self) -> int:
        """Return the mass inside."""
        if self.gross_ug is not None and self.tare_ug is not None:
            return self.gross_ug - self.tare_ug
        return self.mass_ug or 0

    def told(self) -> str:
        """Return the amount as the log tells it."""
        if self.count_milli is not None:
            return count_text(self.count_milli, self.counted_in)
        if self.gross_ug is None:
            return mass_text(self.net_ug())
        return f"{mass_text(self.net_ug())} ({mass_text(self.gross_ug)} gross, tare {mass_text(self.tare_ug or 0)})"


@action
def receive_lot(
    *,
    project: Project | None,
    material: Material,
    supplier: Supplier,
    lot_number: str,
    by: User,
    mass_ug: int | None = None,
    gross_ug: int | None = None,
    counted_in: str = "",
    count_milli: int | None = None,
    name: str = "",
    place: Place | None = None,
    container_tare_ug: int | None = None,
    hold_reason: str = "",
    certificate: UploadedFile | None = None,
    **facts: Unpack[LotFacts],
) -> Powder:
    """Enter a bought container: its lot, and the mass or, with ``counted_in``, the count that it came with.

    With ``gross_ug`` the mass is the gross less the container's tare, and counts as weighed. ``hold_reason`` puts the
    lot on hold at once; where the lab holds every new lot, it needs none.
    """
    amount = Amount(mass_ug, gross_ug, container_tare_ug, counted_in, count_milli)
    amount.judge()
    origin = {key: facts[key] for key in Origin.__annotations__ if key in facts}  # type: ignore[literal-required]
    container = {key: value for key, value in facts.items() if key not in origin}
    container["mass_basis"] = _basis(amount, facts.get("mass_basis", ""))
    powder = Powder(
        kind=Powder.Kind.LOT,
        name=name or f"{material.name}, {supplier.name} {lot_number}",
        material=material,
        counted_in=counted_in,
        place=place,
        container_tare_ug=container_tare_ug,
        **origin,
    )
    told = {key: value for key, value in container.items() if value not in (None, "")}
    if counted_in:
        del told["mass_basis"]
    create_record(
        powder,
        project=project,
        by=by,
        verb="received",
        material=material.name,
        supplier=supplier.name,
        lot_number=lot_number,
        amount=amount.told(),
        **told,
    )
    lot = PowderLot(powder=powder, supplier=supplier, lot_number=lot_number, **container)
    lot.full_clean()
    lot.save(force_insert=True)
    _enter(powder, amount, by)
    if certificate is not None:
        attach(identity=powder.identity, upload=certificate, purpose=Attachment.Purpose.CERTIFICATE, by=by)
    if settings.HOLD_NEW_LOTS or hold_reason.strip():
        put_on_hold(powder=powder, reason=hold_reason.strip() or HELD_ON_ARRIVAL, by=by)
        powder.refresh_from_db(fields=["version"])
    return powder


def _basis(amount: Amount, stated: str) -> str:
    """Return how the mass is known; a gross mass was weighed, whatever else is said is refused."""
    weighed = PowderLot.MassBasis.WEIGHED
    if amount.counted_in and stated == weighed:
        raise ValidationError({"mass_basis": "What is counted has no mass that was weighed."})
    if amount.gross_ug is not None and stated not in ("", weighed):
        raise ValidationError({"mass_basis": "A gross mass less its tare is a mass that was weighed."})
    return weighed if amount.gross_ug is not None else stated or PowderLot.MassBasis.NOMINAL


def _enter(powder: Powder, amount: Amount, by: User) -> None:
    if amount.count_milli is not None:
        append_count(powder, CountEntry.Kind.RECEIVED, amount.count_milli, by=by)
    else:
        append_entry(powder, MassEntry.Kind.RECEIVED, amount.net_ug(), by=by)
