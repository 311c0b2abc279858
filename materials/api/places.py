"""Places, moving jars, and what runs low, as JSON."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.changes import ChangeMixin
from lims.api.serializers import CodeField, RecordSerializer
from lims.api.views import LabAPIView, caller, etag
from lims.models import User
from materials import actions
from materials.api.plain import PlainViewSet
from materials.models import Place, Powder
from materials.stock import expiring, has_expired, running_low

MOST_LOTS = 500


class PlaceSerializer(RecordSerializer):
    """A room, a glovebox or a shelf; ``path`` goes down to it."""

    name = serializers.CharField(max_length=80)
    inside = CodeField(queryset=Place.objects.all(), required=False, allow_null=True)
    path = serializers.CharField(read_only=True)


class PlaceViewSet(PlainViewSet, ChangeMixin):
    """Places, each followed by what is in it."""

    queryset = Place.objects.select_related("inside__identity").as_tree()
    serializer_class = PlaceSerializer
    create_action = staticmethod(actions.create_place)
    change_action = staticmethod(actions.change_place)
    changed_name = "place"


class MoveSerializer(serializers.Serializer):
    """Where a jar stands now; null where nobody knows."""

    place = CodeField(queryset=Place.objects.all(), allow_null=True)
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class MovedSerializer(serializers.Serializer):
    """Where a powder stands."""

    code = serializers.CharField()
    version = serializers.IntegerField()
    place = serializers.CharField(source="place.code", allow_null=True, default=None)
    path = serializers.CharField(source="place.path", allow_null=True, default=None)


def powder_of(request: Request, code: str) -> Powder:
    """Return the powder that the address names, or 404 where the caller may see none."""
    user = caller(request)
    found: Powder | None = (
        Powder.objects.visible_to(user).with_codes().filter(identity__code=code.upper()).first()
    )
    if found is None:
        raise NotFound(f"No powder that you may see has the code {code}.")
    return found


class MovePowderView(LabAPIView):
    """Say where a jar stands now."""

    @extend_schema(request=MoveSerializer, responses=MovedSerializer, operation_id="powders_move")
    def post(self, request: Request, code: str) -> Response:
        powder = powder_of(request, code)
        body = MoveSerializer(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        moved = actions.move_powder(powder=powder, by=caller(request), **body.validated_data)
        return Response(MovedSerializer(moved).data, headers={"ETag": etag(moved)})


class LowSerializer(serializers.Serializer):
    """A material below its level; ``left`` and ``level`` in words with their units."""

    material = serializers.CharField(source="material.code")
    name = serializers.CharField(source="material.name")
    left = serializers.CharField(source="stock.text")
    level = serializers.CharField()


class ExpiringSerializer(serializers.Serializer):
    """A lot that expires soon or has expired, with something left."""

    code = serializers.CharField()
    name = serializers.CharField()
    expires_on = serializers.DateField(source="lot.expires_on")
    expired = serializers.SerializerMethodField()
    left = serializers.CharField(source="left_text")

    def get_expired(self, powder: Powder) -> bool:
        return has_expired(powder, timezone.localdate())


class StockSerializer(serializers.Serializer):
    """What to order, and what to use before its date."""

    low = LowSerializer(many=True)
    expiring = ExpiringSerializer(many=True)


class StockView(LabAPIView):
    """What runs low, and what expires: the 500 that do so first."""

    @extend_schema(responses=StockSerializer, operation_id="stock")
    def get(self, request: Request) -> Response:
        user: User = caller(request)
        found: dict[str, Any] = {
            "low": running_low(user),
            "expiring": expiring(user, timezone.localdate())[:MOST_LOTS],
        }
        return Response(StockSerializer(found).data)
