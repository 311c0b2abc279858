"""What people send when they enter what was done before: a file or a paste, then the rows that were checked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from lims.attachments import safe_name
from lims.forms import ActionForm
from lims.sheets import MOST_BYTES, Sheet, packed, read_text, read_upload, unpacked

MOST_PHOTOS = 10


class SheetForm(forms.Form):
    """A sheet, as a file or pasted from a spreadsheet."""

    file = forms.FileField(
        required=False,
        label="File",
        help_text="CSV or XLSX, at most 2,000 rows and 10 MB.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        allow_empty_file=True,
    )
    pasted = forms.CharField(
        required=False,
        max_length=MOST_BYTES,
        label="Or paste the cells here",
        help_text="With their heads in the first row, as copied from a spreadsheet.",
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "wrap": "off"}),
    )
    name = ""
    sheets: list[Sheet]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        upload, pasted = given.get("file"), given.get("pasted", "")
        if bool(upload) == bool(pasted):
            raise ValidationError("Choose a file, or paste the cells.")
        if isinstance(upload, UploadedFile):
            self.name = safe_name(upload.name or "")
            self.sheets = read_upload(self.name, upload.read(MOST_BYTES + 1))
        else:
            self.sheets = [read_text(pasted, name="")]
        return given


class ManyFilesInput(forms.ClearableFileInput):
    """A box that takes several files."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files, or none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=ManyFilesInput(attrs={"accept": "image/*,application/pdf"}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if isinstance(data, list | tuple) else [data]
        given = [super(ManyFilesField, self).clean(one, initial) for one in files if one]
        if len(given) > MOST_PHOTOS:
            raise ValidationError(f"At most {MOST_PHOTOS} photos at once.")
        return given


class EnterRowsForm(ActionForm):
    """The rows that were checked, and photos of the sheet that they come from."""

    table = forms.CharField(widget=forms.HiddenInput, strip=False)
    checked = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    photos = ManyFilesField(
        required=False, label="Photos of the sheet", help_text="Kept beside every record that is made."
    )
    name = ""
    sheets: list[Sheet]

    def clean_table(self) -> str:
        self.name, self.sheets = unpacked(self.cleaned_data["table"])
        return packed(self.name, self.sheets)
