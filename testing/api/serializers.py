"""Parsing and printing of instruments, tests, files, metrics and reports."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from cells.models import Cell
from lims.api.serializers import CodeField, PerformedSerializer, RecordSerializer
from lims.models import Identity
from testing.models import CellTest, Channel, Instrument, Phase, Protocol, Report, Submission


class InstrumentSerializer(RecordSerializer):
    """An instrument with its channels."""

    name = serializers.CharField()
    maker = serializers.CharField()
    model_name = serializers.CharField()
    serial_number = serializers.CharField()
    time_zone = serializers.CharField()
    channels = serializers.SerializerMethodField()

    def get_channels(self, instrument: Instrument) -> list[str]:
        return [channel.name for channel in instrument.channels.all()]


class ProtocolSerializer(RecordSerializer):
    """A protocol with its editions."""

    name = serializers.CharField()
    editions = serializers.SerializerMethodField()

    def get_editions(self, protocol: Protocol) -> list[dict[str, Any]]:
        return [{"number": e.number, "steps": e.steps} for e in protocol.editions.all()]


class TestSerializer(RecordSerializer):
    """A test."""

    __test__ = False

    cell = serializers.CharField(source="cell.code", read_only=True)
    place = serializers.IntegerField(read_only=True)
    phase = serializers.CharField(read_only=True)
    protocol = serializers.CharField(
        source="protocol_edition.protocol.code", default=None, allow_null=True, read_only=True
    )
    instrument = serializers.CharField(
        source="channel.instrument.code", default=None, allow_null=True, read_only=True
    )
    channel = serializers.CharField(source="channel.name", default=None, allow_null=True, read_only=True)
    one_c_current_ma = serializers.FloatField(read_only=True)
    temperature_c = serializers.FloatField(read_only=True)
    stack_pressure_mpa = serializers.FloatField(read_only=True)
    state = serializers.CharField(read_only=True)


class CreateTestSerializer(PerformedSerializer):
    """The next test of a built cell."""

    cell = CodeField(queryset=Cell.objects.all())
    phase = serializers.ChoiceField(Phase.choices)
    protocol = CodeField(queryset=Protocol.objects.all(), required=False, allow_null=True)
    instrument = CodeField(queryset=Instrument.objects.all(), required=False, allow_null=True)
    channel = serializers.CharField(required=False, allow_blank=True)
    one_c_current_ma = serializers.FloatField(required=False, allow_null=True)
    temperature_c = serializers.FloatField(required=False, allow_null=True)
    stack_pressure_mpa = serializers.FloatField(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        protocol, instrument, name = (
            value.pop("protocol", None),
            value.pop("instrument", None),
            value.pop("channel", ""),
        )
        value["protocol_edition"] = protocol.editions.order_by("-number").first() if protocol else None
        value["channel"] = find_channel(instrument, name) if instrument else None
        return value


def find_channel(instrument: Instrument, name: str) -> Channel:
    """Return a channel of an instrument, or say which ones there are."""
    channel = instrument.channels.filter(name=name).select_related("instrument__identity__project").first()
    if channel is None:
        names = ", ".join(c.name for c in instrument.channels.all())
        raise serializers.ValidationError(
            {"channel": [f"{instrument.code} has no channel {name!r}; it has: {names}."]}
        )
    return channel


class SubmissionSerializer(serializers.Serializer):
    """A file that was sent in."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    sha256 = serializers.CharField(source="blob.sha256")
    size_bytes = serializers.IntegerField(source="blob.size_bytes")
    state = serializers.ChoiceField(Submission.State.choices)
    reason = serializers.CharField()
    reader = serializers.CharField()
    rows = serializers.IntegerField(allow_null=True)
    flags = serializers.ListField(child=serializers.DictField())
    test = serializers.SerializerMethodField()
    project = serializers.CharField(source="project.code")
    simulated = serializers.BooleanField()
    received_at = serializers.DateTimeField()

    def get_test(self, submission: Submission) -> str | None:
        return submission.test.code if submission.test else None


class UploadSerializer(serializers.Serializer):
    """A file, and where it belongs: ``test``, or ``cell``, or ``instrument`` and ``channel``."""

    file = serializers.FileField(allow_empty_file=True)
    test = serializers.CharField(required=False)
    cell = serializers.CharField(required=False)
    instrument = serializers.CharField(required=False)
    channel = serializers.CharField(required=False)
    bulk = serializers.BooleanField(default=False, help_text="Give way to files that a person waits for.")


class CycleRowSerializer(serializers.Serializer):
    """A cycle; capacities per cell and per area of the die."""

    cycle_number = serializers.IntegerField()
    phase = serializers.CharField()
    charge_capacity_mah = serializers.FloatField(allow_null=True)
    discharge_capacity_mah = serializers.FloatField(allow_null=True)
    coulombic_efficiency = serializers.FloatField(allow_null=True)
    charge_areal_capacity_mah_cm2 = serializers.FloatField(allow_null=True)
    discharge_areal_capacity_mah_cm2 = serializers.FloatField(allow_null=True)
    complete = serializers.BooleanField()


class MetricSerializer(serializers.Serializer):
    """A number with its basis and inputs, or the reason why there is none."""

    name = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    uncertainty = serializers.FloatField(allow_null=True)
    basis = serializers.CharField()
    method = serializers.CharField()
    method_version = serializers.CharField()
    reason = serializers.CharField()
    inputs_sha256 = serializers.CharField()


class CellNumberSerializer(serializers.Serializer):
    """One cell's number."""

    cell = serializers.CharField()
    value = serializers.FloatField()


class ExcludedSerializer(serializers.Serializer):
    """A cell without one."""

    cell = serializers.CharField()
    reason = serializers.CharField()


class GroupSerializer(serializers.Serializer):
    """A condition's numbers; ``sd`` is the sample standard deviation."""

    group = serializers.CharField()
    n = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)
    sd = serializers.FloatField(allow_null=True)
    mixes = serializers.IntegerField()
    coating_runs = serializers.IntegerField()
    values = CellNumberSerializer(many=True)
    excluded = ExcludedSerializer(many=True)


class ReportSerializer(RecordSerializer):
    """A report and how far it is."""

    kind = serializers.CharField()
    subject = serializers.CharField(source="subject.code")
    state = serializers.CharField()
    progress = serializers.FloatField()
    stale = serializers.BooleanField()
    reason = serializers.CharField()
    inputs_sha256 = serializers.CharField()
    pdf_sha256 = serializers.CharField()


class CreateReportSerializer(serializers.Serializer):
    """What to report on."""

    kind = serializers.ChoiceField(Report.Kind.choices)
    subject = serializers.CharField()

    def validate_subject(self, code: str) -> Identity:
        identity = (
            Identity.objects.visible_to(self.context["request"].user)
            .filter(code=code.strip().upper())
            .first()
        )
        if identity is None:
            raise serializers.ValidationError(f"No record that you may see has the code {code}.")
        return identity


class TestChoice(CodeField):
    """A test by its code."""

    __test__ = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=CellTest.objects.all(), **kwargs)


class AssignSerializer(serializers.Serializer):
    """Which test a waiting file belongs to."""

    test = TestChoice()
