"""What pages say of records on which a flag stands: the banner of the record, the card of the home page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from lims import registry
from lims.models import Identity, Record, SuspectFlag, Suspicion, User
from lims.suspicion import flags_visible_to, suspicions_visible_to

SHOWN = 6


def who_and_when(suspicion: Suspicion) -> str:
    return f"{suspicion.by.display_name}, {timezone.localtime(suspicion.at):%Y-%m-%d %H:%M}"


def sees_root(suspicion: Suspicion, user: User) -> bool:
    """Return whether ``user`` may see the record that was marked."""
    return Identity.objects.visible_to(user).filter(pk=suspicion.identity_id).exists()


def told_reason(suspicion: Suspicion, *, seen: bool) -> str:
    """Return why a record is suspect; what was written of a record in another project stays there."""
    if seen:
        return suspicion.reason
    return f"something that it was made of, in another project; ask {suspicion.by.display_name}"


def suspect_banners(record: Record, user: User) -> list[dict[str, Any]]:
    """Return the suspicions that stand on a record, as ``ui/banner.html`` takes them."""
    flags = flags_visible_to(user).standing().filter(identity=record.pk).order_by("-suspicion")
    return [_banner(record, flag, user) for flag in flags]


def _banner(record: Record, flag: SuspectFlag, user: User) -> dict[str, Any]:
    suspicion = flag.suspicion
    seen = suspicion.identity_id == record.pk or sees_root(suspicion, user)
    lines = [f"{who_and_when(suspicion)}."]
    if suspicion.identity_id != record.pk:
        root = suspicion.identity.code if seen else "a record of another project"
        lines = [f"{root} was marked as suspect, and this rests on it. {lines[0]}"]
    return {
        "title": f"Suspect: {told_reason(suspicion, seen=seen)}",
        "level": "danger",
        "icon": "flag",
        "lines": lines,
        "action": {"label": "All that it touched", "url": reverse("lims:suspicion", args=[suspicion.pk])},
    }


def suspects_card(user: User) -> registry.Card | None:
    """Show the newest suspicions that stand; no card where there is none."""
    standing = flags_visible_to(user).standing().order_by().values("suspicion")
    newest = list(suspicions_visible_to(user).filter(pk__in=standing)[:SHOWN])
    if not newest:
        return None
    visible = set(
        Identity.objects.visible_to(user)
        .filter(pk__in=[suspicion.identity_id for suspicion in newest])
        .values_list("pk", flat=True)
    )
    return registry.Card(
        title="Suspect records",
        icon="flag",
        lines=[
            {
                "text": f"{s.identity.code} · {s.reason}"
                if s.identity_id in visible
                else "A record of another project",
                "url": reverse("lims:suspicion", args=[s.pk]),
                "badge": "suspect",
            }
            for s in newest
        ],
        empty="",
        action=("All suspicions", reverse("lims:suspects")),
        section=registry.Section.WRONG,
    )
