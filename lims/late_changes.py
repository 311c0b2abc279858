"""When a change has to say why: the one home of this rule, whoever changes whatever by page, API or sheet.

A slip of the finger that is mended at once needs no reason. Once fifteen minutes have passed, or something rests on
the record, somebody may have read the old value. Every change is logged, with a reason or without.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from lims import registry
from lims.models import Identity, Record

GRACE = timedelta(minutes=15)
# Written where the book itself asks for a reason and none was needed.
AT_ONCE = "Mended within 15 minutes of its entry"
NAMED = 3


def why_asked(record: Record, entered_at: datetime | None) -> str:
    """Return why a change of what was entered then needs a reason, as a sentence; empty where it needs none.

    ``entered_at`` is when the value was written down, not when it was done; None stands for long ago.
    """
    resting = rests_on(record)
    if resting:
        more = f" and {len(resting) - NAMED} more" if len(resting) > NAMED else ""
        return f"{', '.join(resting[:NAMED])}{more} {'rest' if len(resting) > 1 else 'rests'} on it"
    if entered_at is None or timezone.now() - entered_at > GRACE:
        return "it was entered more than 15 minutes ago"
    return ""


def rests_on(record: Record) -> list[str]:
    """Return the codes of what was made of a record, measured on it or written about it."""
    keys = {target for provider in registry.lineage_edges for _, target, _ in provider([record.pk], False)}  # noqa: FBT003
    return list(Identity.objects.filter(pk__in=keys).order_by("pk").values_list("code", flat=True))


def judge_reason(record: Record, *, entered_at: datetime | None, reason: str) -> str:
    """Return the reason to be kept, or raise ValidationError where one is needed and none was given."""
    if reason.strip():
        return reason.strip()
    why = why_asked(record, entered_at)
    if why:
        raise ValidationError({"reason": f"Say why it is changed: {why}."})
    return AT_ONCE
