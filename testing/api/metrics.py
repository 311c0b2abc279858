"""The names of metrics, with what gives them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.views import LabAPIView
from testing import analyse
from testing.methods.base import Output
from testing.methods.per import PER_AREA, PER_GRAM


class ParameterSerializer(serializers.Serializer):
    """A choice that a method leaves open, as the lab has made it."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name, not the field's label
    value = serializers.JSONField()
    default = serializers.JSONField()
    unit = serializers.CharField()


class MetricNameSerializer(serializers.Serializer):
    """A number that the lab computes: what it is called, its unit, and the method in use."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name, not the field's label
    unit = serializers.CharField()
    per_area_unit = serializers.CharField(help_text="Empty where an area has no part in it.")
    per_gram_unit = serializers.CharField(help_text="Empty where a mass has no part in it.")
    scope = serializers.ChoiceField(["cell", "test"], help_text="Of a whole cell, or of each of its tests.")
    description = serializers.CharField()
    method = serializers.CharField()
    method_version = serializers.CharField()
    science = serializers.CharField(help_text="Its page under docs/science/.")
    parameters = ParameterSerializer(many=True)


class MetricNamesView(LabAPIView):
    """Every metric that there is."""

    @extend_schema(responses=MetricNameSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = [_row(output, chosen) for chosen in analyse.in_use() for output in chosen.method.outputs]
        return Response(MetricNameSerializer(rows, many=True).data)


def _row(output: Output, chosen: analyse.Chosen) -> dict[str, Any]:
    method = chosen.method
    return {
        "name": output.name,
        "label": output.label,
        "unit": output.unit,
        "per_area_unit": PER_AREA.get(output.unit, ""),
        "per_gram_unit": PER_GRAM.get(output.unit, ""),
        "scope": "test" if method.scope == "test" else "cell",
        "description": output.description,
        "method": method.name,
        "method_version": method.version,
        "science": f"{method.science}.md",
        "parameters": [
            {
                "name": p.name,
                "label": p.label,
                "value": chosen.parameters[p.name],
                "default": p.default,
                "unit": p.unit,
            }
            for p in method.parameters
        ],
    }
