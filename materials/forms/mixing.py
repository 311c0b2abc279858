"""What people type when powders have been weighed and are mixed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import OuterRef, Q, Subquery
from django.utils.timesince import timesince

from lims.form_parts import choose
from lims.forms import ActionForm, MassField, PerformedMixin, ProjectField, RecordChoiceField, unit
from lims.models import User
from lims.numbers import exact, percent
from lims.units import mass_text
from materials.actions import Weighing
from materials.forms.choices import (
    SHARED_HELP,
    PowderChoiceField,
    balance_field,
    offer_balances,
    offer_powders,
    offer_project,
    put_last,
)
from materials.forms.despite import DespiteMixin
from materials.mixtures import part_names, parts_of
from materials.models import Equipment, FormulationEdition, FormulationPart, GloveboxReading, Powder

NOT_TAKEN = "Not one of these"
# A part comes from at most so many jars on this page; a weighing sheet takes any number.
JARS = 3


class ReadingField(forms.ModelChoiceField):
    """The last reading of each glovebox, offered with its age; none is taken unless somebody takes it."""

    def label_from_instance(self, obj: Any) -> str:
        said = [
            f"{name} {exact(value)} ppm"
            for name, value in (("oxygen", obj.oxygen_ppm), ("water", obj.water_ppm))
            if value is not None
        ]
        age = timesince(obj.at, depth=1)
        return f"{obj.glovebox.code} {obj.glovebox.name}: {', '.join(said)}, read {age} ago by {obj.by.display_name}"


class MixingMixin(forms.Form):
    """How it was mixed: method, tool, time, the glovebox and what its sensors showed, and what came out."""

    recovered_mass_ug = MassField(
        label="Mass recovered", required=False, help_text="Leave empty if nothing was lost while mixing."
    )
    method = forms.CharField(max_length=120, required=False, help_text="Mortar, ball mill, vortex.")
    tool = RecordChoiceField(Equipment.objects.none(), required=False)
    duration_min = unit(forms.FloatField(min_value=0, required=False, label="Mixing time"), "min")
    glovebox = RecordChoiceField(Equipment.objects.none(), required=False)
    sensors = ReadingField(
        GloveboxReading.objects.none(),
        required=False,
        empty_label=NOT_TAKEN,
        widget=forms.RadioSelect,
        label="Last reading of the glovebox",
        help_text="Take it if it was so while you mixed; or enter below what the sensors showed.",
    )
    oxygen_ppm = unit(forms.FloatField(min_value=0, required=False, label="Glovebox oxygen"), "ppm")
    water_ppm = unit(forms.FloatField(min_value=0, required=False, label="Glovebox water"), "ppm")
    name = forms.CharField(
        max_length=120, required=False, help_text="Leave empty to call it after the formulation."
    )

    def offer_tools(self, user: User) -> None:
        """Offer the lab's mixers, its gloveboxes and the last reading of each."""
        gloveboxes = Equipment.objects.filter(kind=Equipment.Kind.GLOVEBOX)
        choose(self, "tool", Equipment.objects.filter(kind=Equipment.Kind.MIXER), user)
        choose(self, "glovebox", gloveboxes, user)
        newest = GloveboxReading.objects.filter(glovebox=OuterRef("pk")).values("pk")[:1]
        newest_of_each = gloveboxes.visible_to(user).order_by().annotate(newest=Subquery(newest))
        readings = GloveboxReading.objects.filter(pk__in=newest_of_each.values("newest"))
        field = self.fields["sensors"]
        field.queryset = readings.select_related("glovebox__identity", "by")  # type: ignore[attr-defined]
        if not readings.exists():
            del self.fields["sensors"]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        given = self.cleaned_data
        taken = given.get("sensors")
        if taken and any(given.get(name) is not None for name in ("oxygen_ppm", "water_ppm")):
            self.add_error("sensors", "Take the reading or enter what the sensors showed, not both.")
        elif taken and given.get("glovebox") not in (None, taken.glovebox):
            self.add_error(
                "glovebox", f"The reading is of {taken.glovebox.code}, not of {given['glovebox'].code}."
            )
        return cleaned

    def arguments(self) -> dict[str, Any]:
        given: dict[str, Any] = super().arguments()  # type: ignore[misc]  # the other parent is an ActionForm
        taken = given.pop("sensors", None)
        if taken:
            given |= {
                "glovebox": taken.glovebox,
                "oxygen_ppm": taken.oxygen_ppm,
                "water_ppm": taken.water_ppm,
            }
        return given


class MixSheetForm(PerformedMixin, DespiteMixin, MixingMixin, ActionForm):
    """The end of a weighing sheet: what was weighed is mixed."""

    blanks_of = Powder

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.offer_tools(user)
        put_last(self, "recovered_mass_ug", "name", "performed_at", "note")


class MixForm(PerformedMixin, DespiteMixin, MixingMixin, ActionForm):
    """What was weighed for each part of a formulation, entered without a weighing sheet."""

    blanks_of = Powder

    balance = balance_field()
    project = ProjectField(required=False, help_text=SHARED_HELP)

    def __init__(
        self, *args: Any, user: User, edition: FormulationEdition, total_ug: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.parts = parts_of(edition)
        all_parts = sum(part.parts for part in self.parts)
        names = part_names(self.parts)
        for part in self.parts:
            self._add_part(part, names[part.pk], part.parts / all_parts, total_ug)
        self._add_premix()
        offer_balances(self, user)
        offer_project(self, user)
        self.offer_tools(user)
        put_last(self, "project", "name", "performed_at", "note")

    def _add_part(self, part: FormulationPart, name: str, share: float, total_ug: int | None) -> None:
        target = f"{exact(part.parts)} parts, {percent(share, 2)} %"
        if total_ug is not None:
            target += f". Target {mass_text(round(share * total_ug))}"
        for jar, (powder, mass) in enumerate(_names(part), start=1):
            label = name if jar == 1 else f"{name}, jar {jar}"
            # A premix may bring the part: the action says which are missing.
            self.fields[powder] = PowderChoiceField(Powder.objects.none(), label=label, required=False)
            offer_powders(self, powder, self.user, material=part.material)
            told = f"{target}." if jar == 1 else ""
            self.fields[mass] = MassField(label="Mass", help_text=told, required=False)

    def _add_premix(self) -> None:
        brings = Q(kind=Powder.Kind.COMPOSITE) | Q(material=None)
        for jar, (powder, mass) in enumerate(_names(None), start=1):
            first = jar == 1
            self.fields[powder] = PowderChoiceField(
                Powder.objects.none(),
                required=False,
                label="Premix" if first else f"Premix, jar {jar}",
                help_text="A composite that brings some of the parts; usually none." if first else "",
            )
            offer_powders(self, powder, self.user, brings)
            told = "What was weighed of the premix." if first else ""
            self.fields[mass] = MassField(label="Mass", required=False, help_text=told)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for part in [*self.parts, None]:
            for powder, mass in _names(part):
                weighed = self.cleaned_data.get(mass) is not None
                if weighed and self.cleaned_data.get(powder) is None and powder not in self.errors:
                    self.add_error(powder, "Say from which powder it was weighed.")
        return cleaned

    def pairs(self) -> list[dict[str, Any]]:
        """Return powder and mass of each part and of the premix, side by side, with further jars below the first."""
        found = []
        for part in [*self.parts, None]:
            first, *more = [(self[powder], self[mass]) for powder, mass in _names(part)]
            said = any(field.errors or (self.is_bound and field.data) for pair in more for field in pair)
            found.append(
                {"powder": first[0], "mass": first[1], "more": more, "open": said, "needed": part is not None}
            )
        return found

    def rest(self) -> list[forms.BoundField]:
        """Return the fields of the mix as a whole."""
        paired = {name for part in [*self.parts, None] for pair in _names(part) for name in pair}
        return [field for field in self.visible_fields() if field.name not in paired]

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        weighings = []
        for part in [*self.parts, None]:
            for jar, names in enumerate(_names(part), start=1):
                powder, mass_ug = (given.pop(name) for name in names)
                if mass_ug is not None:
                    weighings.append(Weighing(part=part, powder=powder, mass_ug=mass_ug, jar=jar))
        return {**given, "weighings": weighings}


def _names(part: FormulationPart | None) -> list[tuple[str, str]]:
    """Return the names of powder and mass of each jar that a part, or without one the premix, may come from."""
    if part is None:
        return [("premix", "premix_mass_ug"), ("premix_2", "premix_mass_2_ug")]
    order = part.order
    more = [(f"powder_{order}_{jar}", f"mass_{order}_{jar}") for jar in range(2, JARS + 1)]
    return [(f"powder_{order}", f"mass_{order}"), *more]
