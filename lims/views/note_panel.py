"""The notebook beside a record: entries about it, entries that mention it, what was concluded from it."""

from __future__ import annotations

from typing import Any

from django.db.models import Max
from django.urls import reverse

from lims import notebook, registry
from lims.models import Attachment, Identity, Note, Record, User
from lims.permissions import may


def notes_of(identity: Identity, user: User, limit: int = 12) -> dict[str, Any]:
    """Return the entries of an identity, and where one is written."""
    found = list(notebook.notes_on(identity, user).select_related("performed_by")[: limit + 1])
    return {
        "entries": [
            {
                "code": entry.code,
                "heading": entry.heading,
                "url": registry.url_of(entry.identity),
                "who": entry.performed_by.display_name,
                "at": entry.performed_at,
                "how": entry.get_kind_display() if entry.subject_id == identity.pk else "Mentioned",
            }
            for entry in found[:limit]
        ],
        "more_url": f"{reverse('lims:notebook')}?mentions={identity.code}" if len(found) > limit else "",
        "write_url": f"{reverse('lims:write_note')}?about={identity.code}" if may(user, "record") else "",
    }


def conclusions_of(record: Record, user: User) -> list[dict[str, Any]]:
    """Return what was concluded from a record, whole, each with who wrote its newest edition."""
    rows: Any = (
        Note.objects.visible_to(user).with_codes().filter(subject=record.pk, kind=Note.Kind.CONCLUSION)
    )
    found = list(rows.annotate(edition=Max("editions__number")).order_by("pk"))
    pictures = list(Attachment.objects.filter(identity__in=[entry.pk for entry in found]))
    newest = {
        edition.note_id: edition for entry in found for edition in entry.editions.select_related("by")[:1]
    }
    return [
        {
            "code": entry.code,
            "url": registry.url_of(entry.identity),
            "heading": entry.heading,
            "text": notebook.rendered(entry.body, user, [p for p in pictures if p.identity_id == entry.pk]),
            "edition": newest[entry.pk].number,
            "who": newest[entry.pk].by.display_name,
            "at": newest[entry.pk].at,
        }
        for entry in found
    ]
