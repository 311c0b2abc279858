"""The cells app as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action as route
from rest_framework.request import Request
from rest_framework.response import Response

from cells import actions
from cells.api import serializers as shapes
from cells.models import Cell, CellDesign, Study
from cells.planning import weighing_sheet
from lims.api.views import RecordViewSet, caller
from materials.api.serializers import pick_edition


class StudyViewSet(RecordViewSet):
    """Studies with their conditions."""

    queryset = Study.objects.prefetch_related("conditions")
    serializer_class = shapes.StudySerializer

    @extend_schema(request=shapes.CreateStudySerializer, responses={201: shapes.StudySerializer})
    def create(self, request: Request) -> Response:
        body = shapes.CreateStudySerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        study = actions.create_study(by=caller(request), **body.validated_data)
        return self.answer(study, status_code=status.HTTP_201_CREATED)


class DesignViewSet(RecordViewSet):
    """Designs with their editions."""

    queryset = CellDesign.objects.prefetch_related(
        "editions__press_schedule",
        "editions__die__identity",
        "editions__positive_material__identity",
        "editions__negative_material__identity",
        "editions__separator_material__identity",
    )
    serializer_class = shapes.DesignSerializer

    @extend_schema(request=shapes.CreateDesignSerializer, responses={201: shapes.DesignSerializer})
    def create(self, request: Request) -> Response:
        body = shapes.CreateDesignSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        edition = actions.create_design(by=caller(request), **body.validated_data)
        return self.answer(edition.design, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.PlanBuildSerializer, responses={200: dict})
    @route(detail=True, methods=["post"])
    def plan(self, request: Request, code: str) -> Response:
        """The weighing sheet for the cathode mass at hand. Nothing is saved."""
        body = shapes.PlanBuildSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        facts = body.validated_data
        edition = pick_edition(self.get_object(), facts.get("edition"))
        try:
            sheet = weighing_sheet(
                edition,
                positive=facts["positive_powder"],
                negative=facts["negative_powder"],
                positive_mass_ug=facts.get("positive_mass_ug"),
                replicates=facts["replicates"],
            )
        except ValueError as problem:
            raise serializers.ValidationError({"__all__": [str(problem)]}) from problem
        return Response(asdict(sheet))


class CellFilter(filters.FilterSet):
    """By study, group and state."""

    study = filters.CharFilter(field_name="condition__study__identity__code", lookup_expr="iexact")
    group = filters.CharFilter(field_name="condition__name")

    class Meta:
        model = Cell
        fields = ["state"]


class CellViewSet(RecordViewSet):
    """Cells, and the verbs on them."""

    queryset = Cell.objects.with_study()
    serializer_class = shapes.CellSerializer
    filterset_class = CellFilter

    def get_serializer_class(self) -> Any:
        return shapes.CellSerializer if self.action == "list" else shapes.CellDetailSerializer

    @extend_schema(request=shapes.PlanCellSerializer, responses={201: shapes.CellDetailSerializer})
    def create(self, request: Request) -> Response:
        cell = actions.plan_cell(by=caller(request), **self._body(shapes.PlanCellSerializer))
        return self.answer(cell, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.PressLayerSerializer, responses={201: shapes.CellDetailSerializer})
    @route(detail=True, methods=["post"])
    def press(self, request: Request, code: str) -> Response:
        """Draw a powder into the cell as a layer and press it."""
        cell = self.get_object()
        actions.press_layer(cell=cell, by=caller(request), **self._body(shapes.PressLayerSerializer))
        return self.answer(cell, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.FinishCellSerializer, responses=shapes.CellDetailSerializer)
    @route(detail=True, methods=["post"])
    def finish(self, request: Request, code: str) -> Response:
        """Say that the cell is built."""
        cell = self.get_object()
        return self.answer(
            actions.finish_cell(cell=cell, by=caller(request), **self._body(shapes.FinishCellSerializer))
        )

    @extend_schema(request=shapes.FailCellSerializer, responses=shapes.CellDetailSerializer)
    @route(detail=True, methods=["post"])
    def fail(self, request: Request, code: str) -> Response:
        """Say that the cell failed or shorted, and why."""
        cell = self.get_object()
        return self.answer(
            actions.fail_cell(cell=cell, by=caller(request), **self._body(shapes.FailCellSerializer))
        )

    @extend_schema(request=shapes.CorrectLayerSerializer, responses=shapes.CellDetailSerializer)
    @route(detail=True, methods=["patch"])
    def layer(self, request: Request, code: str) -> Response:
        """Correct a layer's mass; needs ``If-Match`` so that nobody overwrites what they have not seen."""
        cell, expected = self.get_object(), self.expected_version()
        facts = self._body(shapes.CorrectLayerSerializer)
        return self.answer(
            actions.correct_layer(cell=cell, by=caller(request), expected_version=expected, **facts)
        )

    def _body(self, shape: type[serializers.Serializer]) -> dict[str, Any]:
        body = shape(data=self.request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        validated: dict[str, Any] = body.validated_data
        return validated
