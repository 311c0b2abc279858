"""Checks, conformance, past numbers, exclusions, method trials and the search on numbers, as JSON."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from cells.models import Cell
from lims.api.pagination import LabPagination
from lims.api.views import LabAPIView, caller
from testing import actions, judging, number_search
from testing.api.targets import find_record
from testing.calc.conformance import gathered
from testing.inputs import gather
from testing.methods import quality
from testing.models import CellTest, Exclusion, PastMetric


class CheckSerializer(serializers.Serializer):
    """What one check says of a test, with the threshold that it used."""

    check = serializers.CharField(source="name")
    state = serializers.CharField()
    threshold = serializers.FloatField()
    value = serializers.FloatField(allow_null=True)
    count = serializers.IntegerField()
    sentence = serializers.CharField()
    cycles = serializers.ListField(child=serializers.IntegerField())


class DepartureSerializer(serializers.Serializer):
    """A departure from the protocol, in BattINFO's category and impact."""

    category = serializers.CharField()
    impact = serializers.CharField()
    sentence = serializers.CharField()
    cycles = serializers.ListField(child=serializers.IntegerField())


class HalfSerializer(serializers.Serializer):
    """A half cycle as asked for and as it was."""

    cycle_number = serializers.IntegerField(allow_null=True)
    direction = serializers.CharField()
    where = serializers.CharField()
    phase = serializers.CharField()
    asked_current_ma = serializers.FloatField(allow_null=True)
    current_ma = serializers.FloatField(allow_null=True)
    asked_end_v = serializers.FloatField(allow_null=True)
    end_v = serializers.FloatField(allow_null=True)
    duration_s = serializers.FloatField(allow_null=True)
    departures = DepartureSerializer(many=True)


class ConformanceSerializer(serializers.Serializer):
    """What a test did against its protocol."""

    half_cycles_planned = serializers.IntegerField()
    half_cycles_run = serializers.IntegerField()
    departures = DepartureSerializer(many=True)
    half_cycles = HalfSerializer(many=True)


class TestChecksView(LabAPIView):
    """The quality checks of a test: flagged, passed, or not judged and why."""

    __test__ = False

    @extend_schema(responses=CheckSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        test = find_record(CellTest.objects.visible_to(caller(request)), code)
        return Response(CheckSerializer(test.quality_checks.all(), many=True).data)


class ConformanceView(LabAPIView):
    """What a test did against what its protocol asked, half cycle by half cycle."""

    @extend_schema(responses=ConformanceSerializer)
    def get(self, request: Request, code: str) -> Response:
        test = find_record(CellTest.objects.visible_to(caller(request)).with_cells(), code)
        found = judging.conformance_of(test, gather(test.cell).measured[test.pk])
        halves = [
            {**vars(row), "departures": [_departure(one) for one in row.departures]} for row in found.rows
        ]
        answer = {
            "half_cycles_planned": found.planned,
            "half_cycles_run": found.run,
            "departures": [vars(told) for told in gathered(found.all_departures())],
            "half_cycles": halves,
        }
        return Response(ConformanceSerializer(answer).data)


def _departure(one: Any) -> dict[str, Any]:
    cycles = [] if one.cycle_number is None else [one.cycle_number]
    return {"category": one.category, "impact": one.impact, "sentence": one.sentence, "cycles": cycles}


class PastMetricSerializer(serializers.Serializer):
    """What a number was before, until when, and what changed it."""

    name = serializers.CharField()
    variant = serializers.CharField()
    test = serializers.CharField(source="test.code", default=None, allow_null=True)
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    uncertainty = serializers.FloatField(allow_null=True)
    reason = serializers.CharField()
    basis = serializers.CharField()
    method = serializers.CharField()
    method_version = serializers.CharField()
    replaced_at = serializers.DateTimeField()
    cause = serializers.CharField()


class PastMetricsView(LabAPIView):
    """What a cell's numbers were before, the newest first."""

    @extend_schema(responses=PastMetricSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        cell = find_record(Cell.objects.visible_to(caller(request)), code)
        pages = LabPagination()
        page = pages.paginate_queryset(
            PastMetric.objects.filter(cell=cell).select_related("test__identity"), request, view=self
        )
        return pages.get_paginated_response(PastMetricSerializer(page, many=True).data)


class ExclusionSerializer(serializers.Serializer):
    """That a cell's numbers are kept out of statistics, and why."""

    id = serializers.IntegerField(read_only=True)
    metric = serializers.CharField(required=False, allow_blank=True, max_length=60)
    reason = serializers.CharField(max_length=1000)
    by = serializers.CharField(source="by.username", read_only=True)
    at = serializers.DateTimeField(read_only=True)
    lifted_at = serializers.DateTimeField(read_only=True, allow_null=True)
    lift_reason = serializers.CharField(read_only=True)


class ExclusionsView(LabAPIView):
    """What is kept out of the statistics of a cell."""

    capability = "record"

    @extend_schema(responses=ExclusionSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        cell = find_record(Cell.objects.visible_to(caller(request)), code)
        return Response(ExclusionSerializer(cell.exclusions.select_related("by"), many=True).data)

    @extend_schema(request=ExclusionSerializer, responses={201: ExclusionSerializer})
    def post(self, request: Request, code: str) -> Response:
        cell = find_record(Cell.objects.visible_to(caller(request)), code)
        body = ExclusionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = actions.exclude_cell(cell=cell, by=caller(request), **body.validated_data)
        return Response(ExclusionSerializer(made).data, status=status.HTTP_201_CREATED)


class LiftSerializer(serializers.Serializer):
    """Why it is counted again."""

    reason = serializers.CharField(max_length=1000)


class LiftExclusionView(LabAPIView):
    """Count again what was kept out."""

    capability = "record"

    @extend_schema(request=LiftSerializer, responses=ExclusionSerializer)
    def post(self, request: Request, code: str, pk: int) -> Response:
        cell = find_record(Cell.objects.visible_to(caller(request)), code)
        body = LiftSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        exclusion = Exclusion.objects.filter(cell=cell, pk=pk).first()
        if exclusion is None:
            raise Http404(f"{cell.code} has no exclusion {pk}.")
        lifted = actions.lift_exclusion(exclusion=exclusion, by=caller(request), **body.validated_data)
        return Response(ExclusionSerializer(lifted).data)


class FoundCellSerializer(serializers.Serializer):
    """A cell of which every condition is true, with the numbers that were asked about."""

    code = serializers.CharField()
    study = serializers.CharField()
    group = serializers.CharField()
    state = serializers.CharField()
    numbers = serializers.DictField(child=serializers.FloatField(), help_text="By the condition's own text.")


class CellsByNumbersView(LabAPIView):
    """Cells of which every condition is true.

    A condition is ``name>0.9``, ``name>=``, ``name<``, ``name<=``, ``name=1.05..1.15`` for numbers (fractions stay
    fractions, ``name~variant`` picks one of several) and ``coating=Nb2O5`` for facts. Names are those of
    ``GET /metrics/names/``, of a cell's ``derived``, and: coating, positive_material, condition, study, state,
    project, upper_cut_off_v_vs_li.
    """

    @extend_schema(
        parameters=[
            OpenApiParameter("where", str, many=True, required=True, description="One condition; repeat it.")
        ],
        responses=FoundCellSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        conditions = number_search.read_conditions(request.query_params.getlist("where"))
        cells = (
            number_search.cells_where(caller(request), conditions).with_codes().with_study().order_by("pk")
        )
        pages = LabPagination()
        page: list[Cell] = list(pages.paginate_queryset(cells, request, view=self) or [])
        numbers = number_search.numbers_of(page, conditions)
        rows = [
            {
                "code": c.code,
                "study": c.study.code,
                "group": c.group,
                "state": c.state,
                "numbers": numbers[c.pk],
            }
            for c in page
        ]
        return pages.get_paginated_response(FoundCellSerializer(rows, many=True).data)


class ThresholdSerializer(serializers.Serializer):
    """A check with the threshold in use."""

    name = serializers.CharField(read_only=True)
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]  # a field of that name
    means = serializers.CharField(read_only=True)
    unit = serializers.CharField(read_only=True)
    own = serializers.FloatField(read_only=True, help_text="What the check itself would use.")
    value = serializers.FloatField()
    reason = serializers.CharField(max_length=1000, write_only=True)


class ThresholdsView(LabAPIView):
    """Every check with its threshold."""

    @extend_schema(responses=ThresholdSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(ThresholdSerializer(_thresholds(), many=True).data)


class ThresholdView(LabAPIView):
    """One check's threshold."""

    capability = "review"

    @extend_schema(request=ThresholdSerializer, responses=ThresholdSerializer)
    def post(self, request: Request, name: str) -> Response:
        body = ThresholdSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        actions.set_threshold(name=name, by=caller(request), **body.validated_data)
        return Response(ThresholdSerializer(next(row for row in _thresholds() if row["name"] == name)).data)


def _thresholds() -> list[dict[str, Any]]:
    limits = judging.thresholds()
    return [
        {
            "name": c.name,
            "label": c.label,
            "means": c.means,
            "unit": c.unit,
            "own": c.threshold,
            "value": limits[c.name],
        }
        for c in quality.CHECKS
    ]
