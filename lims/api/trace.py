"""The thread of a record: nodes and edges, the share of its mass at each, and where that begins or ends."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from lims import export
from lims.api.views import LabAPIView, caller
from lims.models import Identity
from lims.thread_rows import EndRow, Thread, mass_mg, thread_of
from lims.units import mg_from_ug
from lims.views.trace import thread_file


class TraceEndSerializer(serializers.Serializer):
    """A share of the subject's mass that begins or ends in one way; together they are 1."""

    how = serializers.CharField(
        help_text="Up: bought, gained, not followed. Down: left, in cells, lost, written off, disposed of, "
        "drawn for other things, not followed. Records of projects that the caller does not see are told as one."
    )
    code = serializers.CharField(allow_null=True)
    records = serializers.IntegerField()
    mass_mg = serializers.FloatField()
    fraction = serializers.FloatField()


class TraceNodeSerializer(serializers.Serializer):
    """A record on the thread."""

    code = serializers.CharField()
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the node has this name
    steps = serializers.IntegerField(help_text="How far it is from the record that is asked about.")
    suspect = serializers.BooleanField()
    mass_mg = serializers.FloatField(
        allow_null=True, help_text="Of the subject's mass, what passed through it (up) or went in (down)."
    )
    fraction = serializers.FloatField(allow_null=True)


class TraceEdgeSerializer(serializers.Serializer):
    """What went where, and how much of it."""

    source = serializers.CharField()  # type: ignore[assignment]  # a field of the record has this name
    target = serializers.CharField()
    mass_mg = serializers.FloatField(allow_null=True)


class TraceSerializer(serializers.Serializer):
    """A part of the thread."""

    code = serializers.CharField()
    direction = serializers.ChoiceField(["up", "down"])
    truncated = serializers.BooleanField(
        help_text="Whether the thread goes on beyond the records that are told."
    )
    hidden = serializers.IntegerField(help_text="How many records are on it that the caller may not see.")
    total_mass_mg = serializers.FloatField(allow_null=True)
    ends = TraceEndSerializer(many=True)
    nodes = TraceNodeSerializer(many=True)
    edges = TraceEdgeSerializer(many=True)


class TraceView(LabAPIView):
    """The thread: up to what a record was made of, down to what was made of it."""

    @extend_schema(
        parameters=[
            OpenApiParameter("direction", str, enum=["up", "down"], default="up"),
            OpenApiParameter(
                "as", str, enum=list(export.KINDS), description="The table of the thread as a file."
            ),
        ],
        responses=TraceSerializer,
        operation_id="trace",
    )
    def get(self, request: Request, code: str) -> Any:
        direction = request.query_params.get("direction", "up")
        if direction not in ("up", "down"):
            return Response({"direction": [f"{direction!r} is neither up nor down."]}, status=400)
        user = caller(request)
        identity = Identity.objects.visible_to(user).filter(code=code.upper()).first()
        if identity is None:
            return Response({"__all__": [f"No record that you may see has the code {code}."]}, status=404)
        told = thread_of(identity, direction="up" if direction == "up" else "down", user=user)
        kind = request.query_params.get("as")
        if kind is None:
            return Response(_told(identity, told))
        if kind not in export.KINDS:
            return Response({"as": [f"A thread is given as {' or '.join(export.KINDS)}."]}, status=400)
        return thread_file(identity, told, kind)


def _told(identity: Identity, told: Thread) -> dict[str, Any]:
    total_ug = told.story.total_ug if told.story else 0
    entered = told.story.entered if told.story else {}

    def mass(fraction: Any) -> float | None:
        known = mass_mg(fraction, total_ug)
        return None if known is None else float(known)

    return {
        "code": identity.code,
        "direction": told.direction,
        "truncated": told.trace.truncated,
        "hidden": told.trace.hidden,
        "total_mass_mg": float(mg_from_ug(total_ug)) if told.story else None,
        "ends": [_end(end, mass(end.fraction)) for end in told.ends],
        "nodes": [
            {
                "code": node.code,
                "kind": node.kind,
                "label": node.label,
                "steps": node.steps,
                "suspect": node.suspect,
                "mass_mg": mass(entered.get(node.identity_id)),
                "fraction": _number(entered.get(node.identity_id)),
            }
            for node in told.trace.nodes
        ],
        "edges": [
            {
                "source": e.source,
                "target": e.target,
                "mass_mg": None if e.mass_ug is None else float(mg_from_ug(e.mass_ug)),
            }
            for e in told.trace.edges
        ],
    }


def _end(end: EndRow, mass: float | None) -> dict[str, Any]:
    return {
        "how": end.how,
        "code": end.node.code if end.node else None,
        "records": end.records,
        "mass_mg": mass,
        "fraction": float(end.fraction),
    }


def _number(fraction: Any) -> float | None:
    return None if fraction is None else float(fraction)
