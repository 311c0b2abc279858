"""Reports as JSON: asking for one, signing, releasing, and asking whether a PDF is what it says."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action as route
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.parsers import LabJSONParser
from lims.api.views import LabAPIView, RecordViewSet, caller
from lims.models import Record
from lims.permissions import require
from testing import actions
from testing.api import report_shapes as shapes
from testing.downloads import crate_response
from testing.models import Report, ReportLayout
from testing.reporting.changes import SHOWN_MAX, changes_since
from testing.reporting.verify import verify_bytes, verify_hash


class ReportFilter(filters.FilterSet):
    """By subject, kind, state, standing, and whether it still holds."""

    subject = filters.CharFilter(field_name="subject__code", lookup_expr="iexact")

    class Meta:
        model = Report
        fields = ["kind", "state", "standing", "stale"]


class ReportViewSet(RecordViewSet):
    """Reports."""

    queryset = (
        Report.objects.with_progress()
        .select_related("subject", "superseded_by__identity")
        .prefetch_related("signatures")
    )
    serializer_class = shapes.ReportSerializer
    filterset_class = ReportFilter
    capability = "report"

    @extend_schema(request=shapes.CreateReportSerializer, responses={202: shapes.ReportSerializer})
    def create(self, request: Request) -> Response:
        report = actions.request_report(by=caller(request), **self._body(shapes.CreateReportSerializer))
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

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @route(detail=True, methods=["get"])
    def crate(self, request: Request, code: str) -> FileResponse:
        """The report with everything that it rests on, as an RO-Crate."""
        return crate_response(self.get_object())

    @extend_schema(responses=shapes.ChangeSerializer(many=True))
    @route(detail=True, methods=["get"], pagination_class=None)
    def changes(self, request: Request, code: str) -> Response:
        """What has changed since it was frozen: at most fifty inputs."""
        found = changes_since(self.get_object(), caller(request))
        return Response(shapes.ChangeSerializer(found[:SHOWN_MAX], many=True).data)

    @extend_schema(request=shapes.SignSerializer, responses=shapes.ReportSerializer)
    @route(detail=True, methods=["post"])
    def submit(self, request: Request, code: str) -> Response:
        """Sign a draft as its author and hand it to review."""
        return self._sign(actions.submit_report, "record")

    @extend_schema(request=shapes.SignSerializer, responses=shapes.ReportSerializer)
    @route(detail=True, methods=["post"])
    def review(self, request: Request, code: str) -> Response:
        """Sign a report in review as one who has checked it."""
        return self._sign(actions.review_report, "record")

    @extend_schema(request=shapes.SignSerializer, responses=shapes.ReportSerializer)
    @route(detail=True, methods=["post"])
    def release(self, request: Request, code: str) -> Response:
        """Sign a report as its approver and release it."""
        return self._sign(actions.release_report, "release")

    @extend_schema(request=shapes.HandBackSerializer, responses=shapes.ReportSerializer)
    @route(detail=True, methods=["post"], url_path="return")
    def hand_back(self, request: Request, code: str) -> Response:
        """Hand a report in review back to its author."""
        require(caller(request), "record")
        body = self._body(shapes.HandBackSerializer)
        return self.answer(actions.return_report(report=self.get_object(), by=caller(request), **body))

    def _sign(self, act: Any, capability: str) -> Response:
        by = require(caller(self.request), capability)
        signed: Record = act(report=self.get_object(), by=by, **self._body(shapes.SignSerializer))
        return self.answer(signed)

    def _body(self, shape: type[serializers.Serializer]) -> dict[str, Any]:
        body = shape(data=self.request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        validated: dict[str, Any] = body.validated_data
        return validated


class ReportLayoutViewSet(RecordViewSet):
    """How the lab prints its reports."""

    queryset = ReportLayout.objects.all()
    serializer_class = shapes.ReportLayoutSerializer
    capability = "report"

    @extend_schema(request=shapes.KeepLayoutSerializer, responses=shapes.ReportLayoutSerializer)
    def create(self, request: Request) -> Response:
        body = shapes.KeepLayoutSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return self.answer(actions.keep_layout(by=caller(request), **body.validated_data))


class VerifyView(LabAPIView):
    """Whether a PDF is the one that the lab released. Whoever holds the very bytes may ask."""

    parser_classes = (MultiPartParser, LabJSONParser)
    capability = "read"

    @extend_schema(request=shapes.VerifySerializer, responses=shapes.VerdictSerializer)
    def post(self, request: Request) -> Response:
        body = shapes.VerifySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        verdict = (
            verify_bytes(given["file"].chunks()) if "file" in given else verify_hash(given["sha256"].lower())
        )
        seen = Report.objects.visible_to(caller(request))
        if verdict.outcome == "altered" and not seen.filter(pk=verdict.report.pk).exists():  # type: ignore[union-attr]
            # That a report of this code exists is told only to those who may see it.
            verdict = verify_hash(verdict.sha256)
        return Response(shapes.VerdictSerializer(verdict).data)
