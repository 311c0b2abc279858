"""The testing app as JSON."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action as route
from rest_framework.request import Request
from rest_framework.response import Response

from cells.models import Cell, Study
from lims.api.views import LabAPIView, RecordViewSet, caller
from testing import actions, printed
from testing.analyse import LABELS
from testing.api import serializers as shapes
from testing.api.beside import BesideMixin
from testing.api.cards import SetupCardSerializer, card_facts
from testing.api.targets import find_record
from testing.metric_keys import read_key
from testing.models import CellTest, Protocol
from testing.statistics import by_condition


class ProtocolViewSet(RecordViewSet):
    """Protocols and their editions."""

    queryset = Protocol.objects.prefetch_related("editions__protocol__identity")
    serializer_class = shapes.ProtocolSerializer

    @extend_schema(request=shapes.WriteProtocolSerializer, responses={201: shapes.ProtocolSerializer})
    def create(self, request: Request) -> Response:
        body = shapes.WriteProtocolSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        edition = actions.create_protocol(by=caller(request), **body.validated_data)
        return self.answer(edition.protocol, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.ReviseProtocolSerializer, responses={201: shapes.ProtocolSerializer})
    @route(detail=True, methods=["post"])
    def editions(self, request: Request, code: str) -> Response:
        """Write the next edition; tests keep the one that they were set up with."""
        body = shapes.ReviseProtocolSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        edition = actions.revise_protocol(
            protocol=self.get_object(), by=caller(request), **body.validated_data
        )
        return self.answer(edition.protocol, status_code=status.HTTP_201_CREATED)


class TestFilter(filters.FilterSet):
    """By cell, study, phase and state."""

    __test__ = False

    cell = filters.CharFilter(field_name="cell__identity__code", lookup_expr="iexact")
    study = filters.CharFilter(field_name="cell__condition__study__identity__code", lookup_expr="iexact")

    class Meta:
        model = CellTest
        fields = ["phase", "state"]


class TestViewSet(BesideMixin, RecordViewSet):
    """Tests, their cycles and metrics."""

    __test__ = False

    queryset = CellTest.objects.with_cells()
    serializer_class = shapes.TestSerializer
    filterset_class = TestFilter

    @extend_schema(request=shapes.CreateTestSerializer, responses={201: shapes.TestSerializer})
    def create(self, request: Request) -> Response:
        body = shapes.CreateTestSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        test = actions.create_test(by=caller(request), **body.validated_data)
        return self.answer(test, status_code=status.HTTP_201_CREATED)

    @extend_schema(responses=SetupCardSerializer)
    @route(detail=True, methods=["get"], url_path="setup-card")
    def setup_card(self, request: Request, code: str) -> Response:
        """What the test's set-up card says: currents in mA, limits at the cell, the file name to copy."""
        return Response(card_facts(self.get_object()))

    @extend_schema(responses=shapes.CycleRowSerializer(many=True))
    @route(detail=True, methods=["get"])
    def cycles(self, request: Request, code: str) -> Response:
        """The cycles found in the test's files."""
        test = self.get_object()
        basis = test.cell.bases.filter(current=True).first()
        area_cm2 = basis.area_cm2 if basis else None
        page = self.paginate_queryset(test.cycles.order_by("cycle_number"))
        rows = [printed.cycle_row(cycle, area_cm2) for cycle in page or []]
        return self.get_paginated_response(shapes.CycleRowSerializer(rows, many=True).data)

    @extend_schema(responses=shapes.SpectrumSerializer(many=True))
    @route(detail=True, methods=["get"])
    def spectra(self, request: Request, code: str) -> Response:
        """The impedance spectra of the test's files, with their points."""
        found = self.get_object().spectra.select_related("submission__table").order_by("submission", "sweep")
        page = self.paginate_queryset(found)
        return self.get_paginated_response(shapes.SpectrumSerializer(page, many=True).data)

    @extend_schema(responses=shapes.MetricSerializer(many=True))
    @route(detail=True, methods=["get"])
    def metrics(self, request: Request, code: str) -> Response:
        """The metrics of this test, and those of its cell that rest on it."""
        rows = printed.metric_rows_of_test(self.get_object())
        return Response(shapes.MetricSerializer(rows, many=True).data)


class CellMetricsView(LabAPIView):
    """The metrics of one cell."""

    @extend_schema(responses=shapes.MetricSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        cell = find_record(Cell.objects.visible_to(caller(request)), code)
        return Response(shapes.MetricSerializer(printed.metric_rows(cell), many=True).data)


class StudyStatisticsView(LabAPIView):
    """A metric by condition."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "metric",
                str,
                required=True,
                description="As metrics/names/ lists them, or name~variant~phase.",
            )
        ],
        responses=shapes.GroupSerializer(many=True),
    )
    def get(self, request: Request, code: str) -> Response:
        study = find_record(Study.objects.visible_to(caller(request)), code)
        try:
            key = read_key(request.query_params.get("metric", ""))
        except ValueError as problem:
            raise ValidationError({"metric": f"{problem} There is: {', '.join(LABELS)}."}) from problem
        return Response([_group(group) for group in by_condition(study, key)])


def _group(group: Any) -> dict[str, Any]:
    summary = group.summary
    return {
        "group": group.name,
        "n": len(group.values),
        "mean": summary.mean if summary else None,
        "sd": summary.sd if summary else None,
        "ci95_low": summary.ci95_low if summary else None,
        "ci95_high": summary.ci95_high if summary else None,
        "mixes": len(group.mixes),
        "coating_runs": len(group.coating_runs),
        "values": [{"cell": v.cell, "value": v.value} for v in group.values],
        "excluded": [{"cell": e.cell, "reason": e.reason} for e in group.excluded],
    }
