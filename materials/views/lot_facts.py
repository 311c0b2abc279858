"""What the page of a lot says of its container, what can be done with it, and what a counted lot counts."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import reverse
from django.utils import timezone

from lims.blanks import words_for
from lims.facts import Fact, fact, facts_of, record_fact
from lims.models import User
from lims.permissions import may
from lims.units import mass_text
from materials.calc.concentration import concentration_text
from materials.models import Material, Powder, PowderLot


def lot_facts(powder: Powder) -> list[Fact]:
    """Return what is known of a container."""
    lot = powder.lot
    told = [
        record_fact("Material", powder.material),
        record_fact("Supplier", lot.supplier),
        *facts_of(lot, "lot_number", "container_number", "catalogue_number", "purity_fraction"),
    ]
    if lot.concentration_g_ml is not None:
        told.append(
            fact(
                "Concentration",
                concentration_text(lot.concentration_g_ml),
                hint=f"{lot.concentration_g_ml:g} g/mL",
            )
        )
    if not powder.counted_in:
        told += [
            fact(
                "Particle size",
                _sizes(lot),
                "µm" if lot.mean_diameter_um() is not None else "",
                blank=words_for(lot, "particle_size_min_um") or words_for(lot, "particle_size_max_um"),
            ),
            fact("Received mass is", lot.get_mass_basis_display().lower()),
            fact("Tare", None if powder.container_tare_ug is None else mass_text(powder.container_tare_ug),
                 blank=words_for(powder, "container_tare_ug")),
        ]  # fmt: skip
    return [
        *told,
        *facts_of(lot, "received_on", "opened_on"),
        fact("Expires on", lot.expires_on, hint=expiry_words(lot), blank=words_for(lot, "expires_on")),
        record_fact("Place", powder.place, blank=words_for(powder, "place")),
    ]


def _sizes(lot: PowderLot) -> str:
    sizes = [s for s in (lot.particle_size_min_um, lot.particle_size_max_um) if s is not None]
    return " to ".join(f"{size:g}" for size in sizes)


def expiry_words(lot: PowderLot) -> str:
    """Return how far off a lot's expiry is, in words; nothing where it has none."""
    if lot.expires_on is None:
        return ""
    days = (lot.expires_on - timezone.localdate()).days
    if days < 0:
        return f"expired {_days(-days)} ago"
    return "the last day" if days == 0 else f"in {_days(days)}"


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def lot_part(powder: Powder, user: User) -> dict[str, Any]:
    """Return what can be done with a lot, beside what can be done with every powder."""
    if powder.kind != Powder.Kind.LOT or not may(user, "record"):
        return {}
    offered = []
    if powder.state == Powder.State.OPEN:
        offered += _counted_verbs(powder) if powder.counted_in else []
        if powder.lot.opened_on is None:
            opening = _link("open_lot", powder, "Opened today", "package-open")
            offered.append({**opening, "post": True, "key": uuid.uuid4().hex})
    offered.append(_link("change_lot", powder, "Change", "pencil"))
    another = f"{reverse('materials:receive_lot')}?like={powder.code}"
    offered.append({"label": "Receive another like it", "url": another, "icon": "copy-plus"})
    return {"actions": offered}


def _counted_verbs(powder: Powder) -> list[dict[str, Any]]:
    verbs = [
        {**_link("use_count", powder, "Use some", "minus"), "primary": True},
        _link("adjust_count", powder, "Count it", "list-checks"),
    ]
    if Material.objects.in_role(Material.Role.PRECURSOR).filter(pk=powder.material_id).exists():
        url = f"{reverse('materials:fill_source')}?powder={powder.code}"
        verbs.append({"label": "Fill a source", "url": url, "icon": "cylinder"})
    return verbs


def _link(name: str, powder: Powder, label: str, icon: str) -> dict[str, Any]:
    return {"label": label, "url": reverse(f"materials:{name}", args=[powder.code]), "icon": icon}
