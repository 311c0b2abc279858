"""What people type when powder goes into other jars: aliquots, merged powders, treatments."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from lims.form_parts import choose, model_fields
from lims.forms import ActionForm, MassField, PerformedMixin, RecordChoiceField
from lims.models import User
from lims.units import MAX_MASS_UG, mass_text, ug_from_mg
from materials.actions import Portion
from materials.forms.choices import balance_field, offer_balances, put_last
from materials.forms.despite import DespiteMixin
from materials.models import Equipment, Place, Powder, Treatment

MOST_ALIQUOTS = 50


class MassesField(forms.CharField):
    """Several masses in mg, with spaces or line breaks between them, handed on in whole micrograms."""

    unit = "mg"

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        return [self._mass_ug(word) for word in typed.replace(";", " ").split()]

    def _mass_ug(self, word: str) -> int:
        try:
            mass_ug = ug_from_mg(Decimal(word.replace(",", ".")))
        except (InvalidOperation, OverflowError, ValueError) as error:
            raise ValidationError(f"“{word}” is no mass in mg.") from error
        if not 0 < mass_ug <= MAX_MASS_UG:
            raise ValidationError(f"“{word}” is no mass that a jar holds.")
        return mass_ug


class NewJarMixin(PerformedMixin):
    """Where the new jar stands, what it weighs empty, and what it is called."""

    blanks_of = Powder

    balance = balance_field()
    place = RecordChoiceField(Place.objects.none(), required=False, help_text="Where the new jar stands.")
    container_tare_ug = MassField(
        label="Tare of the new jar", required=False, help_text="With it the jar can be weighed as it stands."
    )
    name = forms.CharField(max_length=120, required=False, help_text="Leave empty to keep the name.")

    def offer(self, user: User, powder: Powder) -> None:
        """Offer balances and places; a new jar stands where the old one does."""
        offer_balances(self, user)
        choose(self, "place", Place.objects.all(), user)
        self.fields["place"].initial = powder.place and powder.place.code
        put_last(self, "balance", "place", "container_tare_ug", "name", "performed_at", "note")


class AliquotsForm(NewJarMixin, DespiteMixin, ActionForm):
    """Equal aliquots, or one for each of several masses."""

    count = forms.IntegerField(
        min_value=1, max_value=MOST_ALIQUOTS, required=False, label="How many", help_text="All alike."
    )
    each_ug = MassField(label="Mass of each", required=False)
    masses_ug = MassesField(
        label="Or the mass of each one",
        required=False,
        max_length=2000,
        help_text="With spaces between them: 50 50 20",
    )

    def __init__(self, *args: Any, user: User, powder: Powder, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.offer(user, powder)
        self.fields["container_tare_ug"].label = "Tare of each new jar"

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        count, each_ug, masses_ug = given.get("count"), given.get("each_ug"), given.get("masses_ug") or []
        if self.errors:
            return given
        if masses_ug and (count or each_ug):
            raise ValidationError({"masses_ug": "Either so many of one mass, or the mass of each one."})
        if not masses_ug and not (count and each_ug):
            raise ValidationError("Say how many and what each weighs, or the mass of each one.")
        if len(masses_ug) > MOST_ALIQUOTS:
            raise ValidationError(
                {"masses_ug": f"{len(masses_ug)} jars at once are more than {MOST_ALIQUOTS}."}
            )
        return given

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        count, each_ug = given.pop("count"), given.pop("each_ug")
        return {**given, "masses_ug": given["masses_ug"] or [each_ug] * count}


class SameSubstanceField(forms.ModelMultipleChoiceField):
    """Powders that say what is left of each."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} · {obj.name} · {obj.left_text()} left"


class MergeForm(NewJarMixin, DespiteMixin, ActionForm):
    """Which jars are poured together with this one; each gives all that it holds."""

    portions = SameSubstanceField(
        Powder.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        label="Poured together with",
    )
    recovered_mass_ug = MassField(
        label="Mass after merging", required=False, help_text="Leave empty if nothing was lost on the way."
    )

    def __init__(self, *args: Any, user: User, powder: Powder, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.offer(user, powder)
        self.powder = powder
        choose(self, "portions", like(powder), user)

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        return {**given, "portions": [Portion(self.powder), *(Portion(other) for other in given["portions"])]}


def like(powder: Powder) -> Any:
    """Return the open powders with something left that may be the same substance; the action looks inside."""
    derived = Q(kind__in=[Powder.Kind.ALIQUOT, Powder.Kind.TREATMENT, Powder.Kind.MERGE])
    same = {
        Powder.Kind.LOT: Q(kind=Powder.Kind.LOT),
        Powder.Kind.COATING: Q(coating__edition__batches=powder.pk),
        Powder.Kind.COMPOSITE: Q(composite__edition__batches=powder.pk),
    }.get(Powder.Kind(powder.kind), Q())
    others = Powder.objects.open().weighed().with_balance().filter(material=powder.material_id)
    fitting = others.filter(same | derived) if same else others
    return fitting.filter(balance_ug__gt=0).exclude(pk=powder.pk).distinct()


HEAT = ("temperature_c", "duration_h")
# What is asked for each kind of treatment, what matters first.
FIELDS_OF_KIND: dict[str, Sequence[str]] = {
    Treatment.Kind.DRY: (*HEAT, "pressure_mbar", "atmosphere", "ramp_c_min", "container", "equipment"),
    Treatment.Kind.SIEVE: ("mesh_um", "atmosphere", "container", "equipment"),
    Treatment.Kind.MILL: ("speed_rpm", "duration_h", "atmosphere", "container", "equipment"),
    Treatment.Kind.ANNEAL: (*HEAT, "ramp_c_min", "atmosphere", "pressure_mbar", "container", "equipment"),
    Treatment.Kind.REDRY: (*HEAT, "pressure_mbar", "atmosphere", "ramp_c_min", "container", "equipment"),
}
EQUIPMENT_OF_KIND: dict[str, Sequence[str]] = {
    Treatment.Kind.SIEVE: [Equipment.Kind.SIEVE],
    Treatment.Kind.MILL: [Equipment.Kind.MIXER],
}
HEATERS = [Equipment.Kind.OVEN, Equipment.Kind.FURNACE]


class TreatForm(NewJarMixin, DespiteMixin, ActionForm):
    """One treatment: what went in, how it was treated, what came out."""

    load_mass_ug = MassField(label="Mass in")
    recovered_mass_ug = MassField(
        label="Mass out", help_text="What it weighed after: moisture and dust are the difference."
    )
    equipment = RecordChoiceField(Equipment.objects.none(), required=False, label="In")

    def __init__(self, *args: Any, user: User, powder: Powder, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        asked = FIELDS_OF_KIND[kind]
        self.fields.update(model_fields(Treatment, *(name for name in asked if name != "equipment")))
        used = EQUIPMENT_OF_KIND.get(kind, HEATERS)
        choose(self, "equipment", Equipment.objects.filter(kind__in=used), user)
        self.fields["load_mass_ug"].help_text = f"{powder.code} holds {mass_text(powder.balance_now_ug())}."
        self.fields["name"].help_text = "Leave empty to call it after the powder and the treatment."
        if kind == Treatment.Kind.ANNEAL:
            self.fields["temperature_c"].required = True
        self.offer(user, powder)
        self.order_fields(["load_mass_ug", "recovered_mass_ug", *asked])
