"""Parsing and printing of what comes in: uploads, live points, heartbeats, channels, reservations, alerts."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from cells.models import Cell
from lims.api.serializers import CodeField
from testing.actions.settle import DECISIONS
from testing.api.serializers import TestChoice
from testing.api.targets import find_channel
from testing.models import Alert, AlertKind, ChannelInterval, Instrument


class UploadStateSerializer(serializers.Serializer):
    """How far an upload is, and the file that came of it."""

    name = serializers.CharField()
    length = serializers.IntegerField()
    offset = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    file = serializers.IntegerField(source="submission_id", allow_null=True)


class AcceptedSerializer(serializers.Serializer):
    """What became of live points: new ones, those that were here, and how many of these said something else before."""

    accepted = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    differing = serializers.IntegerField()


class HeartbeatSerializer(serializers.Serializer):
    """What an agent says of itself."""

    every_s = serializers.FloatField(min_value=1, max_value=86_400, default=60)
    agent_version = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    host = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    waiting_files = serializers.IntegerField(
        min_value=0, max_value=2_000_000_000, required=False, allow_null=True
    )
    sent_at = serializers.DateTimeField(required=False, allow_null=True)
    problem = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class HeardSerializer(serializers.Serializer):
    """The lab's answer to a heartbeat."""

    heard_at = serializers.DateTimeField()
    clock_difference_s = serializers.FloatField(allow_null=True)


class SuggestionSerializer(serializers.Serializer):
    """A test that a file may belong to."""

    test = serializers.CharField(source="test.code")
    cell = serializers.CharField(source="test.cell.code")
    why = serializers.CharField()
    sure = serializers.BooleanField()


class MoveFileSerializer(serializers.Serializer):
    """The test that a file was really measured in, and why it is moved."""

    test = TestChoice()
    reason = serializers.CharField(max_length=500)


class SettleSerializer(serializers.Serializer):
    """Which of two files stands."""

    decision = serializers.ChoiceField(list(DECISIONS.items()))
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class BoardRowSerializer(serializers.Serializer):
    """A channel, what hangs on it now, and how far that is."""

    instrument = serializers.CharField()
    channel = serializers.CharField()
    state = serializers.CharField()
    test = serializers.CharField(allow_null=True)
    cell = serializers.CharField(allow_null=True)
    point_at = serializers.DateTimeField(allow_null=True)
    voltage_v = serializers.FloatField(allow_null=True)
    current_ma = serializers.FloatField(allow_null=True)
    half_capacity_mah = serializers.FloatField(allow_null=True)
    cycle_number = serializers.IntegerField(allow_null=True)
    expected_end_at = serializers.DateTimeField(allow_null=True)
    heard_at = serializers.DateTimeField(allow_null=True)
    next_reservation = serializers.CharField()


class ReservationSerializer(serializers.Serializer):
    """From when to when a channel is kept, for a cell or a purpose."""

    id = serializers.IntegerField(read_only=True)
    instrument = CodeField(queryset=Instrument.objects.all(), write_only=True)
    channel = serializers.CharField()
    cell = CodeField(queryset=Cell.objects.all(), required=False, allow_null=True)
    purpose = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        value["channel"] = find_channel(value.pop("instrument"), value["channel"])
        return value

    def to_representation(self, instance: ChannelInterval) -> dict[str, Any]:
        time = serializers.DateTimeField()
        return {
            "id": instance.pk,
            "instrument": instance.channel.instrument.code,
            "channel": instance.channel.name,
            "cell": instance.cell.code if instance.cell else None,
            "purpose": instance.purpose,
            "begins_at": time.to_representation(instance.begins_at),
            "ends_at": time.to_representation(instance.ends_at) if instance.ends_at else None,
        }


class ReasonOnlySerializer(serializers.Serializer):
    """Why something is done."""

    reason = serializers.CharField(max_length=500)


class AlertSerializer(serializers.Serializer):
    """An alert with its evidence."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(AlertKind.choices)
    sentence = serializers.CharField()
    evidence = serializers.DictField()
    project = serializers.CharField(source="project.code")
    simulated = serializers.BooleanField()
    test = serializers.SerializerMethodField()
    instrument = serializers.SerializerMethodField()
    channel = serializers.SerializerMethodField()
    file = serializers.IntegerField(source="submission_id", allow_null=True)
    raised_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.SerializerMethodField()
    acknowledged_note = serializers.CharField()

    def get_test(self, alert: Alert) -> str | None:
        return alert.test.code if alert.test else None

    def get_instrument(self, alert: Alert) -> str | None:
        return alert.instrument.code if alert.instrument else None

    def get_channel(self, alert: Alert) -> str | None:
        return alert.channel.name if alert.channel else None

    def get_acknowledged_by(self, alert: Alert) -> str | None:
        return alert.acknowledged_by.username if alert.acknowledged_by else None


class AcknowledgeSerializer(serializers.Serializer):
    """What was done about it."""

    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class ClockOffsetSerializer(serializers.Serializer):
    """How far an instrument's clock was ahead, and from when to when."""

    offset_s = serializers.FloatField()
    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class CurrentRangeSerializer(serializers.Serializer):
    """A calibration of one current range."""

    upper_ma = serializers.FloatField()
    offset_ma = serializers.FloatField(required=False, allow_null=True)
    gain_fraction = serializers.FloatField(required=False, allow_null=True)
    calibrated_on = serializers.DateField()
    due_on = serializers.DateField(required=False, allow_null=True)
    certificate = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
