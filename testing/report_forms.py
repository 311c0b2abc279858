"""What people type about reports: what to print, who signs, why one goes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from lims.forms import ActionForm
from lims.models import User
from lims.permissions import may


class ReportForm(ActionForm):
    """That a report is wanted; it has nothing to type."""


class ReportOptionsForm(ActionForm):
    """Which sections are printed, in which order, and the words around them."""

    sections = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    foreword = forms.CharField(
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Printed before everything else, in Markdown.",
    )
    afterword = forms.CharField(
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        label="Remarks",
        help_text="Printed after everything else, in Markdown.",
    )

    keep = forms.BooleanField(
        required=False,
        label="Print every report of this kind like this from now on",
        help_text="The lab's own layout; whoever exports one may still choose otherwise.",
    )

    def __init__(
        self,
        *args: Any,
        user: User,
        sections: Sequence[tuple[str, str]],
        layout: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, user=user, **kwargs)
        layout = layout or {}
        wanted = [key for key in layout.get("sections", []) if key in dict(sections)]
        titles = dict(sections)
        if not may(user, "release"):
            del self.fields["keep"]
        # The ones that the lab prints come first, in its order.
        ordered = [*wanted, *(key for key in titles if key not in wanted)]
        field = self.fields["sections"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(key, titles[key]) for key in ordered]
        self.initial.update(
            {
                "sections": wanted or list(titles),
                "foreword": layout.get("foreword", ""),
                "afterword": layout.get("afterword", ""),
            }
        )

    def arguments(self) -> dict[str, Any]:
        return {"options": self.options()}

    def options(self) -> dict[str, Any]:
        """Return what was chosen, as a report keeps it."""
        given = super().arguments()
        return {name: value for name, value in given.items() if value and name != "keep"}


class SignForm(ActionForm):
    """A signature."""

    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        max_length=200,
        strip=False,
        label="Your password",
        help_text="Asked again, so that nobody signs for you at a tablet that you left open.",
    )
    remark = forms.CharField(required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class ReturnForm(ActionForm):
    """Why a report goes back to its author."""

    reason = forms.CharField(
        max_length=1000, widget=forms.Textarea(attrs={"rows": 2}), label="What to look at"
    )


class VerifyForm(forms.Form):
    """A PDF to ask about. It changes nothing, so it carries no key."""

    file = forms.FileField(max_length=255, allow_empty_file=True, label="PDF")
