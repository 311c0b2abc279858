"""What people type when they receive, coat, mix and draw powders; actions judge it."""

from __future__ import annotations

from typing import Any

from django import forms

from lims.form_parts import PercentField, choose, model_fields
from lims.forms import ActionForm, MassField, PerformedMixin, ProjectField, RecordChoiceField, unit
from lims.models import User
from lims.numbers import exact, percent
from lims.units import mass_text
from materials.actions import Weighing
from materials.forms.choices import (
    SHARED_HELP,
    EditionField,
    PowderChoiceField,
    balance_field,
    offer_balances,
    offer_editions,
    offer_powders,
    offer_project,
    put_last,
)
from materials.models import (
    CoatingRecipe,
    CoatingRecipeEdition,
    Equipment,
    Formulation,
    FormulationEdition,
    FormulationPart,
    Material,
    Powder,
    PowderLot,
    Supplier,
)


class ReceiveLotForm(PerformedMixin, ActionForm):
    """A bought container."""

    material = RecordChoiceField(Material.objects.none())
    supplier = RecordChoiceField(Supplier.objects.none())
    lot_number = forms.CharField(max_length=60, help_text="As printed on the container.")
    catalogue_number = forms.CharField(max_length=60, required=False)
    mass_ug = MassField(label="Mass received")
    name = forms.CharField(
        max_length=120, required=False, help_text="Leave empty to call it after material and lot."
    )
    project = ProjectField(required=False, help_text=SHARED_HELP)
    purity_fraction = PercentField(label="Purity", required=False)

    field_order = (
        "material", "supplier", "lot_number", "catalogue_number", "mass_ug", "name", "project",
        "purity_fraction", "particle_size_min_um", "particle_size_max_um", "place", "received_on", "expires_on",
        "performed_at", "note",
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        extra = ("particle_size_min_um", "particle_size_max_um", "received_on", "expires_on", "place")
        self.fields.update(model_fields(PowderLot, *extra))
        for name in ("received_on", "expires_on"):
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"})
        choose(self, "material", Material.objects.all(), user)
        choose(self, "supplier", Supplier.objects.all(), user)
        offer_project(self, user)
        self.order_fields(self.field_order)


class RunCoatingForm(PerformedMixin, ActionForm):
    """An ALD run."""

    edition = EditionField(CoatingRecipeEdition.objects.none(), label="Recipe")
    parent = PowderChoiceField(Powder.objects.none(), label="Powder to coat")
    load_mass_ug = MassField(label="Powder load", help_text="The mass put into the reactor.")
    recovered_mass_ug = MassField(
        label="Mass recovered",
        help_text="The mass taken out: gain and loss are weighed together and cannot be told apart.",
    )
    balance = balance_field()
    cycles_done = forms.IntegerField(
        min_value=1,
        required=False,
        label="Cycles done",
        help_text="Leave empty if all of the recipe's were run.",
    )
    thickness_measured_nm = unit(
        forms.FloatField(min_value=0.01, required=False, label="Thickness measured"), "nm"
    )
    thickness_method = forms.CharField(
        max_length=80, required=False, help_text="TEM, ellipsometry on a witness, …"
    )
    thickness_sites = forms.IntegerField(min_value=1, required=False, label="Places measured")
    reactor = RecordChoiceField(Equipment.objects.none(), required=False)
    precursors = forms.ModelMultipleChoiceField(
        Powder.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label="Precursors used"
    )
    project = ProjectField(required=False, help_text=SHARED_HELP)
    name = forms.CharField(
        max_length=120, required=False, help_text="Leave empty to call it after coating and core."
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        offer_editions(
            self, CoatingRecipeEdition.objects.filter(recipe__in=CoatingRecipe.objects.visible_to(user))
        )
        solid = [
            role for role in Material.Role if role not in (Material.Role.PRECURSOR, Material.Role.COATING)
        ]
        offer_powders(
            self, "parent", user, kind__in=[Powder.Kind.LOT, Powder.Kind.COATING], material__role__in=solid
        )
        offer_balances(self, user)
        choose(self, "reactor", Equipment.objects.filter(kind=Equipment.Kind.ALD_REACTOR), user)
        choose(self, "precursors", Powder.objects.open().filter(material__role=Material.Role.PRECURSOR), user)
        offer_project(self, user)
        if not self.fields["precursors"].queryset.exists():  # type: ignore[attr-defined]
            del self.fields["precursors"]
        put_last(self, "project", "name", "performed_at", "note")


class ChooseFormulationForm(forms.Form):
    """Which formulation is mixed."""

    formulation = RecordChoiceField(Formulation.objects.none())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "formulation", Formulation.objects.all(), user)


class TotalForm(forms.Form):
    """How much is to be mixed, for the targets beside each part; nothing is saved."""

    total = MassField(label="Total to weigh in")


class MixForm(PerformedMixin, ActionForm):
    """What was weighed for each part of a formulation."""

    balance = balance_field()
    recovered_mass_ug = MassField(
        label="Mass recovered", required=False, help_text="Leave empty if nothing was lost while mixing."
    )
    method = forms.CharField(max_length=120, required=False, help_text="Mortar, ball mill, vortex.")
    duration_min = unit(forms.FloatField(min_value=0, required=False, label="Mixing time"), "min")
    oxygen_ppm = unit(forms.FloatField(min_value=0, required=False, label="Glovebox oxygen"), "ppm")
    water_ppm = unit(forms.FloatField(min_value=0, required=False, label="Glovebox water"), "ppm")
    project = ProjectField(required=False, help_text=SHARED_HELP)
    name = forms.CharField(
        max_length=120, required=False, help_text="Leave empty to call it after the formulation."
    )

    def __init__(
        self, *args: Any, user: User, edition: FormulationEdition, total_ug: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.parts = list(edition.parts.select_related("material"))
        all_parts = sum(part.parts for part in self.parts)
        for part in self.parts:
            self._add_part(part, part.parts / all_parts, total_ug)
        offer_balances(self, user)
        offer_project(self, user)
        put_last(self, "project", "name", "performed_at", "note")

    def _add_part(self, part: FormulationPart, share: float, total_ug: int | None) -> None:
        powder, mass = f"powder_{part.order}", f"mass_{part.order}"
        self.fields[powder] = PowderChoiceField(Powder.objects.none(), label=part.material.name)
        offer_powders(self, powder, self.user, material=part.material)
        target = f"{exact(part.parts)} parts, {percent(share, 2)} %"
        if total_ug is not None:
            target += f". Target {mass_text(round(share * total_ug))}"
        self.fields[mass] = MassField(label="Mass", help_text=f"{target}.")

    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Return powder and mass of each part, which a page shows side by side."""
        return [(self[f"powder_{part.order}"], self[f"mass_{part.order}"]) for part in self.parts]

    def rest(self) -> list[forms.BoundField]:
        """Return the fields of the mix as a whole."""
        paired = {field.name for pair in self.pairs() for field in pair}
        return [field for field in self.visible_fields() if field.name not in paired]

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        weighings = [
            Weighing(part=p, powder=given.pop(f"powder_{p.order}"), mass_ug=given.pop(f"mass_{p.order}"))
            for p in self.parts
        ]
        return {**given, "weighings": weighings}


class DrawForm(ActionForm):
    """A plain draw."""

    mass_ug = MassField(label="Mass")
    purpose = forms.CharField(max_length=200, help_text="What it was taken for: XRD, a test pellet, spilled.")
    balance = balance_field()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        offer_balances(self, user)
