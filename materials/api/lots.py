"""Lots as JSON: received, changed, counted; and the fills that are made from them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action as route
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.lists import ListMixin
from lims.api.views import OnceMixin, RecordViewSet, caller
from lims.models import User
from materials import actions
from materials.api import lot_shapes as shapes
from materials.api.powders import PowderViewSet
from materials.api.serializers import PowderSerializer
from materials.filters import FillFilter, LotFilter
from materials.models import Powder, PrecursorFill


class LotViewSet(RecordViewSet):
    """Bought containers: received, and changed when more is known of them."""

    queryset = PowderViewSet.queryset.filter(kind=Powder.Kind.LOT)
    serializer_class = PowderSerializer
    filterset_class = LotFilter

    @extend_schema(request=shapes.ReceiveLotSerializer, responses={201: PowderSerializer})
    def create(self, request: Request) -> Response:
        """Enter a bought container."""
        made = actions.receive_lot(by=caller(request), **self._body(shapes.ReceiveLotSerializer))
        return self.answer(made, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.ChangeLotSerializer, responses=PowderSerializer)
    def partial_update(self, request: Request, code: str) -> Response:
        """Change what is known of it; needs ``If-Match``, and a reason where something is replaced."""
        lot, expected = self.get_object(), self.expected_version()
        facts = self._body(shapes.ChangeLotSerializer)
        changed = actions.change_lot(powder=lot, by=caller(request), expected_version=expected, **facts)
        return self.answer(changed)

    @extend_schema(request=None, responses=PowderSerializer)
    @route(detail=True, methods=["post"], url_path="open")
    def open_lot(self, request: Request, code: str) -> Response:
        """Say that it is opened today."""
        return self.answer(actions.open_lot(powder=self.get_object(), by=caller(request)))

    def _body(self, shape: type[serializers.Serializer]) -> dict[str, Any]:
        body = shape(data=self.request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        validated: dict[str, Any] = body.validated_data
        return validated


class CountedVerbs(LotViewSet):
    """What is done with a counted lot, beside the other verbs on powders."""

    @extend_schema(request=shapes.UseCountSerializer, responses={201: PowderSerializer})
    def use(self, request: Request, code: str) -> Response:
        """Take some of a counted lot; refused where the book has less."""
        facts = self._body(shapes.UseCountSerializer)
        entry = actions.use_count(powder=self.get_object(), by=caller(request), **facts)
        return self.answer(entry.powder, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.AdjustCountSerializer, responses={201: PowderSerializer})
    def count(self, request: Request, code: str) -> Response:
        """Say how much of a counted lot there is, whatever the book says."""
        facts = self._body(shapes.AdjustCountSerializer)
        entry = actions.adjust_count(powder=self.get_object(), by=caller(request), **facts)
        return self.answer(entry.powder, status_code=status.HTTP_201_CREATED)


class FillViewSet(OnceMixin, ListMixin, viewsets.GenericViewSet, mixins.RetrieveModelMixin):
    """What was filled into the sources of the reactors, with its pulses so far."""

    queryset = PrecursorFill.objects.all()
    serializer_class = shapes.FillSerializer
    filterset_class = FillFilter
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[PrecursorFill]:
        user = self.request.user
        if getattr(self, "swagger_fake_view", False) or not isinstance(user, User):
            return PrecursorFill.objects.none()
        rows = PrecursorFill.objects.visible_to(user).with_pulses().prefetch_related("use__counts")
        return rows.select_related(
            "powder__identity", "powder__material__identity", "reactor__identity", "filled_by"
        )

    @extend_schema(request=shapes.FillSourceSerializer, responses={201: shapes.FillSerializer})
    def create(self, request: Request) -> Response:
        """Fill a source from a precursor's lot."""
        body = shapes.FillSourceSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        fill = actions.fill_source(by=caller(request), **body.validated_data)
        return self._answer(fill, status.HTTP_201_CREATED)

    @extend_schema(request=shapes.EmptySourceSerializer, responses=shapes.FillSerializer)
    @route(detail=True, methods=["post"])
    def empty(self, request: Request, pk: str) -> Response:
        """Say that the source has been emptied."""
        fill = self.get_object()
        body = shapes.EmptySourceSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        return self._answer(
            actions.empty_source(fill=fill, by=caller(request), **body.validated_data), status.HTTP_200_OK
        )

    def _answer(self, fill: PrecursorFill, status_code: int) -> Response:
        fresh = self.get_queryset().get(pk=fill.pk)
        return Response(self.get_serializer(fresh).data, status=status_code)
