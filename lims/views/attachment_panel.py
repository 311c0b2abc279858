"""The files beside a record, as its page shows them."""

from __future__ import annotations

from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from lims.attachment_forms import AttachForm
from lims.attachments import SHOWN_TYPES
from lims.models import Attachment, Identity, User
from lims.permissions import may


def attachments_of(identity: Identity, user: User, form: AttachForm | None = None) -> dict[str, Any]:
    """Return what ``ui/attachments.html`` takes; ``form`` is one that was refused."""
    files = Attachment.objects.filter(identity=identity).select_related("blob", "attached_by", "withdrawn_by")
    writes = may(user, "record")
    # Another prefix for its ids: the record's own page may ask for a file or a note too.
    asked = form or AttachForm(user=user, auto_id="attachment-%s")
    return {
        "files": [_told(file, writes=writes) for file in files],
        "form": asked if writes else None,
        "url": reverse("lims:attachments", args=[identity.code]),
    }


def _told(file: Attachment, *, writes: bool) -> dict[str, Any]:
    withdrawn = file.withdrawn_by is not None
    shown = file.content_type in SHOWN_TYPES
    return {
        "name": file.name,
        "url": reverse("lims:attachment", args=[file.pk]),
        "thumbnail_url": reverse("lims:thumbnail", args=[file.pk]) if shown else "",
        "purpose": file.get_purpose_display(),
        "size": filesizeformat(file.blob.size_bytes),
        "who": file.attached_by.display_name,
        "at": file.attached_at,
        "withdrawn": {
            "who": file.withdrawn_by.display_name,
            "at": file.withdrawn_at,
            "why": file.withdrawn_reason,
        }
        if file.withdrawn_by
        else None,
        "withdraw_url": reverse("lims:withdraw_attachment", args=[file.pk])
        if writes and not withdrawn
        else "",
    }
