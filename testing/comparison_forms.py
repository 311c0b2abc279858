"""Which cells are compared, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from cells.models import Cell
from lims.forms import ActionForm, ProjectField
from lims.models import User
from testing.causes import CAUSES
from testing.models import Comparison


class ComparisonForm(ActionForm):
    """A comparison: new, or one that is changed."""

    name = forms.CharField(max_length=200)
    project = ProjectField(
        help_text="Who belongs to it sees the comparison, and of its cells those that they may see."
    )
    question = forms.CharField(max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    colour_by = forms.ChoiceField(
        label="Colour by",
        choices=[*((name, cause.label) for name, cause in CAUSES.items()), ("cell", "Cell")],
    )
    cells = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=20_000,
        help_text="Codes of cells, in the order of the picture.",
    )
    expected_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        user: User,
        codes: Sequence[str] = (),
        record: Comparison | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["cells"].initial = " ".join(codes)
        project = self.fields["project"]
        if record is not None:
            del self.fields["project"]
            self.fields["expected_version"].initial = record.version
            return
        del self.fields["expected_version"]
        if isinstance(project, ProjectField):
            project.offer(user)

    def clean_cells(self) -> list[Cell]:
        codes = list(dict.fromkeys(self.cleaned_data["cells"].replace(",", " ").upper().split()))
        found = {
            cell.code: cell
            for cell in Cell.objects.visible_to(self.user)
            .with_codes()
            .with_study()
            .filter(identity__code__in=codes)
        }
        missing = [code for code in codes if code not in found]
        if missing:
            raise ValidationError(f"There is no cell {', '.join(missing[:5])} that you may see.")
        return [found[code] for code in codes]
