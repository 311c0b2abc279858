"""Parsing and printing of instruments, tests, files, metrics and reports."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cells.models import Cell
from lims.api.serializers import CodeField, PerformedSerializer, RecordSerializer
from testing.api.targets import find_channel
from testing.calc.protocol import Setting
from testing.calc.protocol_text import write
from testing.calc.protocol_time import expected_duration
from testing.models import (
    CellTest,
    Instrument,
    Phase,
    Protocol,
    ProtocolEdition,
    Spectrum,
    Submission,
)
from testing.protocols import steps_of
from testing.spectra import points_of


class InstrumentSerializer(RecordSerializer):
    """An instrument with its channels."""

    name = serializers.CharField()
    maker = serializers.CharField()
    model_name = serializers.CharField()
    serial_number = serializers.CharField()
    firmware = serializers.CharField()
    time_zone = serializers.CharField()
    day_order = serializers.CharField()
    channels = serializers.SerializerMethodField()

    def get_channels(self, instrument: Instrument) -> list[str]:
        return [channel.name for channel in instrument.channels.all()]


class EditionSerializer(serializers.Serializer):
    """One edition: its steps as data in BattINFO's words, and as text."""

    number = serializers.IntegerField()
    steps = serializers.ListField(child=serializers.DictField())
    text = serializers.CharField()
    duration_h = serializers.FloatField(
        help_text="If each half cycle moves what 1C moves in an hour; holds come on top."
    )
    open_holds = serializers.IntegerField(help_text="Held voltages whose length only the cell decides.")


class ProtocolSerializer(RecordSerializer):
    """A protocol with its editions, the newest first."""

    name = serializers.CharField()
    editions = serializers.SerializerMethodField()

    @extend_schema_field(EditionSerializer(many=True))
    def get_editions(self, protocol: Protocol) -> list[dict[str, Any]]:
        return [edition_facts(edition) for edition in protocol.editions.all()]


def edition_facts(edition: ProtocolEdition) -> dict[str, Any]:
    """Return an edition as the API prints it."""
    steps = steps_of(edition)
    duration = expected_duration(steps, Setting())
    return {
        "number": edition.number,
        "steps": edition.steps,
        "text": write(steps),
        "duration_h": duration.seconds / 3600,
        "open_holds": duration.open_holds,
    }


class WriteProtocolSerializer(serializers.Serializer):
    """A protocol's steps, as ``text`` (one step a line) or as ``steps`` (data), one of the two."""

    name = serializers.CharField(max_length=120)
    note = serializers.CharField(required=False, allow_blank=True)
    text = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    steps = serializers.ListField(child=serializers.DictField(), required=False, max_length=200)


class ReviseProtocolSerializer(serializers.Serializer):
    """The next edition of a protocol."""

    reason = serializers.CharField(max_length=1000)
    text = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    steps = serializers.ListField(child=serializers.DictField(), required=False, max_length=200)


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
    expected_end_at = serializers.DateTimeField(required=False, allow_null=True)

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
    way = serializers.ChoiceField(Submission.Way.choices)
    started_at = serializers.DateTimeField(allow_null=True)
    started_text = serializers.CharField()
    start_question = serializers.CharField()
    conflict_with = serializers.IntegerField(source="conflict_with_id", allow_null=True)

    def get_test(self, submission: Submission) -> str | None:
        return submission.test.code if submission.test else None


class UploadSerializer(serializers.Serializer):
    """A file, and where it belongs: ``test``, or ``cell``, or ``instrument`` and ``channel``, or ``project``."""

    file = serializers.FileField(allow_empty_file=True)
    test = serializers.CharField(required=False)
    cell = serializers.CharField(required=False)
    instrument = serializers.CharField(required=False)
    channel = serializers.CharField(required=False)
    project = serializers.CharField(
        required=False, help_text="Its inbox takes a file that names no test yet."
    )
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


class SpectrumSerializer(serializers.Serializer):
    """One sweep over frequency; the imaginary part is negative where the cell is capacitive."""

    file = serializers.CharField(source="submission.name")
    sweep = serializers.IntegerField()
    points = serializers.IntegerField()
    mean_voltage_v = serializers.FloatField(allow_null=True)
    frequency_hz = serializers.ListField(child=serializers.FloatField())
    real_impedance_ohm = serializers.ListField(child=serializers.FloatField())
    imaginary_impedance_ohm = serializers.ListField(child=serializers.FloatField())

    def to_representation(self, instance: Spectrum) -> dict[str, Any]:
        points = points_of(instance)
        return {
            "file": instance.submission.name,
            "sweep": instance.sweep,
            "points": instance.points,
            "mean_voltage_v": instance.mean_voltage_v,
            **asdict(points),
        }


class DerivedSerializer(serializers.Serializer):
    """A number per area or per gram of positive active material."""

    value = serializers.FloatField()
    uncertainty = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()


class MetricSerializer(serializers.Serializer):
    """A number with its basis and inputs, or the reason why there is none.

    ``GET /api/v1/metrics/names/`` lists the names. ``uncertainty`` is absolute, k = 1. ``stale``: what it rests on
    has changed and a worker computes it anew.
    """

    name = serializers.CharField()
    variant = serializers.CharField(help_text="Which of several of this name: a rate, a sweep; else empty.")
    test = serializers.CharField(
        allow_null=True, help_text="The test that it is of; null: of the whole cell."
    )
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    uncertainty = serializers.FloatField(allow_null=True)
    per_area = DerivedSerializer(allow_null=True)
    per_gram = DerivedSerializer(allow_null=True)
    basis = serializers.CharField()
    method = serializers.CharField()
    method_version = serializers.CharField()
    parameters = serializers.DictField()
    reason = serializers.CharField()
    stale = serializers.BooleanField()
    inputs_sha256 = serializers.CharField()
    software_version = serializers.CharField()


class CellNumberSerializer(serializers.Serializer):
    """One cell's number."""

    cell = serializers.CharField()
    value = serializers.FloatField()


class ExcludedSerializer(serializers.Serializer):
    """A cell without one."""

    cell = serializers.CharField()
    reason = serializers.CharField()


class GroupSerializer(serializers.Serializer):
    """A condition's numbers; ``sd`` is the sample standard deviation, the limits are Student's of the mean."""

    group = serializers.CharField()
    n = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)
    sd = serializers.FloatField(allow_null=True)
    ci95_low = serializers.FloatField(allow_null=True)
    ci95_high = serializers.FloatField(allow_null=True)
    mixes = serializers.IntegerField()
    coating_runs = serializers.IntegerField()
    values = CellNumberSerializer(many=True)
    excluded = ExcludedSerializer(many=True)


class TestChoice(CodeField):
    """A test by its code."""

    __test__ = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=CellTest.objects.all(), **kwargs)


class AssignSerializer(serializers.Serializer):
    """Which test a waiting file belongs to."""

    test = TestChoice()
