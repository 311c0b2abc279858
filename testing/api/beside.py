"""What was logged beside a test, and how its cell was wired, as JSON."""

from __future__ import annotations

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action as route
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.views import caller
from testing import actions
from testing.logs import conditions_of
from testing.models import Polarity


class LoggedConditionSerializer(serializers.Serializer):
    """What one quantity of a log was while a cycle ran; ``cycle_number`` null is the whole test."""

    file = serializers.CharField()
    quantity = serializers.CharField()
    cycle_number = serializers.IntegerField(allow_null=True)
    minimum = serializers.FloatField()
    mean = serializers.FloatField()
    maximum = serializers.FloatField()
    points = serializers.IntegerField()


class PolaritySerializer(serializers.Serializer):
    """How the data are to be taken, and how that is known."""

    polarity = serializers.ChoiceField(Polarity.choices)
    reason = serializers.CharField(max_length=1000)


class BesideMixin:
    """Routes of a test that are neither its cycles nor its metrics."""

    @extend_schema(responses=LoggedConditionSerializer(many=True))
    @route(detail=True, methods=["get"])
    def conditions(self, request: Request, code: str) -> Response:
        """What ovens, load cells and gloveboxes logged while the test ran: over all of it and over each cycle."""
        found = [asdict(condition) for condition in conditions_of(self.get_object())]  # type: ignore[attr-defined]
        page = self.paginate_queryset(found)  # type: ignore[attr-defined]
        return self.get_paginated_response(LoggedConditionSerializer(page, many=True).data)  # type: ignore[attr-defined,no-any-return]

    @extend_schema(request=PolaritySerializer, responses=None)
    @route(detail=True, methods=["post"])
    def polarity(self, request: Request, code: str) -> Response:
        """Say that the leads, or the sign of the current, were reversed; the data are made anew from the same files."""
        body = PolaritySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        test = actions.correct_polarity(
            test=self.get_object(),  # type: ignore[attr-defined]
            by=caller(request),
            expected_version=self.expected_version(),  # type: ignore[attr-defined]
            **body.validated_data,
        )
        return self.answer(test)  # type: ignore[attr-defined,no-any-return]
