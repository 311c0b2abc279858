"""Results measured on powders as JSON, each with what the limit of its material says."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.serializers import CodeField
from lims.api.views import OnceMixin, caller
from lims.models import Role, User
from materials import actions
from materials.api.places import powder_of
from materials.models import Equipment, Hold, Powder, QualityResult, Quantity
from materials.quality import Judged, Verdict, judged, limit_text


class ResultSerializer(serializers.Serializer):
    """A result; ``value`` is in the unit that the quantity's name ends with, fractions as fractions."""

    id = serializers.IntegerField(read_only=True)
    quantity = serializers.ChoiceField(Quantity.choices)
    element = serializers.CharField(max_length=2, required=False, allow_blank=True)
    value = serializers.FloatField(min_value=0)
    uncertainty = serializers.FloatField(min_value=0, required=False, allow_null=True)
    below_detection = serializers.BooleanField(required=False)
    method = serializers.CharField(max_length=120)
    instrument = CodeField(queryset=Equipment.objects.all(), required=False, allow_null=True)
    measured_at = serializers.DateTimeField(required=False)
    measured_by = serializers.SlugRelatedField(
        slug_field="username", queryset=User.objects.exclude(role=Role.INSTRUMENT), required=False
    )
    replaces = serializers.IntegerField(source="replaces_id", required=False, allow_null=True)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)
    recorded_at = serializers.DateTimeField(read_only=True)
    recorded_by = serializers.CharField(source="recorded_by.username", read_only=True)


class JudgedSerializer(serializers.Serializer):
    """A result with its verdict: inside, outside, undecided or unlimited."""

    result = ResultSerializer()
    verdict = serializers.ChoiceField(Verdict.choices)
    limit = serializers.SerializerMethodField()
    hint = serializers.CharField()
    replaced_by = serializers.SerializerMethodField()

    def get_limit(self, row: Judged) -> str | None:
        return limit_text(row.limit) if row.limit else None

    def get_replaced_by(self, row: Judged) -> int | None:
        newer = getattr(row.result, "replaced_by", None)
        return newer.pk if newer else None


class RecordedSerializer(JudgedSerializer):
    """What was recorded; a hold is proposed and never placed."""

    proposes_hold = serializers.BooleanField()


class ResultsView(OnceMixin, GenericAPIView):
    """The results of one powder, newest first, and entering another."""

    serializer_class = JudgedSerializer
    queryset = QualityResult.objects.none()
    filter_backends = ()

    @extend_schema(responses=JudgedSerializer(many=True), operation_id="powders_results_list")
    def get(self, request: Request, code: str) -> Response:
        powder = powder_of(request, code)
        results = powder.results.select_related(
            "instrument__identity", "measured_by", "recorded_by", "replaced_by"
        )
        page = self.paginate_queryset(results.order_by("-measured_at", "-pk"))
        return self.get_paginated_response(JudgedSerializer(judged(powder, page or []), many=True).data)

    @extend_schema(
        request=ResultSerializer, responses={201: RecordedSerializer}, operation_id="powders_results_create"
    )
    def post(self, request: Request, code: str) -> Response:
        powder = powder_of(request, code)
        body = ResultSerializer(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        facts: dict[str, Any] = dict(body.validated_data)
        facts["replaces"] = _replaced(powder, facts.pop("replaces_id", None))
        result = actions.record_result(powder=powder, by=caller(request), **facts)
        row = judged(powder, [result])[0]
        on_hold = Hold.objects.filter(powder=powder, released_at=None).exists()
        proposes = row.verdict == Verdict.OUTSIDE and not on_hold
        answer = {**JudgedSerializer(row).data, "proposes_hold": proposes}
        return Response(answer, status=status.HTTP_201_CREATED)


def _replaced(powder: Powder, key: int | None) -> QualityResult | None:
    if key is None:
        return None
    # A key is a number of the database, which is no longer than this.
    found = powder.results.filter(pk=key).first() if abs(key) < 2**63 else None
    if found is None:
        raise serializers.ValidationError({"replaces": [f"{powder.code} has no result {key}."]})
    return found
