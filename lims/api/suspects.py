"""Suspicions: what was marked as suspect, what that touched, and what was cleared."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.lists import ListMixin
from lims.api.views import LabAPIView, OnceMixin, caller
from lims.models import Identity, SuspectFlag, Suspicion, User
from lims.suspicion import clear_flags, flags_visible_to, mark_suspect, suspicions_visible_to
from lims.views.suspect_notes import told_reason


class FlagSerializer(serializers.Serializer):
    """A record that a suspicion touched."""

    record = serializers.CharField(source="identity.code")
    kind = serializers.CharField(source="identity.kind")
    raised_at = serializers.DateTimeField()
    cleared_at = serializers.DateTimeField(allow_null=True)
    cleared_by = serializers.CharField(source="cleared_by.username", default=None, allow_null=True)
    clear_reason = serializers.CharField()


class SuspicionSerializer(serializers.Serializer):
    """A suspicion; of a record in another project neither the code nor the reason is told."""

    id = serializers.IntegerField(source="pk", read_only=True)
    record = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()
    at = serializers.DateTimeField(read_only=True)
    by = serializers.CharField(source="by.username", read_only=True)
    touched = serializers.IntegerField(read_only=True)
    standing = serializers.IntegerField(read_only=True)

    def get_record(self, suspicion: Any) -> str | None:
        return suspicion.identity.code if suspicion.root_seen else None

    def get_reason(self, suspicion: Any) -> str:
        return told_reason(suspicion, seen=suspicion.root_seen)


class SuspicionDetailSerializer(SuspicionSerializer):
    """A suspicion with every record that it touched and that the caller may see."""

    touched_elsewhere = serializers.IntegerField(
        read_only=True, help_text="How many records of projects that the caller does not see."
    )
    flags = FlagSerializer(many=True, read_only=True, source="seen_flags")


class MarkSerializer(serializers.Serializer):
    """A record that is suspect, and why."""

    record = serializers.CharField(max_length=40)
    reason = serializers.CharField(max_length=500)


class ClearSerializer(serializers.Serializer):
    """Which records are clear, and why: some by their codes, or all that the caller sees."""

    records = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=5000
    )
    all = serializers.BooleanField(default=False)
    reason = serializers.CharField(max_length=500)


class SuspicionFilter(filters.FilterSet):
    """By the marked record, by a record that was touched, and whether anything still stands."""

    record = filters.CharFilter(method="of_record")
    touching = filters.CharFilter(method="by_touched")
    standing = filters.BooleanFilter(method="by_standing")

    class Meta:
        model = Suspicion
        fields: list[str] = []

    def of_record(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(identity__code=value.upper(), root_seen=True)

    def by_touched(self, queryset: Any, name: str, value: str) -> Any:
        flags = flags_visible_to(caller(self.request)).filter(identity__code=value.upper())
        return queryset.filter(pk__in=flags.order_by().values("suspicion"))

    def by_standing(self, queryset: Any, name: str, value: bool) -> Any:  # noqa: FBT001 - the filter's shape
        return queryset.filter(standing__gt=0) if value else queryset.filter(standing=0)


def _told(user: User) -> QuerySet[Any]:
    visible = Identity.objects.visible_to(user).values("pk")
    mine = Q(flags__identity__in=visible)
    return suspicions_visible_to(user).annotate(
        touched=Count("flags", filter=mine, distinct=True),
        standing=Count("flags", filter=mine & Q(flags__cleared_at=None), distinct=True),
        root_seen=Q(identity__in=visible),
    )


class SuspicionsView(OnceMixin, ListMixin, GenericAPIView):
    """Suspicions that touch what the caller may see; posting marks a record."""

    queryset = Suspicion.objects.all()
    serializer_class = SuspicionSerializer
    filterset_class = SuspicionFilter

    def get_queryset(self) -> Any:
        user = self.request.user
        if getattr(self, "swagger_fake_view", False) or not isinstance(user, User):
            return Suspicion.objects.none()
        return _told(user)

    def get(self, request: Request) -> Any:
        return self.list(request)

    @extend_schema(request=MarkSerializer, responses={201: SuspicionDetailSerializer})
    def post(self, request: Request) -> Response:
        """Mark a record as suspect: it is flagged with everything that was made of it or measured on it."""
        body = MarkSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user, code = caller(request), body.validated_data["record"].strip().upper()
        identity = Identity.objects.visible_to(user).filter(code=code).first() if code.isprintable() else None
        if identity is None:
            raise ValidationError({"record": f"No record that you may see has the code {code}."})
        made = mark_suspect(identity=identity, reason=body.validated_data["reason"], by=user)
        return Response(_detail(made.pk, user), status=status.HTTP_201_CREATED)


class SuspicionView(LabAPIView):
    """One suspicion and what it touched."""

    @extend_schema(responses=SuspicionDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(_detail(pk, caller(request)))


class ClearSuspicionView(LabAPIView):
    """Clear one, some or all of the records that a suspicion touched."""

    @extend_schema(request=ClearSerializer, responses=SuspicionDetailSerializer)
    def post(self, request: Request, pk: int) -> Response:
        user = caller(request)
        found = _find(pk, user)
        body = ClearSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        codes = {code.strip().upper() for code in body.validated_data.get("records", [])}
        flags = flags_visible_to(user).standing().filter(suspicion=found)
        chosen = list(flags if body.validated_data["all"] else flags.filter(identity__code__in=codes))
        missing = (
            [] if body.validated_data["all"] else sorted(codes - {flag.identity.code for flag in chosen})
        )
        if missing or not chosen:
            sentence = (
                f"Not suspect because of this, or cleared already: {', '.join(missing)}."
                if missing
                else "Name the records that are clear, or say all: nothing else of it is still suspect."
            )
            raise ValidationError({"records": sentence})
        clear_flags(flags=chosen, reason=body.validated_data["reason"], by=user)
        return Response(_detail(pk, user))


def _find(pk: int, user: User) -> Any:
    found = _told(user).filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no suspicion {pk} that you may see.")
    return found


def _detail(pk: int, user: User) -> Any:
    found = _find(pk, user)
    found.seen_flags = list(flags_visible_to(user).filter(suspicion=found).order_by("identity"))
    found.touched_elsewhere = SuspectFlag.objects.filter(suspicion=found).count() - len(found.seen_flags)
    return SuspicionDetailSerializer(found).data
