"""The testing app as JSON."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action as route
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from cells.models import Cell, Study
from lims.api.parsers import LabJSONParser
from lims.api.views import LabAPIView, OnceMixin, RecordViewSet, caller
from lims.models import User
from testing import actions, printed
from testing.analyse import LABELS
from testing.api import serializers as shapes
from testing.models import CellTest, Instrument, Protocol, Report, Submission
from testing.statistics import by_condition


class InstrumentViewSet(RecordViewSet):
    """Instruments and their channels."""

    queryset = Instrument.objects.prefetch_related("channels")
    serializer_class = shapes.InstrumentSerializer


class ProtocolViewSet(RecordViewSet):
    """Protocols and their editions."""

    queryset = Protocol.objects.prefetch_related("editions")
    serializer_class = shapes.ProtocolSerializer


class TestFilter(filters.FilterSet):
    """By cell, study, phase and state."""

    __test__ = False

    cell = filters.CharFilter(field_name="cell__identity__code", lookup_expr="iexact")
    study = filters.CharFilter(field_name="cell__condition__study__identity__code", lookup_expr="iexact")

    class Meta:
        model = CellTest
        fields = ["phase", "state"]


class TestViewSet(RecordViewSet):
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

    @extend_schema(responses=shapes.MetricSerializer(many=True))
    @route(detail=True, methods=["get"])
    def metrics(self, request: Request, code: str) -> Response:
        """The metrics of the cell that rest on this test."""
        test = self.get_object()
        rows = printed.metric_rows(test.cell) if test.place == 1 else []
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
        parameters=[OpenApiParameter("metric", str, enum=list(LABELS), required=True)],
        responses=shapes.GroupSerializer(many=True),
    )
    def get(self, request: Request, code: str) -> Response:
        study = find_record(Study.objects.visible_to(caller(request)), code)
        metric = request.query_params.get("metric", "")
        if metric not in LABELS:
            raise ValidationError({"metric": f"{metric!r} is no metric; there is: {', '.join(LABELS)}."})
        return Response([_group(group) for group in by_condition(study, metric)])


def _group(group: Any) -> dict[str, Any]:
    summary = group.summary
    return {
        "group": group.name,
        "n": len(group.values),
        "mean": summary.mean if summary else None,
        "sd": summary.sd if summary else None,
        "mixes": len(group.mixes),
        "coating_runs": len(group.coating_runs),
        "values": [{"cell": v.cell, "value": v.value} for v in group.values],
        "excluded": [{"cell": e.cell, "reason": e.reason} for e in group.excluded],
    }


def find_record(queryset: Any, code: str) -> Any:
    """Return the record with this code among those that the caller may see, or 404."""
    try:
        return queryset.with_codes().coded(code.strip().upper())
    except queryset.model.DoesNotExist as error:
        raise Http404(f"No record that you may see has the code {code}.") from error


class FileFilter(filters.FilterSet):
    """By test and state."""

    test = filters.CharFilter(field_name="test__identity__code", lookup_expr="iexact")
    cell = filters.CharFilter(field_name="test__cell__identity__code", lookup_expr="iexact")

    class Meta:
        model = Submission
        fields = ["state"]


class FileViewSet(OnceMixin, viewsets.GenericViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """Files in: kept before the answer, read by a worker."""

    queryset = Submission.objects.with_names()
    serializer_class = shapes.SubmissionSerializer
    filterset_class = FileFilter
    parser_classes = (MultiPartParser, LabJSONParser)
    capability = "post_file"
    instruments = True

    def get_queryset(self) -> Any:
        user = self.request.user
        if getattr(self, "swagger_fake_view", False) or not isinstance(user, User):
            return self.queryset.none()
        return self.queryset.all().visible_to(user)

    @extend_schema(
        request={"multipart/form-data": shapes.UploadSerializer},
        responses={201: shapes.SubmissionSerializer, 200: shapes.SubmissionSerializer},
    )
    def create(self, request: Request) -> Response:
        body = shapes.UploadSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        facts = body.validated_data
        received = actions.receive_file(
            upload=facts["file"], by=caller(request), bulk=facts["bulk"], **_target(facts, caller(request))
        )
        fresh = Submission.objects.with_names().get(pk=received.submission.pk)
        code = status.HTTP_201_CREATED if received.created else status.HTTP_200_OK
        return Response(self.get_serializer(fresh).data, status=code)

    @extend_schema(request=shapes.AssignSerializer, responses=shapes.SubmissionSerializer)
    @route(detail=True, methods=["post"], instruments=False)
    def assign(self, request: Request, pk: str) -> Response:
        """Say which test a waiting file belongs to."""
        body = shapes.AssignSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        submission = actions.assign_file(
            submission=self.get_object(), by=caller(request), **body.validated_data
        )
        return Response(self.get_serializer(Submission.objects.with_names().get(pk=submission.pk)).data)


def _target(facts: dict[str, Any], user: Any) -> dict[str, Any]:
    """Return whatever an upload names of test, cell and channel; what its sender may not see is not there."""
    target: dict[str, Any] = {}
    if "test" in facts:
        target["test"] = find_record(_tests_of(user), facts["test"])
    if "cell" in facts:
        target["cell"] = find_record(Cell.objects.visible_to(user), facts["cell"])
    if "instrument" in facts:
        instrument = find_record(_instruments_of(user), facts["instrument"])
        target["channel"] = shapes.find_channel(instrument, facts.get("channel", ""))
    return target


def _tests_of(user: User) -> Any:
    """Return the tests that ``user`` may post for; an instrument's are those on its own channels."""
    tests = CellTest.objects.with_cells()
    return tests.filter(channel__instrument__account=user) if user.is_instrument else tests.visible_to(user)


def _instruments_of(user: User) -> Any:
    """Return the instruments that ``user`` may post for; an instrument posts for itself."""
    instruments = Instrument.objects.all()
    return instruments.filter(account=user) if user.is_instrument else instruments.visible_to(user)


class ReportFilter(filters.FilterSet):
    """By subject, kind, state, and whether it still holds."""

    subject = filters.CharFilter(field_name="subject__code", lookup_expr="iexact")

    class Meta:
        model = Report
        fields = ["kind", "state", "stale"]


class ReportViewSet(RecordViewSet):
    """Reports."""

    queryset = Report.objects.with_progress().select_related("subject")
    serializer_class = shapes.ReportSerializer
    filterset_class = ReportFilter
    capability = "report"

    @extend_schema(request=shapes.CreateReportSerializer, responses={202: shapes.ReportSerializer})
    def create(self, request: Request) -> Response:
        body = shapes.CreateReportSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        report = actions.request_report(by=caller(request), **body.validated_data)
        return self.answer(report, status_code=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @route(detail=True, methods=["get"])
    def pdf(self, request: Request, code: str) -> FileResponse:
        """The PDF, once it is printed."""
        report = self.get_object()
        if report.pdf is None:
            raise Http404(f"{report.code} is not printed yet: it is {report.get_state_display().lower()}.")
        return FileResponse(
            report.pdf.path.open("rb"), content_type="application/pdf", filename=f"{report.code}.pdf"
        )
