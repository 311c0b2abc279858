"""The notebook as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from lims import notebook
from lims.api.serializers import ProjectField, RecordSerializer
from lims.api.views import RecordViewSet, caller
from lims.models import Identity, Note
from lims.models.notebook import LONGEST_BODY
from lims.notebook_forms import NoteFilter


class NoteSerializer(RecordSerializer):
    """An entry in its newest edition."""

    kind = serializers.CharField()
    about = serializers.CharField(source="subject.code", default=None, allow_null=True)
    heading = serializers.CharField()
    body = serializers.CharField()
    edition = serializers.SerializerMethodField()
    mentions = serializers.SerializerMethodField()

    def get_edition(self, note: Note) -> int:
        return max((edition.number for edition in note.editions.all()), default=0)

    def get_mentions(self, note: Note) -> list[str]:
        return [mention.identity.code for mention in note.mentions.all()]


class WriteNoteSerializer(serializers.Serializer):
    """What an entry says, and about what."""

    project = ProjectField(required=False, allow_null=True, default=None)
    about = serializers.CharField(required=False, allow_blank=True, max_length=24, default="")
    kind = serializers.ChoiceField(Note.Kind.choices, default=Note.Kind.ENTRY)
    heading = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=LONGEST_BODY)

    def validate_about(self, code: str) -> Identity | None:
        if not code.strip():
            return None
        found = (
            Identity.objects.visible_to(self.context["request"].user)
            .filter(code=code.strip().upper())
            .first()
        )
        if found is None:
            raise serializers.ValidationError(f"No record that you may see has the code {code}.")
        return found

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        subject = attrs.pop("about")
        if subject is None and attrs["project"] is None:
            raise serializers.ValidationError({"project": "An entry is about a record, or of a project."})
        return {**attrs, "subject": subject}


class RewriteNoteSerializer(serializers.Serializer):
    """The next edition."""

    heading = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=LONGEST_BODY)
    reason = serializers.CharField(max_length=500)


class NoteViewSet(RecordViewSet):
    """The notebook: list, read, write, write anew."""

    queryset = Note.objects.select_related("subject").prefetch_related("editions", "mentions__identity")
    serializer_class = NoteSerializer
    filterset_class = NoteFilter

    @extend_schema(request=WriteNoteSerializer, responses={201: NoteSerializer})
    def create(self, request: Request) -> Response:
        body = WriteNoteSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        made = notebook.write_note(by=caller(request), **body.validated_data)
        return self.answer(made, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=RewriteNoteSerializer, responses=NoteSerializer)
    def partial_update(self, request: Request, code: str) -> Response:
        """Write the next edition; ``If-Match`` names the version that was read."""
        note, version = self.get_object(), self.expected_version()
        body = RewriteNoteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        notebook.rewrite_note(note=note, by=caller(request), expected_version=version, **body.validated_data)
        return self.answer(note)
