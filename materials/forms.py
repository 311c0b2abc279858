"""What people type about powders; actions judge it."""

from __future__ import annotations

from typing import Any

from django import forms

from lims.form_parts import ModelFieldsForm, PercentField, RowsForm, choose, model_fields
from lims.forms import ActionForm, MassField, PerformedMixin, ProjectField, RecordChoiceField, unit
from lims.models import User
from lims.numbers import exact, percent
from lims.units import mass_text
from materials.actions import Weighing
from materials.models import (
    CoatingRecipe,
    CoatingRecipeEdition,
    CoatingStep,
    Equipment,
    Formulation,
    FormulationEdition,
    FormulationPart,
    Material,
    Powder,
    PowderLot,
    Supplier,
)

NEW_LINE_HELP = "One on each line."
SHARED_HELP = "Leave empty to share it with the whole lab."


class PowderChoiceField(RecordChoiceField):
    """A choice of powder that says what is left of each."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} · {obj.name} · {mass_text(obj.balance_ug)} left"


def offer_powders(form: forms.Form, name: str, user: User, **which: Any) -> None:
    """Offer the open powders that fit."""
    choose(form, name, Powder.objects.open().with_balance().filter(**which).distinct(), user)


def offer_balances(form: forms.Form, user: User) -> None:
    """Offer the lab's balances; the only one is taken."""
    choose(form, "balance", Equipment.objects.filter(kind=Equipment.Kind.BALANCE), user)
    field = form.fields["balance"]
    if isinstance(field, RecordChoiceField):
        balances = list(field.queryset[:2])
        field.initial = balances[0].code if len(balances) == 1 else None


def balance_field() -> RecordChoiceField:
    return RecordChoiceField(
        Equipment.objects.none(), required=False, help_text="Without it the mass has no uncertainty."
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


def offer_project(form: forms.Form, user: User) -> None:
    """Offer the user's projects."""
    field = form.fields["project"]
    if isinstance(field, ProjectField):
        field.offer(user)


def put_last(form: forms.Form, *names: str) -> None:
    """Show these fields after all others."""
    form.order_fields([*(name for name in form.fields if name not in names), *names])


class EditionField(forms.ModelChoiceField):
    """A choice of an edition, named by what it is an edition of."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} · {obj.record.title}"


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


def offer_editions(form: forms.Form, editions: Any) -> None:
    """Offer editions, and take the only one."""
    field = form.fields["edition"]
    if isinstance(field, forms.ModelChoiceField):
        field.queryset = editions.select_related(f"{_owner(editions.model)}__identity").order_by("-pk")
        offered = list(field.queryset[:2])
        field.initial = offered[0].pk if len(offered) == 1 else None


def _owner(model: type) -> str:
    return {CoatingRecipeEdition: "recipe", FormulationEdition: "formulation"}[model]


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


class CapacityRow(forms.Form):
    """A specific capacity up to one cut-off."""

    specific_capacity_mah_g = unit(
        forms.FloatField(min_value=0.1, max_value=5000, label="Specific capacity"), "mAh/g"
    )
    upper_cut_off_v = unit(
        forms.FloatField(required=False, label="Up to", help_text="Empty: whatever the cut-off."), "V vs Li"
    )
    reference = forms.CharField(max_length=200, help_text="Where the number comes from.")


class MaterialForm(RowsForm):
    """A substance with its specific capacities."""

    row_class = CapacityRow
    rows_title = "Specific capacities of an active material"
    add_label = "Add a capacity"
    least_rows = 0
    shown_rows = 1

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        names = ("name", "formula", "role", "density_g_cm3", "density_source", "potential_v_vs_li", "note")
        self.fields.update(model_fields(Material, *names))

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "capacities": self.rows()}


class SupplierForm(ModelFieldsForm):
    """Who sells it."""

    model = Supplier
    model_field_names = ("name", "website", "note")


class EquipmentForm(ModelFieldsForm):
    """A piece of equipment."""

    model = Equipment
    model_field_names = (
        "kind", "name", "serial_number", "readability_mg", "repeatability_mg", "diameter_mm", "tolerance_mm", "note",
    )  # fmt: skip


class StepRow(forms.Form):
    """A pulse or a purge of one ALD cycle."""

    kind = forms.ChoiceField(choices=[("", "–"), *CoatingStep.Kind.choices])
    substance = forms.CharField(max_length=80, required=False, help_text="The precursor, or the purge gas.")
    duration_s = unit(forms.FloatField(min_value=0.001, label="Duration"), "s")
    source_temperature_c = unit(forms.FloatField(required=False, label="Source temperature"), "°C")


class RecipeForm(RowsForm):
    """An ALD recipe and the steps of one cycle."""

    row_class = StepRow
    rows_title = "Steps of one cycle, in order"
    add_label = "Add a step"

    coating = RecordChoiceField(Material.objects.none())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(model_fields(CoatingRecipe, "name", "note"))
        numbers = (
            "cycles", "substrate_temperature_c", "rotation_rpm", "carrier_gas", "carrier_flow_sccm",
            "base_pressure_mtorr", "base_pressure_at_flow_sccm",
        )  # fmt: skip
        self.fields.update(model_fields(CoatingRecipeEdition, *numbers))
        choose(self, "coating", Material.objects.filter(role=Material.Role.COATING), user)
        self.order_fields(["name", "coating", *numbers, "note"])

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "steps": self.rows()}


class PartRow(forms.Form):
    """A component and its parts by weight."""

    material = RecordChoiceField(Material.objects.none())
    parts = forms.FloatField(min_value=0.0001, help_text="By weight; they need not total 100.")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "material", Material.objects.all(), user)


class FormulationForm(RowsForm):
    """A formulation."""

    row_class = PartRow
    rows_title = "Parts by weight"
    add_label = "Add a part"

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(model_fields(Formulation, "name", "note"))

    def row_arguments(self) -> dict[str, Any]:
        return {"user": self.user}

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "parts": [(row["material"], row["parts"]) for row in self.rows()]}
