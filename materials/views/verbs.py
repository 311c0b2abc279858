"""What can be done with a powder, and what speaks against it, as its page offers and tells it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from lims.models import User
from lims.permissions import may
from materials.actions.ledger import jars_parted_from
from materials.models import Hold, Powder

Verb = dict[str, Any]


def verbs_of(powder: Powder, user: User) -> dict[str, Any]:
    """Return the first thing to do with a powder, what is done often, and the rest behind one button."""
    if not may(user, "record"):
        return {}
    if powder.state != Powder.State.OPEN:
        return {"first": _verb(powder, "reopen", "Open it again", "lock-open"), "often": [], "rest": []}
    holding = _holding(powder)
    dispose = _verb(powder, "dispose", "Throw it away", "trash-2")
    if powder.counted_in:
        # What is done with a counted lot stands at the head of its page.
        return {"first": None, "often": [*holding, dispose], "rest": []}
    return {
        "first": _verb(powder, "draw", "Draw powder", "scale"),
        "often": [
            _verb(powder, "weigh_jar", "Weigh the jar", "weight"),
            _verb(powder, "treat", "Treat", "flame"),
            _verb(powder, "take_aliquots", "Take aliquots", "split"),
            *_coating(powder),
        ],
        "rest": [
            _verb(powder, "merge", "Merge jars", "merge"),
            _verb(powder, "lose", "Enter a loss", "minus"),
            _verb(powder, "gain", "Enter a gain", "plus"),
            _verb(powder, "adjust", "Adjust the book", "notebook-pen"),
            *holding,
            dispose,
        ],
    }


def _verb(powder: Powder, name: str, label: str, icon: str) -> Verb:
    return {"label": label, "url": reverse(f"materials:{name}", args=[powder.code]), "icon": icon}


def _coating(powder: Powder) -> list[Verb]:
    if powder.material_id is None:
        return []
    url = f"{reverse('materials:run_coating')}?parent={powder.code}"
    return [{"label": "Coat", "url": url, "icon": "layers-2"}]


def _holding(powder: Powder) -> list[Verb]:
    # A hold is released in the banner that tells of it.
    held = powder.holds.filter(released_at=None).exists()
    return [] if held else [_verb(powder, "hold", "Put on hold", "hand")]


def banners_of(powder: Powder, user: User) -> list[dict[str, Any]]:
    """Return the holds and the expiry that a draw would have to explain, as ``ui/banner.html`` takes them."""
    jars = jars_parted_from(powder)
    holds = Hold.objects.filter(powder__in=[jar.pk for jar in jars], released_at=None)
    told = [
        _hold_banner(powder, hold, user) for hold in holds.select_related("powder__identity", "placed_by")
    ]
    root = jars[-1]
    expires_on = root.lot.expires_on if root.kind == Powder.Kind.LOT else None
    if expires_on is not None and expires_on < timezone.localdate():
        of = "" if root.pk == powder.pk else f"{root.code}, of which it is an aliquot, "
        told.append(
            {
                "title": f"Expired: {of}was good until {expires_on:%Y-%m-%d}",
                "level": "warning",
                "icon": "calendar-x",
                "lines": ["A draw goes on with a reason, and a manager looks at it later."],
            }
        )
    return told


def _hold_banner(powder: Powder, hold: Hold, user: User) -> dict[str, Any]:
    own, at = hold.powder_id == powder.pk, timezone.localtime(hold.placed_at)
    of = "" if own else f"{hold.powder.code}, of which it is an aliquot: "
    by = f"{hold.placed_by.display_name}, {at:%Y-%m-%d %H:%M}."
    action = _verb(hold.powder, "release", "Release" if own else f"Release {hold.powder.code}", "")
    return {
        "title": f"On hold: {of}{hold.reason}",
        "level": "warning",
        "icon": "hand",
        "lines": [f"{by} A draw goes on with a reason, and a manager looks at it later."],
        "action": action if may(user, "review") else None,
    }
