"""What people say of a file that they put beside a record, or take back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from lims import idempotency
from lims.attachments import keep
from lims.forms import ActionForm
from lims.models import Attachment


class AttachForm(ActionForm):
    """One file: chosen, dropped, or taken with the tablet's camera."""

    purpose = forms.ChoiceField(
        label="What it is", choices=Attachment.Purpose.choices, initial=Attachment.Purpose.OTHER
    )
    file = forms.FileField(label="File", required=False, allow_empty_file=True)
    photo = forms.FileField(
        label="Or take a photo",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file, photo = cleaned.pop("file", None), cleaned.pop("photo", None)
        if (file is None) == (photo is None):
            raise ValidationError({"file": "Choose one file, or take one photo."})
        upload = file or photo
        # On the disk before the action begins, which holds up every other writer for as long as it works.
        return {**cleaned, "blob": keep(upload), "name": upload.name}

    def fingerprint(self, *about: str) -> str:
        """Return what tells this form from another one sent with the same key: its bytes count as well."""
        parts: list[str | bytes] = []
        for name in sorted(self.files):
            upload = self.files[name]
            if isinstance(upload, UploadedFile):
                parts += [upload.name or "", *upload.chunks()]
                upload.seek(0)
        return super().fingerprint(*about, idempotency.fingerprint(*parts))


class WithdrawForm(ActionForm):
    """Why a file no longer counts."""

    reason = forms.CharField(max_length=500, label="Why", widget=forms.Textarea(attrs={"rows": 2}))
