"""Column mappings and what was logged beside a test, as JSON."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action as route
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.serializers import RecordSerializer
from lims.api.views import RecordViewSet, caller
from testing import actions
from testing.models import ColumnMapping, Submission
from testing.readers.base import UnreadableFile
from testing.readers.mapping import TARGETS, TIME_FORMATS
from testing.replay import preview_of_file


class MappedColumnSerializer(serializers.Serializer):
    """What one column is: its place from 0, what it gives, the unit its numbers are in."""

    place = serializers.IntegerField(min_value=0, max_value=10_000)
    target = serializers.ChoiceField(list(TARGETS))
    unit = serializers.CharField(required=False, allow_blank=True, default="", max_length=20)
    negative = serializers.BooleanField(
        default=False,
        help_text="The file writes the negative of what is kept: discharge as positive, or -Z″.",
    )


class ColumnMappingSerializer(RecordSerializer):
    """A mapping as it is kept."""

    name = serializers.CharField()
    kind = serializers.CharField()
    instrument = serializers.CharField(source="instrument.code", default=None, allow_null=True)
    header = serializers.ListField(child=serializers.CharField())
    width = serializers.IntegerField()
    columns = MappedColumnSerializer(many=True)
    time_format = serializers.CharField()
    retired = serializers.BooleanField()


class CreateColumnMappingSerializer(serializers.Serializer):
    """What the columns of a file are, for every file with its header."""

    file = serializers.IntegerField(help_text="The id of a file that has these columns.")
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(ColumnMapping.Kind.choices)
    columns = MappedColumnSerializer(many=True, allow_empty=False)
    time_format = serializers.ChoiceField(["", *TIME_FORMATS], required=False, default="")
    of_its_instrument = serializers.BooleanField(default=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class RetireMappingSerializer(serializers.Serializer):
    """What is wrong with a mapping."""

    reason = serializers.CharField(max_length=1000)


class TargetSerializer(serializers.Serializer):
    """What a column may be, and the units that may be stated for it."""

    target = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    kinds = serializers.ListField(child=serializers.CharField())
    units = serializers.ListField(child=serializers.CharField())


class PreviewSerializer(serializers.Serializer):
    """The names of a file's columns and its first rows."""

    sheet = serializers.CharField()
    header = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    targets = TargetSerializer(many=True)
    time_formats = serializers.DictField(child=serializers.CharField())


def preview_answer(shown: Any) -> dict[str, Any]:
    """Return a preview with what may be said of it."""
    targets = [
        {"target": name, "label": target.label, "kinds": target.kinds, "units": target.units}
        for name, target in TARGETS.items()
    ]
    return {
        "sheet": shown.sheet,
        "header": shown.header,
        "rows": shown.rows,
        "targets": targets,
        "time_formats": dict(TIME_FORMATS),
    }


class PreviewMixin:
    """What a person or a script has to see of a file to say what its columns are."""

    @extend_schema(responses=PreviewSerializer)
    @route(detail=True, methods=["get"], instruments=False)
    def preview(self, request: Request, pk: str) -> Response:
        """The names of the file's columns, its first rows, and what may be said of them."""
        try:
            shown = preview_of_file(self.get_object())  # type: ignore[attr-defined]  # a viewset's
        except UnreadableFile as reason:
            raise ValidationError(f"The columns of this file cannot be named: {reason}") from reason
        return Response(PreviewSerializer(preview_answer(shown)).data)


class ColumnMappingViewSet(RecordViewSet):
    """What people have said of tables that no reader knows."""

    queryset = ColumnMapping.objects.select_related("instrument__identity")
    serializer_class = ColumnMappingSerializer
    filterset_fields = ("kind", "retired")

    @extend_schema(request=CreateColumnMappingSerializer, responses={201: ColumnMappingSerializer})
    def create(self, request: Request) -> Response:
        body = CreateColumnMappingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        told = dict(body.validated_data)
        number = told.pop("file")
        file = Submission.objects.visible_to(caller(request)).with_names().filter(pk=number).first()
        if file is None:
            raise ValidationError({"file": f"There is no file {number} that you may see."})
        made = actions.save_mapping(submission=file, by=caller(request), **told)
        return self.answer(made, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=RetireMappingSerializer, responses=ColumnMappingSerializer)
    @route(detail=True, methods=["post"])
    def retire(self, request: Request, code: str) -> Response:
        """Stop reading files by it; what was read stays."""
        body = RetireMappingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        mapping = actions.retire_mapping(
            mapping=self.get_object(),
            by=caller(request),
            expected_version=self.expected_version(),
            **body.validated_data,
        )
        return self.answer(mapping)
