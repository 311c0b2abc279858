"""What people type, tap and scan at a weighing sheet."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import Q

from lims.form_parts import PercentField
from lims.forms import ActionForm, MassField, ProjectField
from lims.models import User
from materials.actions import Amount, PremixChoice
from materials.calc.balance_strings import read_balance
from materials.forms.choices import (
    SHARED_HELP,
    PowderChoiceField,
    balance_field,
    offer_balances,
    offer_powders,
    offer_project,
    put_last,
)
from materials.mixtures import part_names, parts_of
from materials.models import FormulationEdition, Powder

# What a scanner sends of a label: the code, or an address that ends with it.
SCANNED = re.compile(r"(?:\S*/)?(?P<code>[A-Za-z]{2,6}-\d{3,})/?")
PREMIXES = (1, 2)


class PlanForm(ActionForm):
    """How much is to be mixed and from which powders."""

    how = forms.ChoiceField(
        label="How much",
        choices=[
            ("total", "A total mass"),
            ("pellets", "Enough for pellets"),
            ("scarcest", "As much as the chosen powders allow"),
        ],
        initial="total",
        widget=forms.RadioSelect,
    )
    total_mass_ug = MassField(label="Total mass", required=False, help_text="Of all parts together.")
    pellets = forms.IntegerField(min_value=1, max_value=10_000, required=False, label="Pellets")
    pellet_mass_ug = MassField(
        label="Mass of a pellet", required=False, help_text="What the cell design asks for, such as 8.1 mg."
    )
    excess_fraction = PercentField(
        required=False, label="Excess", help_text="For what stays in the mortar: 10 is a tenth more."
    )
    balance = balance_field()
    project = ProjectField(required=False, help_text=SHARED_HELP)
    name = forms.CharField(
        max_length=120, required=False, help_text="Leave empty to call it after the formulation."
    )
    note = forms.CharField(required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, user: User, edition: FormulationEdition, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["balance"].help_text = "The targets are rounded to what it shows."
        self.parts = parts_of(edition)
        names = part_names(self.parts)
        for part in self.parts:
            name = f"powder_{part.order}"
            self.fields[name] = PowderChoiceField(
                Powder.objects.none(),
                required=False,
                label=names[part.pk],
                empty_label="Whichever is scanned",
            )
            offer_powders(self, name, user, material=part.material)
        for number in PREMIXES:
            name = f"premix_{number}"
            self.fields[name] = PowderChoiceField(
                Powder.objects.none(), required=False, label=f"Premix {number}", empty_label="None"
            )
            offer_powders(self, name, user, Q(kind=Powder.Kind.COMPOSITE) | Q(material=None))
            self.fields[f"premix_mass_{number}"] = MassField(
                label="Mass", required=False, help_text="Leave empty to take as much as fits."
            )
        offer_balances(self, user)
        offer_project(self, user)
        put_last(self, "balance", "project", "name", "note")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        needed = {
            "total": {"total_mass_ug": "Say how much it is in all."},
            "pellets": {
                "pellets": "Say for how many pellets.",
                "pellet_mass_ug": "Say what one pellet weighs.",
            },
        }
        for name, sentence in needed.get(self.cleaned_data.get("how", ""), {}).items():
            if self.cleaned_data.get(name) is None and name not in self.errors:
                self.add_error(name, sentence)
        return cleaned

    def amount(self) -> Amount:
        """Return how much is asked for."""
        given = self.cleaned_data
        if given["how"] == "total":
            return Amount(total_ug=given["total_mass_ug"])
        if given["how"] == "pellets":
            return Amount(
                pellets=given["pellets"],
                pellet_ug=given["pellet_mass_ug"],
                excess_fraction=given["excess_fraction"] or 0.0,
            )
        return Amount()

    def plan_arguments(self) -> dict[str, Any]:
        """Return what the plan is made of, without what only the sheet says."""
        given = self.cleaned_data
        return {
            "amount": self.amount(),
            "balance": given["balance"],
            "powders": {
                p.order: given[f"powder_{p.order}"] for p in self.parts if given[f"powder_{p.order}"]
            },
            "premixes": [
                PremixChoice(given[f"premix_{number}"], given[f"premix_mass_{number}"])
                for number in PREMIXES
                if given[f"premix_{number}"]
            ],
        }

    def arguments(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {**self.plan_arguments(), **{name: given[name] for name in ("project", "name", "note")}}

    def groups(self) -> list[dict[str, Any]]:
        """Return the fields as the page groups them."""
        amount = ("how", "total_mass_ug", "pellets", "pellet_mass_ug", "excess_fraction")
        premixes = [f"{what}_{number}" for number in PREMIXES for what in ("premix", "premix_mass")]
        rest = ("balance", "project", "name", "note")
        return [
            {"title": "How much", "class": "plan-amount", "fields": [self[name] for name in amount]},
            {
                "title": "From which powders",
                "class": "plan-powders",
                "fields": [self[f"powder_{part.order}"] for part in self.parts],
            },
            {"title": "Premixes", "class": "plan-premixes", "fields": [self[name] for name in premixes]},
            {"title": "The sheet", "class": "plan-rest", "fields": [self[name] for name in rest]},
        ]


class EnterForm(ActionForm):
    """The one box of the weighing screen: a scanned code, a balance's print-out, or a number in mg."""

    entry = forms.CharField(
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "autofocus": True, "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false",
                "inputmode": "none", "aria-label": "Scan, weigh or type",
            }
        ),
    )  # fmt: skip
    jar = forms.CharField(required=False, max_length=24, widget=forms.HiddenInput)
    boat = forms.BooleanField(required=False, widget=forms.HiddenInput)
    replaces_ug = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        entry = self.cleaned_data.get("entry", "")
        scanned = SCANNED.fullmatch(entry)
        if scanned:
            self.cleaned_data["powder"] = self._powder(scanned["code"].upper())
        elif entry:
            try:
                reading = read_balance(entry)
            except ValueError as problem:
                self.add_error("entry", str(problem))
            else:
                self.cleaned_data |= {"mass_ug": reading.mass_ug, "reading": reading.raw}
        return cleaned

    def _powder(self, code: str) -> Powder | None:
        try:
            powder: Powder = Powder.objects.visible_to(self.user).with_codes().coded(code)
        except Powder.DoesNotExist:
            self.add_error("entry", f"No powder that you may see has the code {code}.")
            return None
        return powder

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        del given["entry"]
        return given


class JarForm(ActionForm):
    """A jar that is tapped instead of scanned."""

    powder = PowderChoiceField(Powder.objects.none(), widget=forms.HiddenInput)
    instead = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        offer_powders(self, "powder", user)


class RestForm(JarForm):
    """Another jar, tapped for what is missing of a row."""

    instead = None  # type: ignore[assignment]  # Django's way of leaving out a field of the parent


class ConfirmForm(ActionForm):
    """One tap, sent once."""


class DropSheetForm(ActionForm):
    """Why a sheet is dropped."""

    reason = forms.CharField(max_length=500, help_text="Such as: weighed for practice, wrong formulation.")
