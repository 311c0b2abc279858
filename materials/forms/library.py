"""What people type about substances, suppliers, equipment, recipes and formulations."""

from __future__ import annotations

from typing import Any

from django import forms

from lims.change_forms import ChangeForm, ChangeMixin
from lims.form_parts import ModelFieldsForm, RowsForm, choose, model_fields
from lims.forms import ActionForm, MassField, RecordChoiceField, unit
from lims.models import User
from materials.models import (
    Equipment,
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


MATERIAL_FIELDS = (
    "name", "formula", "density_g_cm3", "density_source", "potential_v_vs_li", "cas_number", "signal_word",
    "hazard_statements", "safety_note", "low_stock_count", "note",
)  # fmt: skip
MATERIAL_ORDER = ["name", "roles", *MATERIAL_FIELDS[1:9], "low_stock_ug", "low_stock_count", "note"]


class MaterialFieldsMixin(ActionForm):
    """What a data sheet says of a substance."""

    roles = forms.MultipleChoiceField(
        choices=Material.Role.choices, widget=forms.CheckboxSelectMultiple, label="Serves as"
    )
    low_stock_ug = MassField(
        required=False, label="Low stock", help_text="The home page says so when its open lots hold less."
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(model_fields(Material, *MATERIAL_FIELDS))
        self.fields["low_stock_count"].label = "Low stock of what is counted"
        self.fields["cas_number"].label = "CAS number"
        self.order_fields(MATERIAL_ORDER)


class MaterialForm(MaterialFieldsMixin, RowsForm):
    """A substance with its specific capacities."""

    row_class = CapacityRow
    rows_title = "Specific capacities of an active material"
    add_label = "Add a capacity"
    least_rows = 0
    shown_rows = 1

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "capacities": self.rows()}


class ChangeMaterialForm(ChangeMixin, MaterialFieldsMixin):
    """A substance's data sheet, filled with what it says now."""

    def __init__(self, *args: Any, user: User, record: Material, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(record, name) for name in (*MATERIAL_FIELDS, "low_stock_ug")}
        kwargs["initial"]["roles"] = [row.role for row in record.roles.all()]
        super().__init__(*args, user=user, **kwargs)
        self.read(record)
        self.order_fields([*MATERIAL_ORDER, "reason"])


class AddCapacityForm(CapacityRow, ActionForm):
    """A capacity that came later."""


class CorrectCapacityForm(ChangeMixin, ActionForm):
    """A capacity that was wrong; the cut-off that it belongs to stays."""

    upper_cut_off_v = forms.FloatField(required=False, widget=forms.HiddenInput)
    specific_capacity_mah_g = unit(
        forms.FloatField(min_value=0.1, max_value=5000, label="Specific capacity"), "mAh/g"
    )
    reference = forms.CharField(max_length=200, help_text="Where the number comes from.")

    def __init__(self, *args: Any, user: User, record: Material, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.read(record)
        self.order_fields(["specific_capacity_mah_g", "reference", "reason"])


class SupplierForm(ModelFieldsForm):
    """Who sells it."""

    model = Supplier
    model_field_names = ("name", "note")

    website = forms.URLField(required=False, assume_scheme="https")


class ChangeSupplierForm(ChangeForm):
    """A supplier as it is called now."""

    model = Supplier
    model_field_names = ("name", "note")

    website = forms.URLField(required=False, assume_scheme="https")

    def __init__(self, *args: Any, record: Supplier, **kwargs: Any) -> None:
        super().__init__(*args, record=record, initial={"website": record.website}, **kwargs)


EQUIPMENT_FIELDS = (
    "kind", "name", "serial_number", "readability_mg", "repeatability_mg", "minimum_weight_mg", "diameter_mm",
    "tolerance_mm", "largest_kn", "note",
)  # fmt: skip


class EquipmentForm(ModelFieldsForm):
    """A piece of equipment."""

    model = Equipment
    model_field_names = EQUIPMENT_FIELDS

    part_of = RecordChoiceField(
        Equipment.objects.none(),
        required=False,
        label="Part of",
        help_text="A slot's oven, a load cell's frame or press.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        choose(self, "part_of", Equipment.objects.all(), user)
        self.order_fields([*EQUIPMENT_FIELDS[:-1], "part_of", "note"])


FIGURES_OF_KIND = {
    Equipment.Kind.BALANCE: ("readability_mg", "repeatability_mg", "minimum_weight_mg"),
    Equipment.Kind.DIE: ("diameter_mm", "tolerance_mm"),
    Equipment.Kind.PRESS: ("diameter_mm", "tolerance_mm", "largest_kn"),
    Equipment.Kind.SLEEVE: ("diameter_mm", "tolerance_mm"),
    Equipment.Kind.PLUNGER: ("diameter_mm", "tolerance_mm"),
    Equipment.Kind.FRAME: ("largest_kn",),
    Equipment.Kind.LOAD_CELL: ("largest_kn",),
}


class ChangeEquipmentForm(ChangeForm):
    """A piece of equipment, with the figures of its kind; the kind itself stays."""

    model = Equipment

    def __init__(self, *args: Any, record: Equipment, **kwargs: Any) -> None:
        figures = FIGURES_OF_KIND.get(Equipment.Kind(record.kind), ())
        self.model_field_names = ("name", "serial_number", *figures, "note")
        super().__init__(*args, record=record, **kwargs)


class ReadingForm(ActionForm):
    """What a glovebox shows."""

    oxygen_ppm = unit(forms.FloatField(min_value=0, required=False, label="Oxygen"), "ppm")
    water_ppm = unit(forms.FloatField(min_value=0, required=False, label="Water"), "ppm")
    at = forms.DateTimeField(
        required=False,
        label="Read at",
        help_text="Leave empty for now.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
