"""Designs as JSON: their editions, and how they are entered."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from cells.models import Architecture, AssemblyLimit, DesignLayer, LayerRole, NpBasis
from cells.what_if import Change, Start, answer
from lims.api.serializers import CodeField, MassField, ProjectField, RecordSerializer
from materials.api.serializers import EditionField, pick_edition
from materials.models import Equipment, Formulation, Material, Powder
from materials.models.counted import MILLI


class PressScheduleSerializer(serializers.Serializer):
    """A step of the press schedule: what goes in, if anything, and how it is pressed, if it is."""

    role = serializers.ChoiceField(LayerRole.choices, required=False, allow_blank=True, default="")
    pressure_mpa = serializers.FloatField(required=False, allow_null=True, default=None)
    hold_s = serializers.FloatField(required=False, allow_null=True, default=None)
    presses = serializers.CharField(source="presses_text", read_only=True)


class CountField(serializers.FloatField):
    """Discs or cm² outside, thousandths inside."""

    def to_internal_value(self, data: Any) -> int:
        return round(super().to_internal_value(data) * MILLI)

    def to_representation(self, value: int | None) -> float | None:  # type: ignore[override]
        return None if value is None else value / MILLI


class DesignLayerSerializer(serializers.ModelSerializer):
    """A layer; what is left out is looked up on the data sheet or follows from the N/P target."""

    material = CodeField(queryset=Material.objects.all())
    kind = serializers.ChoiceField(DesignLayer.Kind.choices, required=False)
    formulation = CodeField(
        queryset=Formulation.objects.all(), required=False, allow_null=True, source="formulation.formulation"
    )
    formulation_edition = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, source="formulation.number"
    )
    mass_mg = MassField(source="mass_ug", required=False, allow_null=True)
    count = CountField(source="count_milli", required=False, allow_null=True, min_value=0.001)
    target = serializers.CharField(source="target_text", read_only=True)
    name = serializers.CharField(source="label", read_only=True)

    class Meta:
        model = DesignLayer
        fields = (
            "role", "name", "kind", "material", "formulation", "formulation_edition", "active_fraction", "target_from",
            "target", "mass_mg", "areal_capacity_mah_cm2", "specific_capacity_mah_g", "capacity_reference",
            "first_charge_capacity_mah_g", "initial_coulombic_efficiency_fraction", "theoretical_capacity_mah_g",
            "density_g_cm3", "density_source", "thickness_um", "diameter_mm", "counted_in", "count",
        )  # fmt: skip
        read_only_fields = ("target_from",)
        validators: list[Any] = []

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        told = value.pop("formulation", {}) or {}
        formulation = told.get("formulation")
        if formulation is not None:
            value["formulation"] = pick_edition(formulation, told.get("number"))
        return value


class AssemblyLimitSerializer(serializers.ModelSerializer):
    """What a cell shows after assembly at one temperature."""

    class Meta:
        model = AssemblyLimit
        fields = (
            "temperature_c", "ocv_low_v", "ocv_high_v", "resistance_1khz_low_ohm", "resistance_1khz_high_ohm", "source",
        )  # fmt: skip


class SetLimitsSerializer(AssemblyLimitSerializer, EditionField):
    """Limits for one temperature; where there are some already, the reason says why they change."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)

    class Meta(AssemblyLimitSerializer.Meta):
        fields = (*AssemblyLimitSerializer.Meta.fields, "edition", "reason")  # type: ignore[assignment]


class DesignEditionSerializer(serializers.Serializer):
    """An edition as it is printed."""

    number = serializers.IntegerField()
    reason = serializers.CharField()
    architecture = serializers.CharField()
    die = serializers.CharField(source="die.code")
    balance = serializers.CharField(source="balance.code", default=None, allow_null=True)
    upper_cut_off_v_vs_li = serializers.FloatField(allow_null=True)
    lower_cut_off_v_vs_li = serializers.FloatField(allow_null=True)
    upper_cell_voltage_v = serializers.FloatField(allow_null=True)
    lower_cell_voltage_v = serializers.FloatField(allow_null=True)
    reference_offset_v = serializers.FloatField(allow_null=True)
    reference_offset_source = serializers.CharField()
    np_target = serializers.FloatField(allow_null=True)
    np_basis = serializers.CharField()
    coating_counted_as_active = serializers.BooleanField()
    stack_pressure_mpa = serializers.FloatField()
    temperature_c = serializers.FloatField()
    layers = DesignLayerSerializer(many=True)
    press_schedule = PressScheduleSerializer(many=True)
    limits = AssemblyLimitSerializer(many=True)


class DesignSerializer(RecordSerializer):
    """A design with its editions, newest first."""

    name = serializers.CharField()
    editions = DesignEditionSerializer(many=True, read_only=True)


class WriteEditionSerializer(serializers.Serializer):
    """What an edition says."""

    architecture = serializers.ChoiceField(Architecture.choices, default=Architecture.FULL_CELL)
    die = CodeField(queryset=Equipment.objects.filter(kind="die"))
    balance = CodeField(queryset=Equipment.objects.filter(kind="balance"), required=False, allow_null=True)
    upper_cut_off_v_vs_li = serializers.FloatField(required=False, allow_null=True)
    lower_cut_off_v_vs_li = serializers.FloatField(required=False, allow_null=True)
    reference_offset_v = serializers.FloatField(required=False, allow_null=True)
    reference_offset_source = serializers.CharField(max_length=200, required=False, allow_blank=True)
    np_target = serializers.FloatField(required=False, allow_null=True)
    np_basis = serializers.ChoiceField(NpBasis.choices, required=False, allow_blank=True)
    coating_counted_as_active = serializers.BooleanField()
    stack_pressure_mpa = serializers.FloatField()
    temperature_c = serializers.FloatField()
    layers = DesignLayerSerializer(many=True, allow_empty=False)
    press_schedule = PressScheduleSerializer(many=True, allow_empty=False)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        value["press_schedule"] = [
            (s["role"], s["pressure_mpa"], s["hold_s"]) for s in value["press_schedule"]
        ]
        return value


class CreateDesignSerializer(WriteEditionSerializer):
    """A design with its first edition."""

    project = ProjectField()
    name = serializers.CharField(max_length=120)
    limits = AssemblyLimitSerializer(many=True, required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class NewDesignEditionSerializer(WriteEditionSerializer):
    """The next edition, with why it is written and the number of the newest that its writer has seen."""

    reason = serializers.CharField(max_length=500)
    based_on = serializers.IntegerField(min_value=1, required=False)


class PlanBuildSerializer(EditionField):
    """The lots at hand and the cathode mass just weighed, for the sheet of a design."""

    positive_powder = CodeField(queryset=Powder.objects.all(), required=False, allow_null=True)
    negative_powder = CodeField(queryset=Powder.objects.all(), required=False, allow_null=True)
    separator_powder = CodeField(queryset=Powder.objects.all(), required=False, allow_null=True)
    alloying_powder = CodeField(queryset=Powder.objects.all(), required=False, allow_null=True)
    positive_mass_mg = MassField(source="positive_mass_ug", required=False)
    replicates = serializers.IntegerField(min_value=1, max_value=100, default=1)

    def lots(self) -> dict[str, Powder | None]:
        """Return the lots by the role of their layer."""
        return {role: self.validated_data.get(f"{role}_powder") for role in LayerRole.values}


class BalanceSerializer(EditionField):
    """What is supposed to be another; what is left out stays as it is."""

    positive_mass_mg = serializers.FloatField(required=False, min_value=0.001, max_value=1e6)
    negative_mass_mg = serializers.FloatField(required=False, min_value=0.001, max_value=1e6)
    separator_mass_mg = serializers.FloatField(required=False, min_value=0.001, max_value=1e6)
    foil_thickness_um = serializers.FloatField(required=False, min_value=0.1, max_value=20_000)
    die_diameter_mm = serializers.FloatField(required=False, min_value=0.5, max_value=200)
    np_target = serializers.FloatField(required=False, min_value=0.1, max_value=20)
    positive_specific_capacity_mah_g = serializers.FloatField(required=False, min_value=0.1, max_value=5000)
    negative_specific_capacity_mah_g = serializers.FloatField(required=False, min_value=0.1, max_value=5000)
    positive_active_fraction = serializers.FloatField(required=False, min_value=0.0001, max_value=1)
    negative_active_fraction = serializers.FloatField(required=False, min_value=0.0001, max_value=1)
    resistance_ohm = serializers.FloatField(required=False, min_value=0, max_value=1e9)


def balance_answer(start: Start, told: dict[str, Any]) -> dict[str, Any]:
    """Return what follows, or say what cannot be."""
    try:
        return answer(start, Change(**told)).as_json()
    except ValueError as problem:
        raise serializers.ValidationError({"__all__": [str(problem)]}) from problem
