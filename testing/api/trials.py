"""Methods that are tried beside the ones in use, as JSON."""

from __future__ import annotations

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.pagination import LabPagination
from lims.api.views import LabAPIView, caller
from testing import actions, trials
from testing.models import MethodTrial


class TrialSerializer(serializers.Serializer):
    """A method that is tried beside the one in use."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=40)
    version = serializers.CharField(max_length=12)
    parameters = serializers.DictField(required=False)
    why = serializers.CharField(max_length=1000)
    state = serializers.CharField(read_only=True)
    decision = serializers.CharField(read_only=True)


class TrialsView(LabAPIView):
    """Methods that were tried, and asking for another one."""

    capability = "review"

    @extend_schema(responses=TrialSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(TrialSerializer(MethodTrial.objects.all()[:100], many=True).data)

    @extend_schema(request=TrialSerializer, responses={202: TrialSerializer})
    def post(self, request: Request) -> Response:
        body = TrialSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        facts = {"parameters": {}, **body.validated_data}
        trial = actions.try_method(by=caller(request), **facts)
        return Response(TrialSerializer(trial).data, status=status.HTTP_202_ACCEPTED)


class ComparedSerializer(serializers.Serializer):
    """One number as it is in use and as the trial has it."""

    cell = serializers.CharField()
    test = serializers.CharField()
    name = serializers.CharField()
    variant = serializers.CharField()
    old = serializers.FloatField(source="old.value", default=None, allow_null=True)
    new = serializers.FloatField(source="new.value", default=None, allow_null=True)
    difference = serializers.FloatField(allow_null=True)


class TrialView(LabAPIView):
    """A trial against what is in use, for the cells that you may see."""

    @extend_schema(responses=ComparedSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        trial = MethodTrial.objects.filter(pk=pk).first()
        if trial is None:
            raise Http404(f"There is no trial {pk}.")
        pages = LabPagination()
        page = pages.paginate_queryset(trials.compared(trial, caller(request)), request, view=self)
        return pages.get_paginated_response(ComparedSerializer(page, many=True).data)


class DecisionSerializer(serializers.Serializer):
    """Whether a tried method is used from now on, and why."""

    take = serializers.BooleanField()
    decision = serializers.CharField(max_length=1000)


class DecideTrialView(LabAPIView):
    """Switch to a tried method, or drop it."""

    capability = "review"

    @extend_schema(request=DecisionSerializer, responses=TrialSerializer)
    def post(self, request: Request, pk: int) -> Response:
        body = DecisionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        trial = MethodTrial.objects.filter(pk=pk).first()
        if trial is None:
            raise Http404(f"There is no trial {pk}.")
        return Response(
            TrialSerializer(actions.decide_trial(trial=trial, by=caller(request), **body.validated_data)).data
        )
