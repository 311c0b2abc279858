"""Instruments by the API: their channels, clocks and calibrations, heartbeats, the board and reservations."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action as route
from rest_framework.request import Request
from rest_framework.response import Response

from lims.api.lists import ListMixin
from lims.api.views import LabAPIView, OnceMixin, RecordViewSet, caller
from lims.models import User
from testing import actions, board
from testing.api import intake_shapes as shapes
from testing.api.serializers import InstrumentSerializer
from testing.api.targets import find_record, instruments_of
from testing.models import ChannelInterval, ClockOffset, CurrentRange, Instrument


class InstrumentViewSet(RecordViewSet):
    """Instruments and their channels."""

    queryset = Instrument.objects.prefetch_related("channels")
    serializer_class = InstrumentSerializer

    @extend_schema(
        methods=["post"], request=shapes.ClockOffsetSerializer, responses={201: shapes.ClockOffsetSerializer}
    )
    @extend_schema(methods=["get"], responses=shapes.ClockOffsetSerializer(many=True))
    @route(detail=True, methods=["get", "post"], url_path="clock-offsets")
    def clock_offsets(self, request: Request, code: str) -> Response:
        """How far its clock was ahead of the true time, and when."""
        instrument = self.get_object()
        if request.method == "GET":
            stated = ClockOffset.objects.filter(instrument=instrument)
            return Response(shapes.ClockOffsetSerializer(stated, many=True).data)
        body = shapes.ClockOffsetSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = actions.state_clock_offset(instrument=instrument, by=caller(request), **body.validated_data)
        return Response(shapes.ClockOffsetSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        methods=["post"],
        request=shapes.CurrentRangeSerializer,
        responses={201: shapes.CurrentRangeSerializer},
    )
    @extend_schema(methods=["get"], responses=shapes.CurrentRangeSerializer(many=True))
    @route(detail=True, methods=["get", "post"], url_path="current-ranges")
    def current_ranges(self, request: Request, code: str) -> Response:
        """The calibrations of its current ranges."""
        instrument = self.get_object()
        if request.method == "GET":
            stated = CurrentRange.objects.filter(instrument=instrument)
            return Response(shapes.CurrentRangeSerializer(stated, many=True).data)
        body = shapes.CurrentRangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = actions.calibrate_range(instrument=instrument, by=caller(request), **body.validated_data)
        return Response(shapes.CurrentRangeSerializer(made).data, status=status.HTTP_201_CREATED)


class HeartbeatView(LabAPIView):
    """That an agent lives."""

    capability = "post_file"
    instruments = True

    @extend_schema(request=shapes.HeartbeatSerializer, responses=shapes.HeardSerializer)
    def post(self, request: Request, code: str) -> Response:
        """An agent says that it lives; one that falls silent raises an alert."""
        user = caller(request)
        instrument = find_record(instruments_of(user), code)
        if not user.is_instrument:
            raise PermissionDenied("A heartbeat comes with the instrument's own token.")
        body = shapes.HeartbeatSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        pulse = actions.hear(instrument=instrument, **body.validated_data)
        return Response(shapes.HeardSerializer(pulse).data)


class BoardView(LabAPIView):
    """Every channel and what hangs on it now."""

    @extend_schema(responses=shapes.BoardRowSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = [
            row for instrument in board.instruments_now(caller(request)) for row in board.as_rows(instrument)
        ]
        return Response(shapes.BoardRowSerializer(rows, many=True).data)


class ReservationViewSet(OnceMixin, ListMixin, viewsets.GenericViewSet, mixins.RetrieveModelMixin):
    """Channels kept for a cell or a purpose."""

    queryset = ChannelInterval.objects.reserved().with_names().order_by("begins_at", "pk")
    serializer_class = shapes.ReservationSerializer

    def get_queryset(self) -> Any:
        user = self.request.user
        if getattr(self, "swagger_fake_view", False) or not isinstance(user, User):
            return self.queryset.none()
        return self.queryset.all().visible_to(user)

    @extend_schema(responses={201: shapes.ReservationSerializer})
    def create(self, request: Request) -> Response:
        """Reserve a channel; what overlaps is named and refused."""
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = actions.reserve_channel(by=caller(request), **body.validated_data)
        fresh = ChannelInterval.objects.with_names().get(pk=made.pk)
        return Response(self.get_serializer(fresh).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.ReasonOnlySerializer, responses={204: None})
    @route(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Give a reservation up."""
        body = shapes.ReasonOnlySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        actions.withdraw_reservation(reservation=self.get_object(), by=caller(request), **body.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)
