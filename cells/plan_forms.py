"""What people type to plan: lots at hand, films to pair, a study over days and dies; and what texts claim."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from cells.actions.plan_study import LARGEST_SEED, MOST_CELLS, Meant
from cells.claims import choices
from cells.forms import fitting
from cells.models import CellDesign, CellDesignEdition, Claim, Condition, LayerRole, Study
from lims.form_parts import model_fields, records
from lims.forms import ActionForm, MassField, unit
from lims.models import User
from lims.units import UG_PER_MG
from materials.forms import EditionField, PowderChoiceField
from materials.forms.choices import equipment_words
from materials.models import Equipment, Powder

MOST_FILMS = 200


def lot_field(edition: CellDesignEdition, role: str, user: User) -> PowderChoiceField | None:
    """Return the choice of a lot for one layer, or None where the design has no such layer."""
    layer = edition.layer(role)
    if layer is None:
        return None
    open_lots = Powder.objects.open().with_balance()
    kind = open_lots.counted() if layer.is_foil else open_lots.weighed()
    return PowderChoiceField(
        records(kind.filter(fitting(edition, role)).distinct(), user), required=False, label=layer.label
    )


class LotsForm(forms.Form):
    """The lots at hand and how many cells are wanted; nothing is saved."""

    replicates = forms.IntegerField(min_value=1, max_value=100, initial=3, label="Cells")
    positive_mass_ug = MassField(required=False, label="Cathode as weighed")

    def __init__(self, data: Any = None, *, edition: CellDesignEdition, user: User) -> None:
        super().__init__(data)
        self.edition = edition
        for role in ("positive", "separator", "alloying", "negative"):
            field = lot_field(edition, role, user)
            if field is not None:
                self.fields[f"{role}_powder"] = field
        positive = edition.layer(LayerRole.POSITIVE)
        if positive is None or positive.is_foil:
            del self.fields["positive_mass_ug"]
        else:
            self.fields["positive_mass_ug"].help_text = f"Empty: {positive.target_text()}, as designed."

    def lots(self) -> dict[str, Powder | None]:
        """Return the chosen lots by the role of their layer."""
        return {role: self.cleaned_data.get(f"{role}_powder") for role in LayerRole.values}


class MassesField(forms.CharField):
    """Masses in mg, one on each line or with blanks, commas or semicolons between them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.Textarea(attrs={"rows": 6, "inputmode": "decimal"}), max_length=5000, **kwargs
        )

    def clean(self, value: Any) -> list[float]:
        words = super().clean(value).replace(";", " ").replace(",", " ").split()
        masses = []
        for word in words:
            try:
                mass_mg = Decimal(word)
            except InvalidOperation as error:
                raise ValidationError(f"{word!r} is no mass in mg; write 8.1 with a point.") from error
            if not (mass_mg.is_finite() and mass_mg > 0):
                raise ValidationError(f"A film weighs more than 0 mg, not {word}.")
            masses.append(float(mass_mg))
        if len(masses) > MOST_FILMS:
            raise ValidationError(
                f"{len(masses)} films are more than the {MOST_FILMS} that are paired at once."
            )
        return masses


class PairForm(forms.Form):
    """Punched films that are weighed already."""

    positive_masses = MassesField(label="Cathodes, mg")
    negative_masses = MassesField(label="Anodes, mg")
    positive_collector_mg = unit(
        forms.FloatField(required=False, min_value=0, initial=0, label="Collector in each cathode"), "mg"
    )
    negative_collector_mg = unit(
        forms.FloatField(required=False, min_value=0, initial=0, label="Collector in each anode"), "mg"
    )

    def __init__(self, data: Any = None, *, edition: CellDesignEdition, user: User) -> None:
        super().__init__(data)
        for role in (LayerRole.POSITIVE, LayerRole.NEGATIVE):
            field = lot_field(edition, role, user)
            if field is not None:
                field.help_text = "Empty: the share of active material as designed."
                self.fields[f"{role.value}_powder"] = field

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        for side in ("positive", "negative"):
            collector = told.get(f"{side}_collector_mg") or 0
            lightest = min(told.get(f"{side}_masses") or [0])
            if lightest and lightest <= collector:
                self.add_error(
                    f"{side}_collector_mg", f"The lightest film weighs {lightest:g} mg with its collector."
                )
        return told


class DiesField(forms.ModelMultipleChoiceField):
    """Any number of dies."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Equipment.objects.none(), widget=forms.CheckboxSelectMultiple, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return equipment_words(obj)


class PlanStudyForm(ActionForm):
    """All conditions of a study at once: by which design each, how many, over which days and dies."""

    replicates = forms.IntegerField(
        min_value=1, max_value=MOST_CELLS, initial=3, label="Cells of each condition"
    )
    first_day = forms.DateField(
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), initial=timezone.localdate
    )
    days = forms.IntegerField(min_value=1, max_value=60, initial=1, label="Over so many days")
    dies = DiesField(required=False, help_text="None: each cell takes its design's.")
    randomise = forms.BooleanField(
        required=False, initial=True, label="Draw the order by lot",
        help_text="So that a condition does not coincide with a day, a die or an hour.",
    )  # fmt: skip
    seed = forms.IntegerField(
        min_value=0, max_value=LARGEST_SEED, required=False, help_text="Empty: a new one is drawn and kept."
    )

    def __init__(self, *args: Any, user: User, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.study, self.conditions = study, list(study.conditions.all())
        editions = CellDesignEdition.objects.filter(design__in=CellDesign.objects.visible_to(user))
        offered = editions.select_related("design__identity").order_by("-pk")
        for condition in self.conditions:
            self.fields[self.name_of(condition)] = EditionField(
                offered, required=False, label=condition.name, empty_label="no cells of it"
            )
        dies = self.fields["dies"]
        if isinstance(dies, DiesField):
            found = Equipment.objects.filter(kind=Equipment.Kind.DIE).with_calibration()
            dies.queryset = records(found, user)
        self.order_fields([*(self.name_of(c) for c in self.conditions), "replicates"])

    @staticmethod
    def name_of(condition: Condition) -> str:
        return f"condition_{condition.order}"

    def arguments(self) -> dict[str, Any]:
        told = super().arguments()
        meant = [
            Meant(condition, edition)
            for condition in self.conditions
            if (edition := told.pop(self.name_of(condition))) is not None
        ]
        return {**told, "meant": meant, "dies": list(told["dies"])}


class ClaimForm(ActionForm):
    """A number that a text states."""

    def __init__(self, *args: Any, user: User, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(model_fields(Claim, "text", "source", "stated"))
        self.fields["text"].widget = forms.Textarea(attrs={"rows": 3})
        self.fields["quantity"] = forms.ChoiceField(
            choices=[("", "–"), *choices()], label="What it is said to be"
        )
        for name, label, words in (
            ("condition", "Of condition", "all of the study"),
            ("compared_to", "Over that of", "no ratio: the number itself"),
        ):
            self.fields[name] = forms.ModelChoiceField(
                study.conditions.all(), required=False, label=label, empty_label=words
            )
        self.order_fields(["text", "source", "quantity", "stated", "condition", "compared_to"])


class WithdrawClaimForm(ActionForm):
    """Why a claim no longer stands."""

    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


def mass_mg(mass_ug: int | None) -> float | None:
    """Return a mass in mg."""
    return None if mass_ug is None else mass_ug / UG_PER_MG
