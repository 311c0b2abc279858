"""Substances as JSON, with their capacities and limits."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action as route
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.changes import ChangeMixin, ReasonSerializer
from lims.api.serializers import MassField, RecordSerializer
from lims.api.views import caller
from materials import actions
from materials.api.plain import PlainViewSet
from materials.calc.capacity import theoretical_capacity_mah_g
from materials.filters import MaterialFilter
from materials.models import Material, Quantity


class CapacitySerializer(serializers.Serializer):
    """A specific capacity, up to one cut-off."""

    upper_cut_off_v = serializers.FloatField(allow_null=True, required=False)
    specific_capacity_mah_g = serializers.FloatField()
    reference = serializers.CharField(max_length=200)


class CorrectCapacitySerializer(ReasonSerializer, CapacitySerializer):
    """A capacity said anew; the cut-off names which one."""

    upper_cut_off_v = serializers.FloatField(allow_null=True)


class LimitSerializer(serializers.Serializer):
    """What results must keep to, in the unit that the quantity's name ends with."""

    quantity = serializers.ChoiceField(Quantity.choices)
    element = serializers.CharField(max_length=2, required=False, allow_blank=True)
    lower = serializers.FloatField(allow_null=True, required=False)
    upper = serializers.FloatField(allow_null=True, required=False)
    source = serializers.CharField(max_length=200)  # type: ignore[assignment]  # the limit has this name


class SetLimitSerializer(ReasonSerializer, LimitSerializer):
    """A limit that is set, or changed with its reason."""


class LiftLimitSerializer(ReasonSerializer):
    """Which limit holds no more, and why."""

    quantity = serializers.ChoiceField(Quantity.choices)
    element = serializers.CharField(max_length=2, required=False, allow_blank=True)


class RolesField(serializers.MultipleChoiceField):
    """What a substance serves as, in the order given."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Material.Role.choices, allow_empty=False, **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:  # type: ignore[override]
        known = super().to_internal_value(data)
        return [role for role in dict.fromkeys(data) if role in known]

    def to_representation(self, value: Any) -> list[str]:  # type: ignore[override]
        return [row.role for row in value.all()]


class MaterialSerializer(RecordSerializer):
    """A substance; its molar mass and theoretical capacity are computed from the formula."""

    name = serializers.CharField(max_length=120)
    formula = serializers.CharField(max_length=80, required=False, allow_blank=True)
    molar_mass_g_mol = serializers.FloatField(read_only=True, allow_null=True)
    theoretical_capacity_per_li_mah_g = serializers.SerializerMethodField()
    roles = RolesField()
    density_g_cm3 = serializers.FloatField(required=False, allow_null=True)
    density_source = serializers.CharField(max_length=200, required=False, allow_blank=True)
    potential_v_vs_li = serializers.FloatField(required=False, allow_null=True)
    cas_number = serializers.CharField(max_length=12, required=False, allow_blank=True)
    signal_word = serializers.ChoiceField(Material.SignalWord.choices, required=False, allow_blank=True)
    hazard_statements = serializers.CharField(max_length=200, required=False, allow_blank=True)
    safety_note = serializers.CharField(max_length=200, required=False, allow_blank=True)
    low_stock_mg = MassField(source="low_stock_ug", required=False, allow_null=True)
    low_stock_count = serializers.FloatField(required=False, allow_null=True)
    capacities = CapacitySerializer(many=True, required=False)
    limits = LimitSerializer(many=True, read_only=True)

    def get_theoretical_capacity_per_li_mah_g(self, material: Material) -> float | None:
        mass = material.molar_mass_g_mol()
        return theoretical_capacity_mah_g(molar_mass_g_mol=mass) if mass else None

    def validate_capacities(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if self.instance is not None:
            raise serializers.ValidationError(
                "Add one by POST to its capacities, correct one by PATCH of its capacities."
            )
        return value


class MaterialViewSet(PlainViewSet, ChangeMixin):
    """Substances."""

    queryset = Material.objects.prefetch_related("capacities", "roles", "limits")
    serializer_class = MaterialSerializer
    filterset_class = MaterialFilter
    create_action = staticmethod(actions.create_material)
    change_action = staticmethod(actions.change_material)
    changed_name = "material"

    @extend_schema(request=CapacitySerializer, responses={201: MaterialSerializer})
    @route(detail=True, methods=["post"])
    def capacities(self, request: Request, code: str) -> Response:
        """State a capacity up to a cut-off that had none."""
        material = actions.add_capacity(
            material=self.get_object(), by=caller(request), **self.told(CapacitySerializer)
        )
        return self.answer(material, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=CorrectCapacitySerializer, responses=MaterialSerializer)
    @capacities.mapping.patch
    def correct_capacity(self, request: Request, code: str) -> Response:
        """Correct the capacity up to a cut-off; needs ``If-Match`` and a ``reason``."""
        return self._change(actions.correct_capacity, CorrectCapacitySerializer)

    @extend_schema(request=SetLimitSerializer, responses=MaterialSerializer)
    @route(detail=True, methods=["patch"])
    def limits(self, request: Request, code: str) -> Response:
        """Set or change a limit for results; needs ``If-Match``, a change also a ``reason``."""
        return self._change(actions.set_limit, SetLimitSerializer)

    @extend_schema(request=LiftLimitSerializer, responses=MaterialSerializer)
    @route(detail=True, methods=["patch"], url_path="limits/lift")
    def lift_limit(self, request: Request, code: str) -> Response:
        """Lift a limit; needs ``If-Match`` and a ``reason``."""
        return self._change(actions.lift_limit, LiftLimitSerializer)

    def _change(self, change: Any, shape: type[serializers.Serializer]) -> Response:
        material, expected = self.get_object(), self.expected_version()
        facts = self.told(shape)
        return self.answer(
            change(material=material, by=caller(self.request), expected_version=expected, **facts)
        )
