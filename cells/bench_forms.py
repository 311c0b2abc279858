"""What comes into the building screen: scanned, weighed, typed or tapped."""

from __future__ import annotations

import math
from typing import Any

from django import forms

from cells.models import PressStep
from lims import scanning
from lims.blanks import said_blank
from lims.form_parts import choose
from lims.forms import ActionForm
from lims.models import Blank, Identity, User
from materials.calc.balance_strings import read_balance
from materials.forms import PowderChoiceField
from materials.models import Equipment, Powder


class ExpectedMixin(forms.Form):
    """The version of the step that the screen showed; put it before an ActionForm."""

    expected = forms.IntegerField(required=False, widget=forms.HiddenInput)


class BenchForm(ExpectedMixin, ActionForm):
    """The one box: a code of a jar or of a tool, a balance's print-out, a number, or "not measured"."""

    entry = forms.CharField(
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "autofocus": True, "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false",
                "inputmode": "none", "aria-label": "Scan, weigh or type",
            }
        ),
    )  # fmt: skip
    boat = forms.BooleanField(required=False, widget=forms.HiddenInput)
    lost = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        entry = self.cleaned_data.get("entry", "").strip()
        if not entry:
            return cleaned
        identity = scanned_identity(entry, self.user)
        if identity is not None:
            self._take(identity)
        elif blank := said_blank(entry):
            self.cleaned_data["blank"] = blank
        else:
            self._read(entry)
        return cleaned

    def _take(self, identity: Identity) -> None:
        if identity.kind == Powder._meta.label_lower:
            self.cleaned_data["powder"] = Powder.objects.with_codes().get(pk=identity.pk)
        elif identity.kind == Equipment._meta.label_lower:
            self.cleaned_data["tool"] = Equipment.objects.with_codes().get(pk=identity.pk)
        else:
            self.add_error("entry", f"{identity.code} is neither a jar nor a tool, and no cell.")

    def _read(self, entry: str) -> None:
        """Read a number as it may be meant: what it is of, the step decides."""
        self.cleaned_data["reading"] = entry
        try:
            self.cleaned_data["number"] = _number(entry)
        except ValueError:
            self.cleaned_data["number"] = None
        try:
            self.cleaned_data["mass_ug"] = read_balance(entry).mass_ug
        except ValueError as problem:
            if self.cleaned_data["number"] is None:
                self.add_error("entry", str(problem))

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        del given["entry"]
        return given


def _number(entry: str) -> float:
    """Return a typed number, with a decimal point or comma."""
    number = float(entry.replace(",", ".").replace("\u2212", "-"))
    if not math.isfinite(number) or "_" in entry:
        raise ValueError(entry)
    return number


def scanned_identity(entry: str, user: User) -> Identity | None:
    """Return the record whose code was scanned, if it is a code that this person may see."""
    if not any(letter.isalpha() for letter in entry):
        return None
    codes = scanning.spellings(scanning.cleaned(entry))
    return Identity.objects.visible_to(user).filter(code__in=codes).distinct().first()


class TapJarForm(ExpectedMixin, ActionForm):
    """A jar that is tapped instead of scanned."""

    powder = PowderChoiceField(Powder.objects.none(), widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        choose(self, "powder", Powder.objects.open().with_balance(), user)


class HoldForm(ExpectedMixin, ActionForm):
    """The press stands at what the design asks for."""

    lot_reason = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)


class ReleaseForm(ExpectedMixin, ActionForm):
    """The press was released."""

    on_time = forms.BooleanField(required=False, widget=forms.HiddenInput)


class BlankForm(ExpectedMixin, ActionForm):
    """It was not measured."""

    blank = forms.ChoiceField(choices=Blank.choices, widget=forms.HiddenInput, initial=Blank.NOT_MEASURED)


class UnitForm(ExpectedMixin, ActionForm):
    """The unit that the press is read in."""

    unit = forms.ChoiceField(choices=PressStep.Unit.choices, widget=forms.HiddenInput)


class BackForm(ExpectedMixin, ActionForm):
    """One tap back."""
