"""Samples and what was found in them, as JSON."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from cells.models import Cell
from lims.api.serializers import CodeField, PerformedSerializer, RecordSerializer
from lims.api.views import RecordViewSet, caller
from lims.models import Project
from materials.models import Powder
from testing import actions
from testing.models import CellTest, Characterisation, Sample


class WashSerializer(serializers.Serializer):
    """One washing step."""

    solvent = serializers.CharField(max_length=80)
    minutes = serializers.FloatField(required=False, min_value=0, max_value=100_000)
    sonicated = serializers.BooleanField(required=False)
    times = serializers.IntegerField(required=False, min_value=1, max_value=1000)


class SampleSerializer(RecordSerializer):
    """A sample with what was done to it; ``tests_before`` are the tests that its cell went through."""

    name = serializers.CharField()
    kind = serializers.CharField()
    cell = serializers.CharField(source="cell.code", default=None, allow_null=True)
    after_test = serializers.CharField(source="after_test.code", default=None, allow_null=True)
    tests_before = serializers.SerializerMethodField()
    powder = serializers.CharField(source="powder.code", default=None, allow_null=True)
    state = serializers.CharField()
    state_of_charge_fraction = serializers.FloatField(allow_null=True)
    opened_at_v = serializers.FloatField(allow_null=True)
    history = serializers.CharField()
    washes = WashSerializer(many=True)
    air_exposure = serializers.CharField()
    air_exposure_min = serializers.FloatField(allow_null=True)
    container = serializers.CharField()
    sent_to = serializers.CharField()

    def get_tests_before(self, sample: Sample) -> list[str]:
        if sample.cell is None or sample.after_test is None:
            return []
        last = sample.after_test.place
        return [test.code for test in sample.cell.tests.all() if test.place <= last]


class TakeSampleSerializer(PerformedSerializer):
    """A sample of a cell or of a powder; one of neither names its project."""

    name = serializers.CharField(max_length=160)
    kind = serializers.ChoiceField(Sample.Kind.choices)
    cell = CodeField(queryset=Cell.objects.all(), required=False, allow_null=True)
    after_test = CodeField(queryset=CellTest.objects.all(), required=False, allow_null=True)
    powder = CodeField(queryset=Powder.objects.all(), required=False, allow_null=True)
    project = serializers.SlugRelatedField(
        slug_field="code", queryset=Project.objects.all(), required=False, allow_null=True
    )
    state = serializers.ChoiceField(Sample.State.choices, required=False)
    state_of_charge_fraction = serializers.FloatField(required=False, allow_null=True)
    opened_at_v = serializers.FloatField(required=False, allow_null=True)
    history = serializers.CharField(required=False, allow_blank=True, max_length=300)
    washes = WashSerializer(many=True, required=False)
    air_exposure = serializers.ChoiceField(Sample.Air.choices, required=False)
    air_exposure_min = serializers.FloatField(required=False, allow_null=True)
    container = serializers.CharField(required=False, allow_blank=True, max_length=120)
    sent_to = serializers.CharField(required=False, allow_blank=True, max_length=120)


class SampleFilter(filters.FilterSet):
    """By cell, powder, kind and state."""

    cell = filters.CharFilter(field_name="cell__identity__code", lookup_expr="iexact")
    powder = filters.CharFilter(field_name="powder__identity__code", lookup_expr="iexact")
    orphan = filters.BooleanFilter(method="only_orphans", label="Without history")

    class Meta:
        model = Sample
        fields = ["kind", "state"]

    def only_orphans(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001 - django-filter's shape
        return rows.orphans() if value else rows


class SampleViewSet(RecordViewSet):
    """Samples that were taken out of cells and powders."""

    queryset = Sample.objects.with_parents().prefetch_related(
        Prefetch("cell__tests", CellTest.objects.select_related("identity").order_by("place"))
    )
    serializer_class = SampleSerializer
    filterset_class = SampleFilter

    @extend_schema(request=TakeSampleSerializer, responses={201: SampleSerializer})
    def create(self, request: Request) -> Response:
        body = TakeSampleSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        sample = actions.take_sample(by=caller(request), **body.validated_data)
        return self.answer(sample, status_code=status.HTTP_201_CREATED)


class ValueSerializer(serializers.Serializer):
    """One number: a value, or a range from ``value`` to ``value_to``; ``spread`` is the sd over the sites."""

    quantity = serializers.CharField(max_length=80)
    value = serializers.FloatField()
    value_to = serializers.FloatField(required=False, allow_null=True)
    spread = serializers.FloatField(required=False, allow_null=True, min_value=0)
    unit = serializers.CharField(required=False, allow_blank=True, max_length=20)
    sites = serializers.IntegerField(required=False, allow_null=True, min_value=1)


class CharacterisationSerializer(RecordSerializer):
    """What a technique found in a sample or a powder; its files are attachments of its code."""

    sample = serializers.CharField(source="sample.code", default=None, allow_null=True)
    powder = serializers.CharField(source="powder.code", default=None, allow_null=True)
    technique = serializers.CharField()
    instrument = serializers.CharField()
    conditions = serializers.CharField()
    findings = serializers.CharField()
    flags = serializers.ListField(child=serializers.CharField())
    values = ValueSerializer(many=True)


class RecordCharacterisationSerializer(PerformedSerializer):
    """What was found in a sample or in a powder: one of the two."""

    sample = CodeField(queryset=Sample.objects.all(), required=False, allow_null=True)
    powder = CodeField(queryset=Powder.objects.all(), required=False, allow_null=True)
    technique = serializers.ChoiceField(Characterisation.Technique.choices)
    instrument = serializers.CharField(max_length=120)
    conditions = serializers.CharField(required=False, allow_blank=True, max_length=300)
    findings = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    flags = serializers.ListField(child=serializers.CharField(max_length=200), required=False, max_length=20)
    values = ValueSerializer(many=True, required=False)


class CharacterisationFilter(filters.FilterSet):
    """By technique, sample, powder and cell."""

    sample = filters.CharFilter(field_name="sample__identity__code", lookup_expr="iexact")
    powder = filters.CharFilter(field_name="powder__identity__code", lookup_expr="iexact")
    cell = filters.CharFilter(field_name="sample__cell__identity__code", lookup_expr="iexact")

    class Meta:
        model = Characterisation
        fields = ["technique"]


class CharacterisationViewSet(RecordViewSet):
    """What was found in samples and powders."""

    queryset = Characterisation.objects.with_subjects()
    serializer_class = CharacterisationSerializer
    filterset_class = CharacterisationFilter

    @extend_schema(request=RecordCharacterisationSerializer, responses={201: CharacterisationSerializer})
    def create(self, request: Request) -> Response:
        body = RecordCharacterisationSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        found = actions.record_characterisation(by=caller(request), **body.validated_data)
        return self.answer(found, status_code=status.HTTP_201_CREATED)
