"""Where things stand: rooms, gloveboxes and shelves, and jars that are moved between them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from lims.audit import action, log
from lims.models import User
from lims.records import StaleRecord, change_record, create_record, save_record, touch
from materials.actions.ledger import lock_powders
from materials.models import Place, Powder


@action
def create_place(*, by: User, **facts: Any) -> Place:
    """Enter a room, a glovebox in it or a shelf in that; places are shared by the whole lab."""
    _lock_places()
    inside: Place | None = facts.get("inside")
    if inside is not None:
        # Its path as it is now, not as it was when the form was opened.
        facts["inside"] = Place.objects.get(pk=inside.pk)
    return create_record(Place(**facts), project=None, by=by)


@action
def change_place(
    *, place: Place, by: User, reason: str, expected_version: int | None = None, **facts: Any
) -> Place:
    """Rename a place or put it elsewhere; the paths of all that is in it follow."""
    _lock_places()
    before = Place.objects.with_codes().get(pk=place.pk)
    if expected_version is not None and before.version != expected_version:
        raise StaleRecord(before, expected_version)
    changed: Place = change_record(place, by=by, reason=reason, **facts)
    if changed.path != before.path:
        _carry_path(changed, by=by)
    return changed


def _carry_path(above: Place, *, by: User) -> None:
    for place in above.places.with_codes():
        place.inside = above
        save_record(place, by=by, reason=f"{above.code} is {above.path} now", verb="followed")
        _carry_path(place, by=by)


def _lock_places() -> None:
    """Lock them all: two moves at once could otherwise put two places into each other."""
    list(Place.objects.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))


@action
def move_powder(*, powder: Powder, place: Place | None, by: User, reason: str = "") -> Powder:
    """Say where a jar stands now; one that stands there already is left alone."""
    locked = lock_powders([powder])[powder.pk]
    if locked.state != Powder.State.OPEN and place is not None:
        raise ValidationError(
            {"powder": f"{locked.code} is {locked.get_state_display().lower()}: there is no jar to move."}
        )
    if locked.place_id == (place.pk if place else None):
        return locked
    before = locked.place.path if locked.place else None
    Powder.objects.filter(pk=locked.pk).update(place=place)
    locked.place = place
    touch(locked)
    log(by, "moved", locked, reason=reason, place=[before, place.path if place else None])
    return locked
