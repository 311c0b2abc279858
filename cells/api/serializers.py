"""Parsing and printing of studies, designs and cells."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from cells.models import Cell, CellBasis, CellDesign, Condition, Study
from cells.models.design import LayerRole, NpBasis
from lims.api.serializers import CodeField, MassField, PerformedSerializer, ProjectField, RecordSerializer
from materials.api.serializers import BalanceChoiceMixin, EditionField, pick_edition
from materials.models import Equipment, Material, Powder


class ConditionSerializer(serializers.Serializer):
    """A condition; elsewhere the API calls it group."""

    order = serializers.IntegerField(read_only=True)
    name = serializers.CharField()


class StudySerializer(RecordSerializer):
    """A study."""

    name = serializers.CharField(max_length=200)
    question = serializers.CharField(required=False, allow_blank=True)
    conditions = ConditionSerializer(many=True, read_only=True)


class CreateStudySerializer(serializers.Serializer):
    """A study with the names of its conditions."""

    project = ProjectField()
    name = serializers.CharField(max_length=200)
    question = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    conditions = serializers.ListField(child=serializers.CharField(max_length=120), min_length=1)
    note = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class PressScheduleSerializer(serializers.Serializer):
    """A step of the press schedule."""

    role = serializers.ChoiceField(LayerRole.choices)
    pressure_mpa = serializers.FloatField()
    hold_s = serializers.FloatField()


class DesignEditionSerializer(serializers.Serializer):
    """An edition as it is printed."""

    number = serializers.IntegerField()
    die = serializers.CharField(source="die.code")
    positive_material = serializers.CharField(source="positive_material.code")
    negative_material = serializers.CharField(source="negative_material.code")
    separator_material = serializers.CharField(source="separator_material.code")
    positive_specific_capacity_mah_g = serializers.FloatField()
    negative_specific_capacity_mah_g = serializers.FloatField()
    capacity_reference = serializers.CharField()
    upper_cut_off_v_vs_li = serializers.FloatField()
    lower_cut_off_v_vs_li = serializers.FloatField()
    upper_cell_voltage_v = serializers.FloatField()
    lower_cell_voltage_v = serializers.FloatField()
    reference_offset_v = serializers.FloatField()
    reference_offset_source = serializers.CharField()
    np_target = serializers.FloatField()
    np_basis = serializers.CharField()
    coating_counted_as_active = serializers.BooleanField()
    separator_mass_mg = MassField(source="separator_mass_ug")
    positive_mass_mg = MassField(source="positive_mass_ug")
    negative_mass_mg = MassField(source="negative_mass_ug")
    stack_pressure_mpa = serializers.FloatField()
    temperature_c = serializers.FloatField()
    press_schedule = PressScheduleSerializer(many=True)


class DesignSerializer(RecordSerializer):
    """A design with its editions, newest first."""

    name = serializers.CharField()
    editions = DesignEditionSerializer(many=True, read_only=True)


class CreateDesignSerializer(serializers.Serializer):
    """A design with its first edition."""

    project = ProjectField()
    name = serializers.CharField(max_length=120)
    die = CodeField(queryset=Equipment.objects.filter(kind="die"))
    positive_material = CodeField(queryset=Material.objects.all())
    negative_material = CodeField(queryset=Material.objects.all())
    separator_material = CodeField(queryset=Material.objects.all())
    positive_specific_capacity_mah_g = serializers.FloatField()
    negative_specific_capacity_mah_g = serializers.FloatField()
    capacity_reference = serializers.CharField(max_length=200)
    upper_cut_off_v_vs_li = serializers.FloatField()
    lower_cut_off_v_vs_li = serializers.FloatField()
    reference_offset_v = serializers.FloatField()
    reference_offset_source = serializers.CharField(max_length=200)
    np_target = serializers.FloatField()
    np_basis = serializers.ChoiceField(NpBasis.choices)
    coating_counted_as_active = serializers.BooleanField()
    separator_mass_mg = MassField(source="separator_mass_ug")
    positive_mass_mg = MassField(source="positive_mass_ug")
    negative_mass_mg = MassField(source="negative_mass_ug")
    stack_pressure_mpa = serializers.FloatField()
    temperature_c = serializers.FloatField()
    press_schedule = PressScheduleSerializer(many=True)
    note = serializers.CharField(required=False, allow_blank=True, max_length=20_000)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        value["press_schedule"] = [
            (s["role"], s["pressure_mpa"], s["hold_s"]) for s in value["press_schedule"]
        ]
        return value


class QuantitySerializer(serializers.Serializer):
    """A value and its standard uncertainty (k = 1); null where it is not known."""

    value = serializers.FloatField()
    uncertainty = serializers.FloatField(allow_null=True)


class LayerSerializer(serializers.Serializer):
    """A layer in the cell; its mass is what was dispensed less what was lost."""

    role = serializers.CharField()
    powder = serializers.CharField(source="use.powder.code")
    dispensed_mg = MassField(source="dispensed_ug")
    lost_mg = MassField(source="lost_ug")
    mass_mg = MassField(source="mass_ug")
    balance = serializers.CharField(source="use.balance.code", default=None, allow_null=True)


class PressStepSerializer(serializers.Serializer):
    """A press."""

    number = serializers.IntegerField()
    presses = serializers.CharField()
    pressure_mpa = serializers.FloatField()
    hold_s = serializers.FloatField()
    performed_at = serializers.DateTimeField()


class CellSerializer(RecordSerializer):
    """A cell in a list."""

    study = serializers.CharField(source="condition.study.code", read_only=True)
    group = serializers.CharField(read_only=True)
    state = serializers.CharField(read_only=True)
    design = serializers.CharField(source="edition.design.code", read_only=True)
    design_edition = serializers.IntegerField(source="edition.number", read_only=True)
    die = serializers.CharField(source="die.code", read_only=True)
    open_circuit_voltage_v = serializers.FloatField(read_only=True)
    resistance_1khz_ohm = serializers.FloatField(read_only=True)


class CellDetailSerializer(CellSerializer):
    """A cell with what was pressed into it and what follows from that."""

    layers = serializers.SerializerMethodField()
    press_steps = PressStepSerializer(many=True, read_only=True)
    derived = serializers.SerializerMethodField()

    def get_layers(self, cell: Cell) -> Any:
        layers = cell.layers.with_mass().select_related("use__powder__identity", "use__balance__identity")
        return LayerSerializer(layers.order_by("pk"), many=True).data

    def get_derived(self, cell: Cell) -> dict[str, Any] | None:
        basis = cell.bases.filter(current=True).first()
        if basis is None:
            return None
        derived: dict[str, Any] = {}
        for name in CellBasis.QUANTITIES:
            found = basis.quantity(name)
            derived[name] = None if found is None else {"value": found[0], "uncertainty": found[1]}
        return derived | {
            "np_basis": basis.np_basis,
            "coating_counted_as_active": cell.edition.coating_counted_as_active,
            "basis_version": basis.version,
            "method": basis.method,
            "method_version": basis.method_version,
        }


class PlanCellSerializer(PerformedSerializer, EditionField):
    """A cell of a study's condition."""

    study = CodeField(queryset=Study.objects.all())
    group = serializers.CharField()
    design = CodeField(queryset=CellDesign.objects.all())
    die = CodeField(queryset=Equipment.objects.filter(kind="die"), required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        study, group = value.pop("study"), value.pop("group")
        condition = (
            Condition.objects.select_related("study__identity__project")
            .filter(study=study, name=group)
            .first()
        )
        if condition is None:
            names = ", ".join(c.name for c in study.conditions.all())
            raise serializers.ValidationError(
                {"group": [f"{study.code} has no condition {group!r}; it has: {names}."]}
            )
        edition = pick_edition(value.pop("design"), value.pop("edition", None))
        return {**value, "condition": condition, "edition": edition}


class PressLayerSerializer(BalanceChoiceMixin):
    """A layer to be pressed into a cell."""

    role = serializers.ChoiceField(LayerRole.choices)
    powder = CodeField(queryset=Powder.objects.all())
    mass_mg = MassField(source="mass_ug")
    lost_mg = MassField(source="lost_ug", min_value=0, required=False)
    pressure_mpa = serializers.FloatField()
    hold_s = serializers.FloatField()
    performed_at = serializers.DateTimeField(required=False)


class FinishCellSerializer(serializers.Serializer):
    """What was measured on the finished pellet."""

    open_circuit_voltage_v = serializers.FloatField(required=False, allow_null=True)
    resistance_1khz_ohm = serializers.FloatField(required=False, allow_null=True)
    note = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class CorrectLayerSerializer(serializers.Serializer):
    """The mass that was really dispensed, and why the first number was wrong."""

    role = serializers.ChoiceField(LayerRole.choices)
    mass_mg = MassField(source="mass_ug")
    lost_mg = MassField(source="lost_ug", min_value=0, required=False)
    reason = serializers.CharField(max_length=500)


class FailCellSerializer(serializers.Serializer):
    """That a cell failed or shorted."""

    state = serializers.ChoiceField([Cell.State.FAILED, Cell.State.SHORTED])
    reason = serializers.CharField(max_length=500)


class PlanBuildSerializer(EditionField):
    """The cathode mass just weighed, for the sheet of a design."""

    positive_powder = CodeField(queryset=Powder.objects.all())
    negative_powder = CodeField(queryset=Powder.objects.all())
    positive_mass_mg = MassField(source="positive_mass_ug", required=False)
    replicates = serializers.IntegerField(min_value=1, max_value=100, default=1)
