"""Alerts by the API."""

from __future__ import annotations

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action as route
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.lists import ListMixin
from lims.api.views import OnceMixin, caller
from lims.models import User
from testing import actions
from testing.api import intake_shapes as shapes
from testing.models import Alert


class AlertFilter(filters.FilterSet):
    """By kind, test, and whether somebody has seen to it."""

    test = filters.CharFilter(field_name="test__identity__code", lookup_expr="iexact")
    open = filters.BooleanFilter(field_name="acknowledged_at", lookup_expr="isnull")

    class Meta:
        model = Alert
        fields = ["kind"]


class AlertViewSet(OnceMixin, ListMixin, viewsets.GenericViewSet, mixins.RetrieveModelMixin):
    """What went wrong or is ready, each cause once."""

    queryset = Alert.objects.with_names()
    serializer_class = shapes.AlertSerializer
    filterset_class = AlertFilter

    def get_queryset(self) -> Any:
        user = self.request.user
        if getattr(self, "swagger_fake_view", False) or not isinstance(user, User):
            return self.queryset.none()
        return self.queryset.all().visible_to(user)

    @extend_schema(request=shapes.AcknowledgeSerializer, responses=shapes.AlertSerializer)
    @route(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Say that somebody has seen to it."""
        body = shapes.AcknowledgeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        seen = actions.acknowledge_alert(alert=self.get_object(), by=caller(request), **body.validated_data)
        fresh = Alert.objects.with_names().get(pk=seen.pk)
        return Response(self.get_serializer(fresh).data)
