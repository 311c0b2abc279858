"""Changing what is known of a lot: its container, its dates, its particle sizes, its place."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils import timezone

from lims import blanks, registry
from lims.audit import action, log
from lims.models import User
from lims.records import StaleRecord
from lims.units import mass_text
from materials.actions.ledger import lock_powders
from materials.models import Place, Powder, PowderLot

POWDER_FACTS = ("name", "place", "container_tare_ug", "note")
LOT_FACTS = (
    "lot_number", "catalogue_number", "purity_fraction", "particle_size_min_um", "particle_size_max_um",
    "received_on", "opened_on", "expires_on", "concentration_g_ml",
)  # fmt: skip
# A jar is moved and a note is added to every day; that needs no reason.
NEEDS_NO_REASON = {"place", "note"}
# A coating's share of a powder is computed from the size of its particles.
COMPOSITION_RESTS_ON = {"particle_size_min_um", "particle_size_max_um"}


class LotChanges(TypedDict, total=False):
    """What can be changed of a lot; what is left out stays."""

    name: str
    place: Place | None
    container_tare_ug: int | None
    note: str
    lot_number: str
    catalogue_number: str
    purity_fraction: float | None
    particle_size_min_um: float | None
    particle_size_max_um: float | None
    received_on: date | None
    opened_on: date | None
    expires_on: date | None
    concentration_g_ml: float | None


@action
def change_lot(
    *,
    powder: Powder,
    by: User,
    reason: str = "",
    expected_version: int | None = None,
    **changes: Unpack[LotChanges],
) -> Powder:
    """Change what is known of a lot, old and new logged; what rests on its particle sizes is recalculated at once.

    Filling in what was empty needs no reason, replacing what was there does. Raises StaleRecord where
    ``expected_version`` is no longer the lot's.
    """
    locked = _lock_lot(powder)
    if expected_version is not None and locked.version != expected_version:
        raise StaleRecord(locked, expected_version)
    return _change(locked, dict(changes), reason=reason, by=by, verb="changed")


@action
def open_lot(*, powder: Powder, by: User) -> Powder:
    """Say that a container is opened today."""
    locked = _lock_lot(powder)
    if locked.lot.opened_on is not None:
        raise ValidationError(f"{locked.code} was opened on {locked.lot.opened_on:%Y-%m-%d} already.")
    return _change(locked, {"opened_on": timezone.localdate()}, reason="", by=by, verb="opened")


def _lock_lot(powder: Powder) -> Powder:
    locked = lock_powders([powder])[powder.pk]
    if locked.kind != Powder.Kind.LOT:
        raise ValidationError(f"{locked.code} is no lot: it was made here and has no container's data.")
    return locked


def _change(locked: Powder, changes: dict[str, Any], *, reason: str, by: User, verb: str) -> Powder:
    rows: dict[str, Powder | PowderLot] = dict.fromkeys(POWDER_FACTS, locked)
    rows |= dict.fromkeys(LOT_FACTS, locked.lot)
    told, replaced = {}, []
    for name, new in changes.items():
        old = getattr(rows[name], name)
        if old == new:
            continue
        setattr(rows[name], name, new)
        words = _words(name)
        told[words] = [_spelled(name, old), _spelled(name, new)]
        if old not in (None, "") and name not in NEEDS_NO_REASON:
            replaced.append(f"{words.replace('_', ' ')} was {_spelled(name, old)}")
    if not told:
        return locked
    if replaced and not reason.strip():
        raise ValidationError({"reason": f"Say why it changes: {'; '.join(replaced)}."})
    locked.blanks = blanks.settle(
        locked, [name for name, value in changes.items() if value not in blanks.EMPTY]
    )
    locked.version += 1
    locked.full_clean()
    locked.lot.full_clean()
    locked.save()
    locked.lot.save()
    log(by, verb, locked, reason=reason, **told)
    if COMPOSITION_RESTS_ON & changes.keys() & told.keys():
        registry.facts_changed({locked.pk})
    return locked


def _words(name: str) -> str:
    return name.removesuffix("_ug") if name.endswith("_ug") else name


def _spelled(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name.endswith("_ug"):
        return mass_text(value)
    return value.path if isinstance(value, Place) else value
