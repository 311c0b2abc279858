"""Suppliers, equipment and the readings of gloveboxes as JSON."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action as route
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.changes import ChangeMixin
from lims.api.serializers import CodeField, RecordSerializer
from lims.api.views import caller
from lims.models import Attachment
from materials import actions
from materials.api.plain import PlainViewSet
from materials.calibration import said_of
from materials.models import Calibration, CalibrationPoint, Equipment, Supplier


class SupplierSerializer(RecordSerializer):
    """Who sells it."""

    name = serializers.CharField(max_length=120)
    website = serializers.URLField(required=False, allow_blank=True)


class EquipmentSerializer(RecordSerializer):
    """A balance, a die, a press, …"""

    kind = serializers.ChoiceField(Equipment.Kind.choices)
    name = serializers.CharField(max_length=120)
    serial_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    readability_mg = serializers.FloatField(required=False, allow_null=True)
    repeatability_mg = serializers.FloatField(required=False, allow_null=True)
    minimum_weight_mg = serializers.FloatField(required=False, allow_null=True)
    diameter_mm = serializers.FloatField(required=False, allow_null=True)
    tolerance_mm = serializers.FloatField(required=False, allow_null=True)
    largest_kn = serializers.FloatField(required=False, allow_null=True)
    part_of = CodeField(queryset=Equipment.objects.all(), required=False, allow_null=True)
    calibration_due_on = serializers.DateField(read_only=True)
    calibration_note = serializers.SerializerMethodField(
        help_text="What the newest calibration says against it today; usually nothing."
    )

    def get_calibration_note(self, piece: Equipment) -> str:
        return said_of(piece.calibration_result, piece.calibration_due_on, timezone.localdate())


class PointSerializer(serializers.ModelSerializer):
    """What one reference read."""

    class Meta:
        model = CalibrationPoint
        fields = ("what", "reference", "found", "allowed", "unit")


class CalibrationSerializer(serializers.ModelSerializer):
    """A calibration with what was found; the certificate is the id of a file put beside the piece."""

    points = PointSerializer(many=True, required=False)
    recorded_by = serializers.CharField(source="recorded_by.username", read_only=True)
    certificate = serializers.PrimaryKeyRelatedField(
        queryset=Attachment.objects.filter(withdrawn_at=None), required=False, allow_null=True
    )

    class Meta:
        model = Calibration
        fields = (
            "done_on", "done_by", "due_on", "result", "note", "certificate", "points", "recorded_at", "recorded_by",
        )  # fmt: skip
        read_only_fields = ("recorded_at",)


class ReadingSerializer(serializers.Serializer):
    """What a glovebox shows; ``at`` is now where it is left out."""

    oxygen_ppm = serializers.FloatField(required=False, allow_null=True, min_value=0)
    water_ppm = serializers.FloatField(required=False, allow_null=True, min_value=0)
    at = serializers.DateTimeField(required=False)
    by = serializers.CharField(source="by.username", read_only=True)


class SupplierViewSet(PlainViewSet, ChangeMixin):
    """Suppliers."""

    queryset = Supplier.objects.all()
    serializer_class = SupplierSerializer
    create_action = staticmethod(actions.create_supplier)
    change_action = staticmethod(actions.change_supplier)
    changed_name = "supplier"


class EquipmentViewSet(PlainViewSet, ChangeMixin):
    """Balances, dies, presses, reactors, …"""

    queryset = Equipment.objects.with_calibration().select_related("part_of__identity")
    serializer_class = EquipmentSerializer
    filterset_fields = ["kind"]
    create_action = staticmethod(actions.create_equipment)
    change_action = staticmethod(actions.change_equipment)
    changed_name = "equipment"

    @extend_schema(responses=ReadingSerializer(many=True), filters=False)
    @route(detail=True, methods=["get"])
    def readings(self, request: Request, code: str) -> Response:
        """What a glovebox showed, newest first."""
        page = self.paginate_queryset(self.get_object().readings.select_related("by"))
        answer: Response = self.get_paginated_response(ReadingSerializer(page, many=True).data)
        return answer

    @extend_schema(request=ReadingSerializer, responses={201: ReadingSerializer})
    @readings.mapping.post
    def record_reading(self, request: Request, code: str) -> Response:
        """Enter what a glovebox shows."""
        given: dict[str, Any] = self.told(ReadingSerializer)
        reading = actions.record_reading(glovebox=self.get_object(), by=caller(request), **given)
        return Response(ReadingSerializer(reading).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=CalibrationSerializer(many=True), filters=False)
    @route(detail=True, methods=["get"])
    def calibrations(self, request: Request, code: str) -> Response:
        """The calibrations of a piece, newest first."""
        rows = self.get_object().calibrations.select_related("recorded_by").prefetch_related("points")
        answer: Response = self.get_paginated_response(
            CalibrationSerializer(self.paginate_queryset(rows), many=True).data
        )
        return answer

    @extend_schema(request=CalibrationSerializer, responses={201: CalibrationSerializer})
    @calibrations.mapping.post
    def record_calibration(self, request: Request, code: str) -> Response:
        """Enter a calibration; the newest by its date is the one that counts."""
        piece = self.get_object()
        given: dict[str, Any] = self.told(CalibrationSerializer)
        made = actions.record_calibration(equipment=piece, by=caller(request), **given)
        return Response(CalibrationSerializer(made).data, status=status.HTTP_201_CREATED)
