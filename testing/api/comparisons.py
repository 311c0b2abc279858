"""Comparisons, differences and pictures as JSON."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from cells.models import Cell, Study
from lims.api.serializers import CodeField, ProjectField, RecordSerializer
from lims.api.views import LabAPIView, RecordViewSet, caller
from testing import actions
from testing.analyse import ICE
from testing.api.targets import find_record
from testing.calc.comparisons import Comparison as Difference
from testing.metric_keys import read_key
from testing.models import Comparison
from testing.picture import as_json
from testing.pictures import CATALOGUE, build, read_options
from testing.statistics import by_condition, comparisons, ways_to_compare
from testing.views.pictures import subject_from


class ComparisonSerializer(RecordSerializer):
    """A comparison; of its cells those that the caller may see."""

    name = serializers.CharField()
    question = serializers.CharField()
    colour_by = serializers.CharField()
    cells = serializers.SerializerMethodField()

    def get_cells(self, comparison: Comparison) -> list[str]:
        return [cell.code for cell in comparison.cells_visible_to(self.context["request"].user)]


class KeepComparisonSerializer(serializers.Serializer):
    """Which cells are compared, and how they are told apart."""

    project = ProjectField()
    name = serializers.CharField(max_length=200)
    question = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")
    colour_by = serializers.CharField(max_length=40, default="condition")
    cells = serializers.ListField(child=CodeField(queryset=Cell.objects.all()), max_length=300)


class ComparisonViewSet(RecordViewSet):
    """Comparisons: list, read, keep, change."""

    queryset = Comparison.objects.all()
    serializer_class = ComparisonSerializer

    @extend_schema(request=KeepComparisonSerializer, responses={201: ComparisonSerializer})
    def create(self, request: Request) -> Response:
        body = KeepComparisonSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        made = actions.save_comparison(by=caller(request), **body.validated_data)
        return self.answer(made, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=KeepComparisonSerializer, responses=ComparisonSerializer)
    def update(self, request: Request, code: str) -> Response:
        """Say anew what a comparison holds; ``If-Match`` names the version that was read, its project stays."""
        record, version = self.get_object(), self.expected_version()
        body = KeepComparisonSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        facts = {name: value for name, value in body.validated_data.items() if name != "project"}
        actions.change_comparison(comparison=record, by=caller(request), expected_version=version, **facts)
        return self.answer(record)


class DifferenceSerializer(serializers.Serializer):
    """The difference of two conditions (first minus second) in the metric's own unit, or the reason why there is none.

    A difference of two fractions is a fraction: 0.088 is 8.8 percentage points.
    """

    first = serializers.CharField()
    second = serializers.CharField()
    difference = serializers.FloatField(allow_null=True)
    ci95_low = serializers.FloatField(allow_null=True)
    ci95_high = serializers.FloatField(allow_null=True)
    t = serializers.FloatField(allow_null=True)
    degrees_of_freedom = serializers.FloatField(allow_null=True)
    p_value = serializers.FloatField(allow_null=True)
    p_adjusted = serializers.FloatField(allow_null=True)
    family = serializers.IntegerField()
    batches_only = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)


class StudyDifferencesView(LabAPIView):
    """Welch's test of each pair of conditions that differ in one factor, adjusted by Holm."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "metric", str, description="As metrics/names/ lists them, or name~variant~phase."
            ),
            OpenApiParameter(
                "by", str, description="coating, ald_cycles, cut_off_v_vs_li, press_mpa or all."
            ),
        ],
        responses=DifferenceSerializer(many=True),
    )
    def get(self, request: Request, code: str) -> Response:
        study = find_record(Study.objects.visible_to(caller(request)), code)
        try:
            key = read_key(request.query_params.get("metric", ICE))
        except ValueError as problem:
            raise ValidationError({"metric": str(problem)}) from problem
        groups = by_condition(study, key)
        ways = ways_to_compare(groups)
        by = request.query_params.get("by", ways[0])
        if by not in ways:
            raise ValidationError({"by": f"{by!r} is no way to compare here; there is: {', '.join(ways)}."})
        return Response([_difference(pair) for pair in comparisons(groups, by)])


def _difference(pair: Difference) -> dict[str, Any]:
    found = pair.result
    names = ("difference", "ci95_low", "ci95_high", "t", "degrees_of_freedom", "p_value")
    return {
        "first": pair.first,
        "second": pair.second,
        **{name: getattr(found, name) if found else None for name in names},
        "p_adjusted": pair.p_adjusted,
        "family": pair.family,
        "batches_only": pair.batches_only,
        "reason": pair.reason,
    }


class PictureView(LabAPIView):
    """A picture's numbers: of a study, a comparison, or cells by their codes."""

    @extend_schema(
        parameters=[
            OpenApiParameter("study", str),
            OpenApiParameter("comparison", str),
            OpenApiParameter("cells", str, description="Codes with commas between them."),
            OpenApiParameter("colour", str),
            OpenApiParameter("quantity", str),
            OpenApiParameter("against", str),
            OpenApiParameter("phase", str),
            OpenApiParameter("cycles", str),
            OpenApiParameter("which", str, enum=["all", "one"]),
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, name: str) -> Response:
        if name not in CATALOGUE:
            raise Http404(f"There is no picture {name}; there is: {', '.join(CATALOGUE)}.")
        subject = subject_from(request._request, caller(request))
        options = read_options(request.query_params.dict(), CATALOGUE[name].options)
        return Response(as_json(build(name, subject, options)))
