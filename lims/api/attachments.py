"""Files beside records: put there, given back, withdrawn."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from lims import attachments
from lims.api.lists import ListMixin
from lims.api.parsers import LabJSONParser
from lims.api.views import LabAPIView, OnceMixin, caller
from lims.models import Attachment, Identity, User
from lims.views.attachments import file_response, find_attachment, find_identity


class AttachmentSerializer(serializers.Serializer):
    """A file beside a record."""

    id = serializers.IntegerField(source="pk", read_only=True)
    record = serializers.CharField(source="identity.code", read_only=True)
    name = serializers.CharField(read_only=True)
    purpose = serializers.CharField(read_only=True)
    content_type = serializers.CharField(read_only=True)
    size_bytes = serializers.IntegerField(source="blob.size_bytes", read_only=True)
    sha256 = serializers.CharField(source="blob.sha256", read_only=True)
    attached_at = serializers.DateTimeField(read_only=True)
    attached_by = serializers.CharField(source="attached_by.username", read_only=True)
    withdrawn_at = serializers.DateTimeField(read_only=True, allow_null=True)
    withdrawn_by = serializers.CharField(
        source="withdrawn_by.username", read_only=True, default=None, allow_null=True
    )
    withdrawn_reason = serializers.CharField(read_only=True)


class AttachSerializer(serializers.Serializer):
    """A file to put beside a record."""

    file = serializers.FileField(allow_empty_file=True)
    purpose = serializers.ChoiceField(choices=Attachment.Purpose.choices, default=Attachment.Purpose.OTHER)
    name = serializers.CharField(required=False, allow_blank=True, max_length=attachments.LONGEST_NAME)


class WithdrawSerializer(serializers.Serializer):
    """Why a file no longer counts."""

    reason = serializers.CharField(max_length=500)


class RecordAttachmentsView(OnceMixin, ListMixin, GenericAPIView):
    """The files beside one record."""

    queryset = Attachment.objects.select_related("blob", "identity", "attached_by", "withdrawn_by")
    serializer_class = AttachmentSerializer
    filter_backends = ()
    parser_classes = (MultiPartParser, LabJSONParser)

    def get_queryset(self) -> Any:
        user = self.request.user
        if getattr(self, "swagger_fake_view", False) or not isinstance(user, User):
            return Attachment.objects.none()
        return self.queryset.filter(identity=self._identity())

    def _identity(self) -> Identity:
        return find_identity(self.kwargs["code"], caller(self.request))

    @extend_schema(operation_id="records_attachments_list")
    def get(self, request: Request, code: str) -> Any:
        """List the files, the newest first; withdrawn ones are among them."""
        return self.list(request)

    @extend_schema(request={"multipart/form-data": AttachSerializer}, responses={201: AttachmentSerializer})
    def post(self, request: Request, code: str) -> Response:
        """Put a file beside the record; the same bytes twice are refused."""
        identity = self._identity()
        body = AttachSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        facts = dict(body.validated_data)
        attached = attachments.attach(
            identity=identity, upload=facts.pop("file"), by=caller(request), **facts
        )
        return Response(AttachmentSerializer(attached).data, status=status.HTTP_201_CREATED)


class AttachmentFileView(LabAPIView):
    """The bytes of a file."""

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> FileResponse:
        return file_response(find_attachment(pk, caller(request)))


class WithdrawAttachmentView(LabAPIView):
    """Say that a file no longer counts; it stays listed."""

    @extend_schema(request=WithdrawSerializer, responses=AttachmentSerializer)
    def post(self, request: Request, pk: int) -> Response:
        attachment = find_attachment(pk, caller(request))
        body = WithdrawSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        withdrawn = attachments.withdraw(attachment=attachment, by=caller(request), **body.validated_data)
        return Response(AttachmentSerializer(withdrawn).data)
