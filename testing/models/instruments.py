"""Instruments with their channels, and protocols in editions."""

from __future__ import annotations

import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models

from lims.models import Record, User


class Instrument(Record):
    """A cycler or impedance analyser; its service account is who its token acts as."""

    CODE_PREFIX = "INST"
    name = models.CharField(max_length=120)
    maker = models.CharField(max_length=80)
    model_name = models.CharField("model", max_length=80, blank=True)
    serial_number = models.CharField(max_length=60, blank=True)
    time_zone = models.CharField(max_length=60, default="UTC", help_text="IANA name such as Europe/Oslo.")
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
