"""Rows of a sheet over the API: the same check and the same all or nothing as on the page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from lims import blobs, imports
from lims.api.parsers import LabJSONParser
from lims.api.views import LabAPIView, caller
from lims.attachments import safe_name
from lims.models import Blob
from lims.sheets import MOST_BYTES, Sheet, read_rows, read_upload


class ImportRowsSerializer(serializers.Serializer):
    """Rows as JSON objects by the columns' names, or a CSV or XLSX file as multipart."""

    rows = serializers.ListField(child=serializers.DictField(), required=False)
    file = serializers.FileField(required=False, allow_empty_file=True)
    photos = serializers.ListField(
        child=serializers.FileField(),
        required=False,
        help_text="Photos of the sheet, kept beside every record made.",
    )


class ImportErrorSerializer(serializers.Serializer):
    """What is wrong in a row; ``column`` is empty where it is the row as a whole."""

    row = serializers.IntegerField()
    column = serializers.CharField()
    sentence = serializers.CharField()
    sheet = serializers.CharField()


class ImportCheckSerializer(serializers.Serializer):
    """What a dry run found; nothing was written."""

    rows = serializers.IntegerField()
    errors = ImportErrorSerializer(many=True)  # type: ignore[assignment]  # a property of the base has this name
    notes = serializers.ListField(child=serializers.CharField())


class ImportedSerializer(serializers.Serializer):
    """What the rows became, in their order."""

    rows = serializers.IntegerField()
    codes = serializers.ListField(child=serializers.CharField())
    notes = serializers.ListField(child=serializers.CharField())


class ImportView(LabAPIView):
    """Enter rows of one kind, or of several as a notebook: all of them or none."""

    parser_classes = (LabJSONParser, MultiPartParser)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # A dry run does nothing that a key could keep from being done twice, and its answer is not the real one.
        self.never_stored = self.dry_run = _is_true(request.query_params.get("dry_run", ""))
        super().initial(request, *args, **kwargs)

    @extend_schema(
        request={"application/json": ImportRowsSerializer, "multipart/form-data": ImportRowsSerializer},
        parameters=[
            OpenApiParameter(
                "kind", str, "path", description="lots, treatments, coatings, mixtures, cells or notebook"
            ),
            OpenApiParameter("dry_run", bool, description="Check all rows and write nothing."),
        ],
        responses={200: ImportCheckSerializer, 201: ImportedSerializer, 400: ImportCheckSerializer},
        operation_id="import_rows",
    )
    def post(self, request: Request, kind: str) -> Response:
        if kind != imports.NOTEBOOK and kind not in imports.kinds:
            raise NotFound(f"Rows are {', '.join([*imports.kinds, imports.NOTEBOOK])}, not {kind}.")
        name, sheets = _sheets(request)
        read = imports.plan(kind, sheets, name=name)
        if self.dry_run:
            found = imports.check(read, by=caller(request))
            return Response(imports.told(found))
        outcome = imports.enter(read, by=caller(request), photos=_photos(request))
        codes = [made.record.code for made in outcome.made]
        return Response({"rows": outcome.rows, "codes": codes, "notes": outcome.notes}, status=201)


def _is_true(text: str) -> bool:
    return text.strip().casefold() in ("1", "true", "yes")


def _sheets(request: Request) -> tuple[str, list[Sheet]]:
    data = request.data if isinstance(request.data, dict) else {"rows": request.data}
    upload, rows = data.get("file"), data.get("rows")
    if isinstance(upload, UploadedFile):
        name = safe_name(str(upload.name))
        return name, read_upload(name, upload.read(MOST_BYTES + 1))
    if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
        return "", [read_rows(rows)]
    raise ValidationError({"rows": "Send a file, or rows as a list of objects."})


def _photos(request: Request) -> list[tuple[str, Blob]]:
    uploads = request.FILES.getlist("photos") if hasattr(request.FILES, "getlist") else []
    return [
        (safe_name(one.name or ""), blobs.store_upload(one, max_bytes=settings.ATTACHMENT_MAX_BYTES))
        for one in uploads
    ]
