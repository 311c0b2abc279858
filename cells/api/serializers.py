"""Parsing and printing of studies, designs and cells."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from cells.api.building import BuiltMixin
from cells.models import Cell, CellBasis, CellDesign, Condition, Study
from lims.api.serializers import (
    CodeField,
    PerformedSerializer,
    ProjectField,
    RecordSerializer,
)
from materials.api.serializers import EditionField, pick_edition
from materials.models import Equipment


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


class QuantitySerializer(serializers.Serializer):
    """A value and its standard uncertainty (k = 1); null where it is not known."""

    value = serializers.FloatField()
    uncertainty = serializers.FloatField(allow_null=True)


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


class CellDetailSerializer(BuiltMixin, CellSerializer):
    """A cell with what was pressed into it and what follows from that."""

    derived = serializers.SerializerMethodField()

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
            "missing": basis.missing,
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
