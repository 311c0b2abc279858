"""Files in: kept before the answer, read by a worker, settled by people."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action as route
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.lists import ListMixin
from lims.api.parsers import LabJSONParser
from lims.api.views import OnceMixin, caller
from lims.models import User
from testing import actions
from testing.api import intake_shapes
from testing.api import serializers as shapes
from testing.api.mappings import PreviewMixin
from testing.api.targets import project_of, target_of
from testing.models import Submission
from testing.suggestions import suggestions_for


class FileFilter(filters.FilterSet):
    """By test and state."""

    test = filters.CharFilter(field_name="test__identity__code", lookup_expr="iexact")
    cell = filters.CharFilter(field_name="test__cell__identity__code", lookup_expr="iexact")

    class Meta:
        model = Submission
        fields = ["state"]


class FileViewSet(PreviewMixin, OnceMixin, ListMixin, viewsets.GenericViewSet, mixins.RetrieveModelMixin):
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
        facts, user = body.validated_data, caller(request)
        received = actions.receive_file(
            upload=facts["file"],
            by=user,
            bulk=facts["bulk"],
            **target_of(facts, user),
            **project_of(facts, user),
        )
        code = status.HTTP_201_CREATED if received.created else status.HTTP_200_OK
        return self._answer(received.submission, code)

    def _answer(self, submission: Submission, code: int = status.HTTP_200_OK) -> Response:
        fresh = Submission.objects.with_names().get(pk=submission.pk)
        return Response(self.get_serializer(fresh).data, status=code)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @route(detail=True, methods=["get"])
    def content(self, request: Request, pk: str) -> FileResponse:
        """The bytes that were sent, as they were."""
        found = self.get_object()
        return FileResponse(
            found.blob.path.open("rb"), as_attachment=True, filename=found.name,
            content_type="application/octet-stream",
        )  # fmt: skip

    @extend_schema(responses=intake_shapes.SuggestionSerializer(many=True))
    @route(detail=True, methods=["get"], instruments=False)
    def suggestions(self, request: Request, pk: str) -> Response:
        """The tests that a file may belong to, and what speaks for each."""
        found = suggestions_for(self.get_object())
        return Response(intake_shapes.SuggestionSerializer(found, many=True).data)

    @extend_schema(request=shapes.AssignSerializer, responses=shapes.SubmissionSerializer)
    @route(detail=True, methods=["post"], instruments=False, capability="record")
    def assign(self, request: Request, pk: str) -> Response:
        """Say which test a waiting file belongs to."""
        body = shapes.AssignSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        return self._answer(
            actions.assign_file(submission=self.get_object(), by=caller(request), **body.validated_data)
        )

    @extend_schema(request=intake_shapes.MoveFileSerializer, responses=shapes.SubmissionSerializer)
    @route(detail=True, methods=["post"], instruments=False, capability="record")
    def move(self, request: Request, pk: str) -> Response:
        """Say that a file was measured in another test; both are computed anew."""
        body = intake_shapes.MoveFileSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        return self._answer(
            actions.move_file(submission=self.get_object(), by=caller(request), **body.validated_data)
        )

    @extend_schema(request=intake_shapes.SettleSerializer, responses=shapes.SubmissionSerializer)
    @route(detail=True, methods=["post"], instruments=False, capability="record")
    def settle(self, request: Request, pk: str) -> Response:
        """Decide between this file and the one that it is in conflict with."""
        body = intake_shapes.SettleSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return self._answer(
            actions.settle_conflict(submission=self.get_object(), by=caller(request), **body.validated_data)
        )
