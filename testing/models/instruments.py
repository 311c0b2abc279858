"""Instruments with their channels, and protocols in editions."""

from __future__ import annotations

import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from lims.models import Record, User


class DayOrder(models.TextChoices):
    """How an instrument writes a day that could be read two ways, such as 03/04/2024."""

    UNSTATED = "", "not stated: an unclear day is asked for"
    DAY_FIRST = "day_first", "day first: 03/04 is 3 April"
    MONTH_FIRST = "month_first", "month first: 03/04 is March 4"


class Instrument(Record):
    """A cycler or impedance analyser; its service account is who its token acts as."""

    CODE_PREFIX = "INST"
    name = models.CharField(max_length=120)
    maker = models.CharField(max_length=80)
    model_name = models.CharField("model", max_length=80, blank=True)
    serial_number = models.CharField(max_length=60, blank=True)
    firmware = models.CharField(max_length=60, blank=True)
    time_zone = models.CharField(max_length=60, default="UTC", help_text="IANA name such as Europe/Oslo.")
    day_order = models.CharField(max_length=12, choices=DayOrder, blank=True, default=DayOrder.UNSTATED)
    current_offset_ma = models.FloatField(
        null=True, blank=True, help_text="Standard uncertainty of the current's zero, mA; empty: not stated."
    )
    current_gain_fraction = models.FloatField(
        null=True,
        blank=True,
        help_text="Standard uncertainty of the current's scale, as a fraction; empty: not stated.",
    )
    account = models.OneToOneField(User, on_delete=models.PROTECT, related_name="instrument", editable=False)

    class Meta(Record.Meta):
        pass

    @property
    def title(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.time_zone not in zoneinfo.available_timezones():
            raise ValidationError(
                {"time_zone": f"{self.time_zone!r} is no IANA time zone such as Europe/Oslo."}
            )

    def range_for(self, current_ma: float | None) -> CurrentRange | None:
        """Return the calibrated range in which ``current_ma`` is measured: the smallest that holds it."""
        newest: dict[float, CurrentRange] = {}
        for stated in self.current_ranges.order_by("calibrated_on", "pk"):
            newest[stated.upper_ma] = stated
        holding = [upper for upper in newest if current_ma is not None and abs(current_ma) <= upper]
        return newest[min(holding)] if holding else None


class CurrentRange(models.Model):
    """A calibration of one current range: what the zero and the scale are known to. A new one is a new row."""

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="current_ranges")
    upper_ma = models.FloatField(
        validators=[MinValueValidator(1e-9)], help_text="The largest current of the range."
    )
    offset_ma = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Standard uncertainty of the zero, mA; empty: not stated.",
    )
    gain_fraction = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Standard uncertainty of the scale, as a fraction; empty: not stated.",
    )
    calibrated_on = models.DateField()
    due_on = models.DateField(null=True, blank=True)
    certificate = models.CharField(max_length=120, blank=True)
    entered_at = models.DateTimeField(auto_now_add=True)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["instrument", "upper_ma", "-calibrated_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_calibration_of_a_range_a_day",
                fields=["instrument", "upper_ma", "calibrated_on"],
                violation_error_message="This range has a calibration of that day already.",
            ),
            models.CheckConstraint(
                name="calibration_states_something",
                condition=Q(offset_ma__isnull=False) | Q(gain_fraction__isnull=False),
                violation_error_message="A calibration states the zero, the scale, or both.",
            ),
        ]

    def __str__(self) -> str:
        return f"up to {self.upper_ma:g} mA, {self.calibrated_on}"

    @property
    def record(self) -> Instrument:
        return self.instrument


class ClockOffset(models.Model):
    """How far an instrument's clock was ahead of the true time, and from when to when."""

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="clock_offsets")
    offset_s = models.FloatField(help_text="Its clock less the true time: above 0 where it is ahead.")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: until somebody says otherwise.")
    note = models.CharField(max_length=200, blank=True)
    entered_at = models.DateTimeField(auto_now_add=True)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["instrument", "begins_at"]
        constraints = [
            models.CheckConstraint(
                name="clock_offset_ends_after_it_begins",
                condition=Q(ends_at=None) | Q(ends_at__gt=F("begins_at")),
                violation_error_message="It ends after it begins.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offset_s:+g} s from {self.begins_at:%Y-%m-%d %H:%M}"

    @property
    def record(self) -> Instrument:
        return self.instrument


class InstrumentPulse(models.Model):
    """The last heartbeat of an instrument's agent, and what it said."""

    instrument = models.OneToOneField(
        Instrument, primary_key=True, on_delete=models.PROTECT, related_name="pulse"
    )
    heard_at = models.DateTimeField()
    every_s = models.FloatField(default=60, validators=[MinValueValidator(1)])
    agent_version = models.CharField(max_length=20, blank=True)
    host = models.CharField(max_length=120, blank=True)
    waiting_files = models.PositiveIntegerField(null=True)
    clock_difference_s = models.FloatField(
        null=True, help_text="The agent's clock less the lab's when it was heard."
    )
    problem = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.instrument_id} heard at {self.heard_at:%Y-%m-%d %H:%M:%S}"


class Channel(models.Model):
    """A place on an instrument where one cell hangs at a time."""

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="channels")
    name = models.CharField(max_length=20)

    class Meta:
        ordering = ["instrument", "name"]
        constraints = [models.UniqueConstraint(name="channel_named_once", fields=["instrument", "name"])]

    def __str__(self) -> str:
        return f"{self.instrument.code}/{self.name}"


class Protocol(Record):
    """What a cycler is told to do; what it says stands in its editions."""

    CODE_PREFIX = "PRT"
    name = models.CharField(max_length=120)

    class Meta(Record.Meta):
        pass

    @property
    def title(self) -> str:
        return self.name


class ProtocolEdition(models.Model):
    """One edition of a protocol: its steps as data, in BattINFO's words (cc, cv, rest, group)."""

    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField()
    steps = models.JSONField(default=list)

    class Meta:
        ordering = ["protocol", "-number"]
        constraints = [
            models.UniqueConstraint(name="one_protocol_edition_each", fields=["protocol", "number"])
        ]

    def __str__(self) -> str:
        return f"{self.protocol.code} edition {self.number}"

    @property
    def record(self) -> Protocol:
        return self.protocol
