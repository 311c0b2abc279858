"""Parsing and printing of reports."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from lims.api.serializers import RecordSerializer
from lims.models import Identity, Project
from testing.models import Report


class SignatureSerializer(serializers.Serializer):
    """Who stands for a report, and as what."""

    meaning = serializers.CharField()
    name = serializers.CharField()
    role = serializers.CharField()
    at = serializers.DateTimeField()
    round = serializers.IntegerField()
    remark = serializers.CharField()
    inputs_sha256 = serializers.CharField()


class ReportSerializer(RecordSerializer):
    """A report, how far its printing is, and what the lab says of it."""

    kind = serializers.CharField()
    subject = serializers.CharField(source="about")
    state = serializers.CharField()
    standing = serializers.CharField()
    progress = serializers.FloatField()
    stale = serializers.BooleanField()
    reason = serializers.CharField()
    inputs_sha256 = serializers.CharField()
    pdf_sha256 = serializers.CharField()
    superseded_by = serializers.CharField(source="superseded_by.code", default=None, allow_null=True)
    signatures = SignatureSerializer(many=True, read_only=True)


class CreateReportSerializer(serializers.Serializer):
    """What to report on; an inventory is of a project, every other kind of a record."""

    kind = serializers.ChoiceField(Report.Kind.choices)
    subject = serializers.CharField()
    options = serializers.DictField(required=False)

    def validate_subject(self, code: str) -> Identity | Project:
        user, word = self.context["request"].user, code.strip()
        identity = Identity.objects.visible_to(user).filter(code=word.upper()).first()
        found = identity or Project.objects.visible_to(user).filter(code=word).first()
        if found is None:
            raise serializers.ValidationError(f"No record that you may see has the code {code}.")
        return found

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        about = attrs.pop("subject")
        return {**attrs, ("project" if isinstance(about, Project) else "subject"): about}


class SignSerializer(serializers.Serializer):
    """A signature: the password again, and what is to be remarked."""

    password = serializers.CharField(write_only=True, max_length=200, trim_whitespace=False)
    remark = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class HandBackSerializer(serializers.Serializer):
    """Why a report goes back to its author."""

    reason = serializers.CharField(max_length=1000)


class ChangeSerializer(serializers.Serializer):
    """An input that is not what it was when the report was frozen."""

    where = serializers.CharField()
    then = serializers.CharField(allow_null=True)
    now = serializers.CharField(allow_null=True)


class VerifySerializer(serializers.Serializer):
    """A PDF, or its SHA-256."""

    file = serializers.FileField(required=False, max_length=255, allow_empty_file=True)
    sha256 = serializers.RegexField(r"^[0-9a-fA-F]{64}$", required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError("Send the PDF as file, or its sha256.")
        return attrs


class VerdictSerializer(serializers.Serializer):
    """What is known of a PDF."""

    outcome = serializers.CharField()
    sentence = serializers.CharField()
    sha256 = serializers.CharField()
    report = serializers.CharField(source="report.code", default=None, allow_null=True)
    stale = serializers.BooleanField(source="report.stale", default=None, allow_null=True)
    superseded_by = serializers.CharField(source="report.superseded_by.code", default=None, allow_null=True)


class ReportLayoutSerializer(RecordSerializer):
    """How the lab prints a kind of report when nobody chooses otherwise."""

    kind = serializers.CharField()
    options = serializers.DictField()


class KeepLayoutSerializer(serializers.Serializer):
    """What the lab prints from now on; it takes the place of what was."""

    kind = serializers.ChoiceField(Report.Kind.choices)
    options = serializers.DictField()
