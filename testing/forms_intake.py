"""What people type about channels, clocks, calibrations, files that wait, and alerts."""

from __future__ import annotations

from typing import Any

from django import forms

from cells.models import Cell
from lims.change_forms import ChangeForm
from lims.form_parts import choose, model_fields
from lims.forms import ActionForm, ProjectField, RecordChoiceField, unit
from lims.models import User
from materials.forms import offer_project
from testing.actions.settle import DECISIONS
from testing.forms import ChannelField, UploadForm
from testing.models import (
    AlertChoice,
    AlertKind,
    AlertWebhook,
    CellTest,
    Channel,
    ChannelInterval,
    ClockOffset,
    CurrentRange,
    Instrument,
    Submission,
)

MOMENT = {"type": "datetime-local"}


def moment_field(**kwargs: Any) -> forms.DateTimeField:
    return forms.DateTimeField(widget=forms.DateTimeInput(attrs=MOMENT, format="%Y-%m-%dT%H:%M"), **kwargs)


class ReasonForm(ActionForm):
    """Why something is done."""

    reason = forms.CharField(max_length=500, label="Why")


class WithdrawForm(ReasonForm):
    """Why a reservation is given up."""


class ReserveForm(ActionForm):
    """From when to when a channel is kept, and for what."""

    channel = ChannelField(Channel.objects.none())
    cell = RecordChoiceField(Cell.objects.none(), required=False)
    purpose = forms.CharField(
        max_length=200, required=False, help_text="In place of a cell: service, training."
    )
    begins_at = moment_field(label="From")
    ends_at = moment_field(label="To")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        channel = self.fields["channel"]
        if isinstance(channel, ChannelField):
            seen = Channel.objects.filter(instrument__in=Instrument.objects.visible_to(user))
            channel.queryset = seen.select_related("instrument__identity").order_by("instrument", "pk")
        live = Cell.objects.exclude(state__in=[Cell.State.FAILED, Cell.State.SHORTED])
        choose(self, "cell", live, user)


class MoveIntervalForm(ReasonForm):
    """Which test really hung there."""

    test = RecordChoiceField(CellTest.objects.none())

    def __init__(self, *args: Any, user: User, interval: ChannelInterval, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        tests = CellTest.objects.with_cells().exclude(pk=interval.test_id)
        if interval.test is not None:
            tests = tests.filter(identity__project=interval.test.identity.project_id)
        choose(self, "test", tests, user)
        self.order_fields(["test", "reason"])


class MoveFileForm(ReasonForm):
    """In which test a file was really measured."""

    test = RecordChoiceField(CellTest.objects.none())

    def __init__(self, *args: Any, user: User, submission: Submission, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        tests = CellTest.objects.filter(identity__project=submission.project_id).with_cells()
        choose(self, "test", tests.exclude(pk=submission.test_id), user)
        self.order_fields(["test", "reason"])


class SettleForm(ActionForm):
    """Which of two files stands."""

    decision = forms.ChoiceField(
        choices=list(DECISIONS.items()), widget=forms.RadioSelect, label="What stands"
    )
    reason = forms.CharField(max_length=500, required=False, label="Why")


class AnswerStartForm(ActionForm):
    """When a file began whose clock leaves that open."""

    started_at = forms.TypedChoiceField(label="It began")

    def __init__(self, *args: Any, user: User, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        field = self.fields["started_at"]
        if isinstance(field, forms.TypedChoiceField):
            field.choices = choices
            field.widget = forms.RadioSelect(choices=choices)


class InboxForm(UploadForm):
    """A file that names no test yet, and the project whose inbox it goes to."""

    project = ProjectField()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        offer_project(self, user)
        project = self.fields["project"]
        if (
            isinstance(project, ProjectField)
            and project.queryset is not None
            and project.queryset.count() == 1
        ):
            project.widget = forms.HiddenInput()


class OrderForm(ActionForm):
    """The place of each of a test's files, and which of them began their clock anew."""

    def __init__(self, *args: Any, user: User, files: list[Submission], **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.in_order = files
        for place, file in enumerate(files, start=1):
            self.fields[f"place_{file.pk}"] = forms.IntegerField(
                min_value=1, max_value=len(files), initial=place, label=file.name
            )
            self.fields[f"follows_{file.pk}"] = forms.BooleanField(
                required=False, initial=file.follows_on, label="its clock began anew"
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        places = [given.get(f"place_{file.pk}") for file in self.in_order]
        if len(set(places)) != len(places):
            self.add_error(None, "Give each file a place of its own.")
        return given

    def arguments(self) -> dict[str, Any]:
        given = self.cleaned_data
        ordered = sorted(self.in_order, key=lambda file: given[f"place_{file.pk}"])
        return {
            "files": ordered,
            "follows": [file.pk for file in self.in_order if given[f"follows_{file.pk}"]],
        }


class ChangeInstrumentForm(ChangeForm):
    """What an instrument is."""

    model = Instrument
    model_field_names = (
        "name", "maker", "model_name", "serial_number", "firmware", "time_zone", "day_order", "current_offset_ma",
        "current_gain_fraction", "note",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["model_name"].label = "Model"
        self.fields["day_order"].label = "Days such as 03/04"


class ClockOffsetForm(ActionForm):
    """How far a clock was ahead, and from when to when."""

    offset_s = unit(
        forms.FloatField(label="Ahead of the true time", help_text="Below 0 where it is behind."), "s"
    )
    begins_at = moment_field(label="From")
    ends_at = moment_field(label="To", required=False, help_text="Empty: until somebody says otherwise.")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(model_fields(ClockOffset, "note"))


class CurrentRangeForm(ActionForm):
    """A calibration of one current range."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        names = ("upper_ma", "offset_ma", "gain_fraction", "calibrated_on", "due_on", "certificate")
        self.fields.update(model_fields(CurrentRange, *names))
        self.fields["upper_ma"].label = "Range up to"
        self.fields["offset_ma"].label = "Zero known to (u, k = 1)"
        self.fields["gain_fraction"].label = "Scale known to (u, as a fraction)"
        for name in ("calibrated_on", "due_on"):
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"})


class AcknowledgeForm(ActionForm):
    """What was done about an alert."""

    note = forms.CharField(max_length=500, required=False, label="What was done")


class AlertChoiceForm(ActionForm):
    """By which ways a person wants each kind of alert."""

    WAYS = (("on_page", "On the page"), ("by_email", "By e-mail"), ("by_webhook", "By webhook"))

    email = forms.EmailField(required=False, label="E-mail address")
    webhook_url = forms.CharField(
        max_length=500, required=False, label="Webhook address",
        help_text="Alerts are posted there as JSON, signed with a secret that this page shows.",
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        hook = AlertWebhook.objects.filter(user=user).first()
        self.initial.update({"email": user.email, "webhook_url": hook.url if hook else ""})
        chosen = {choice.kind: choice for choice in AlertChoice.objects.filter(user=user)}
        for kind in AlertKind:
            choice = chosen.get(kind.value)
            now = [way for way, _ in self.WAYS if (getattr(choice, way) if choice else way == "on_page")]
            self.fields[kind.value] = forms.MultipleChoiceField(
                choices=self.WAYS,
                required=False,
                initial=now,
                label=kind.label,
                widget=forms.CheckboxSelectMultiple,
            )

    def arguments(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "email": given["email"],
            "webhook_url": given["webhook_url"].strip(),
            "choices": {kind.value: given[kind.value] for kind in AlertKind},
        }
