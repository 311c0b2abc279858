"""What people type about tests, files, instruments and protocols; actions judge it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse

from cells.models import Cell
from lims.form_parts import LinesField, choose, model_fields
from lims.forms import ActionForm, PerformedMixin, ProjectField, RecordChoiceField, unit
from lims.models import User
from materials.forms import EditionField, offer_project, put_last
from testing.models import (
    CellTest,
    Channel,
    Instrument,
    Phase,
    Protocol,
    ProtocolEdition,
    Submission,
)

OPEN_STATES = (CellTest.State.PLANNED, CellTest.State.RUNNING)


class ChannelField(forms.ModelChoiceField):
    """A choice of a channel, named with its instrument."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} · {obj.instrument.name}"


class TestForm(PerformedMixin, ActionForm):
    """The next test of a cell."""

    # pytest would take the name for a class of tests.
    __test__ = False

    phase = forms.ChoiceField(choices=Phase.choices)
    protocol_edition = EditionField(ProtocolEdition.objects.none(), label="Protocol", required=False)
    channel = ChannelField(Channel.objects.none(), required=False, help_text="Channels that are free now.")
    one_c_current_ma = unit(
        forms.FloatField(
            min_value=0.000001,
            required=False,
            label="1C current applied",
            help_text="The design's current stands here; enter what the cycler is really set to.",
        ),
        "mA",
    )
    temperature_c = unit(forms.FloatField(required=False, label="Temperature"), "°C")
    stack_pressure_mpa = unit(forms.FloatField(min_value=0, required=False, label="Stack pressure"), "MPa")
    expected_end_at = forms.DateTimeField(
        required=False,
        label="Channel held until",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Empty: as long as the protocol says. 500 cycles at 1C hold a channel for up to 42 days.",
    )

    def __init__(self, *args: Any, user: User, cell: Cell, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        protocol, channel = self.fields["protocol_edition"], self.fields["channel"]
        if isinstance(protocol, EditionField) and isinstance(channel, ChannelField):
            editions = ProtocolEdition.objects.filter(protocol__in=Protocol.objects.visible_to(user))
            protocol.queryset = editions.select_related("protocol__identity").order_by("-pk")
            free = Channel.objects.filter(instrument__in=Instrument.objects.visible_to(user))
            free = free.exclude(tests__state__in=OPEN_STATES)
            channel.queryset = free.select_related("instrument__identity").order_by("instrument", "pk")
        basis = cell.bases.filter(current=True).first()
        current_ma = basis.one_c_current_ma if basis else None
        self.initial.update(
            {
                "phase": Phase.FORMATION if not cell.tests.exists() else Phase.RATE,
                "one_c_current_ma": None if current_ma is None else round(current_ma, 4),
                "temperature_c": cell.edition.temperature_c,
                "stack_pressure_mpa": cell.edition.stack_pressure_mpa,
            }
        )
        put_last(self, "performed_at", "note")


class CompleteTestForm(ActionForm):
    """That a test is over."""

    aborted = forms.BooleanField(required=False, label="It was aborted before its end")
    reason = forms.CharField(
        required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}), label="Why"
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("aborted") and not given.get("reason", "").strip():
            self.add_error("reason", "Say why the test was aborted.")
        return given


class UploadForm(ActionForm):
    """One file from an instrument."""

    file = forms.FileField(max_length=255, label="File", allow_empty_file=True)

    def upload(self) -> UploadedFile:
        """Return the file that was sent."""
        found: UploadedFile = self.cleaned_data["file"]
        return found


class AssignForm(ActionForm):
    """Which test a waiting file belongs to."""

    test = RecordChoiceField(CellTest.objects.none())

    def __init__(self, *args: Any, user: User, submission: Submission, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        tests = CellTest.objects.filter(identity__project=submission.project_id).with_cells()
        choose(self, "test", tests, user)


class TokenForm(ActionForm):
    """What a new token is for."""

    label = forms.CharField(max_length=80, help_text="Where it is kept: the computer beside the cycler.")


class InstrumentForm(ActionForm):
    """An instrument with its channels."""

    channels = LinesField(help_text="One on each line, as the instrument names them.")
    project = ProjectField(help_text="Where its files go when they name no test.")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        names = (
            "name", "maker", "model_name", "serial_number", "firmware", "time_zone", "day_order",
            "current_offset_ma", "current_gain_fraction", "note",
        )  # fmt: skip
        self.fields.update(model_fields(Instrument, *names))
        self.fields["model_name"].label = "Model"
        self.fields["day_order"].label = "Days such as 03/04"
        offer_project(self, user)
        self.order_fields(
            ["name", "maker", "model_name", "serial_number", "project", "channels", "time_zone"]
        )


class ProtocolTextMixin(forms.Form):
    """A protocol's steps as text, with a preview that follows what is typed."""

    text = forms.CharField(
        label="Steps, one a line",
        max_length=20_000,
        help_text="Indent by two spaces what belongs to a group; the preview says how it is understood.",
        widget=forms.Textarea(
            attrs={
                "rows": 14,
                "class": "protocol-text",
                "spellcheck": "false",
                "hx-trigger": "input changed delay:400ms, load",
                "hx-target": "#protocol-preview",
                "hx-swap": "innerHTML",
            }
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs["hx-post"] = reverse("testing:protocol_preview")


class ProtocolForm(ProtocolTextMixin, ActionForm):
    """A protocol."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(model_fields(Protocol, "name", "note"))
        self.order_fields(["name", "text", "note"])


class ProtocolEditionForm(ProtocolTextMixin, ActionForm):
    """The next edition of a protocol."""

    reason = forms.CharField(
        max_length=1000, widget=forms.Textarea(attrs={"rows": 2}), label="What is new, and why"
    )
