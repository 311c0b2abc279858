"""Labels as PDF, and what a scanned text means."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from lims import labels, registry, scanning
from lims.api.views import LabAPIView, caller
from lims.models import Identity
from lims.pdf import pdf_problem
from lims.views.attachments import find_identity
from lims.views.labels import asked_codes, asked_start, pdf_response

PDF = {(200, "application/pdf"): OpenApiTypes.BINARY}
SIZE = OpenApiParameter(
    "size", str, enum=list(labels.SIZES), default="62x29", description="In mm, or an A4 sheet of 3 x 8."
)
START = OpenApiParameter("start", int, default=1, description="The first free label of a sheet, from 1.")


class NoPrinter(APIException):
    """This machine lacks the libraries that draw PDFs."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE


class LabelView(LabAPIView):
    """The label of one record."""

    @extend_schema(parameters=[SIZE, START], responses=PDF)
    def get(self, request: Request, code: str) -> HttpResponse:
        return _printed(request, [find_identity(code, caller(request))])


class LabelsView(LabAPIView):
    """The labels of several records: one page for each, or sheets."""

    @extend_schema(
        operation_id="labels",
        parameters=[
            OpenApiParameter(
                "code", str, many=True, required=True, description="Codes, in the order of printing."
            ),
            SIZE,
            START,
        ],
        responses=PDF,
    )
    def get(self, request: Request) -> HttpResponse:
        return _printed(request, labels.chosen(asked_codes(request.query_params), caller(request)))


def _printed(request: Request, identities: list[Identity]) -> HttpResponse:
    if problem := pdf_problem():
        raise NoPrinter(problem)
    size = request.query_params.get("size", "62x29")
    printed = labels.label_pdf(identities, size, start=asked_start(request.query_params))
    return pdf_response(printed, identities)


class HitSerializer(serializers.Serializer):
    """A record that a scanned text may mean."""

    code = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField(help_text="Its page.")


class ScanSerializer(serializers.Serializer):
    """What a scanned text may mean."""

    scanned = serializers.CharField(help_text="The text without what scanners and labels put around it.")
    results = HitSerializer(many=True)


class ScanView(LabAPIView):
    """What a scanned or typed text means: a code, a label's address, a lot or serial number, a name."""

    @extend_schema(
        operation_id="scan",
        parameters=[OpenApiParameter("code", str, required=True)],
        responses=ScanSerializer,
    )
    def get(self, request: Request) -> Response:
        scanned = request.query_params.get("code", "")
        found = scanning.find(scanned, caller(request))
        titles = registry.titles_of(found)
        hits: list[dict[str, Any]] = [
            {
                "code": identity.code,
                "kind": registry.kinds[identity.kind].label.lower(),
                "title": titles.get(identity.pk, ""),
                "url": registry.url_of(identity),
            }
            for identity in found
        ]
        return Response({"scanned": scanning.cleaned(scanned), "results": hits})
