"""What people type about substances, suppliers, equipment, recipes and formulations."""

from __future__ import annotations

from typing import Any

from django import forms

from lims.form_parts import ModelFieldsForm, RowsForm, choose, model_fields
from lims.forms import RecordChoiceField, unit
from lims.models import User
from materials.models import (
    CoatingRecipe,
    CoatingRecipeEdition,
    CoatingStep,
    Equipment,
    Formulation,
    Material,
    Supplier,
)


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
    model_field_names = ("name", "note")

    website = forms.URLField(required=False, assume_scheme="https")


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
