"""What every form says of how something came to be: folded away, since at the bench nobody needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from lims import blanks
from lims.models import Blank, Record, Source
from lims.models.records import judge_blanks
from lims.people import people

# An import says so itself; a person chooses between these.
SOURCES = [(source.value, source.label) for source in (Source.BENCH, Source.PAPER)]


class PersonField(forms.ModelChoiceField):
    """Somebody of the lab, sent by user name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(people(), to_field_name="username", **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.display_name} ({obj.username})" + ("" if obj.is_active else ", has left")

    def prepare_value(self, value: Any) -> Any:
        return getattr(value, "username", value)


class BlanksWidget(forms.Widget):
    """A line for each field that may be empty: nothing said, not measured, not recorded."""

    template_name = "ui/blanks.html"
    use_fieldset = True
    offered: list[tuple[str, str]] = []

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, str]:
        found = {field: str(data.get(f"{name}-{field}", "")) for field, _ in self.offered}
        return {field: reason for field, reason in found.items() if reason}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        said = value if isinstance(value, Mapping) else {}
        lines = [
            {"name": f"{name}-{field}", "label": label, "said": said.get(field, "")}
            for field, label in self.offered
        ]
        return {**super().get_context(name, value, attrs), "lines": lines, "reasons": Blank.choices}


class BlanksField(forms.Field):
    """Which fields are empty because they were not measured or not recorded."""

    widget = BlanksWidget

    def clean(self, value: Any) -> dict[str, str]:
        judge_blanks(value)
        return dict(value)


class PerformedMixin(forms.Form):
    """When, by whom and from where; what was not measured or not recorded. Put it before an ActionForm.

    blanks_of   The kind of record whose optional fields can be said to be blank; without it none is offered.
    """

    performed_at = forms.DateTimeField(
        label="Done at",
        required=False,
        help_text="Leave empty for now.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    performed_by = PersonField(
        label="Done by", required=False, empty_label="me", help_text="Whoever stood at the bench."
    )
    source = forms.ChoiceField(label="Entered", required=False, choices=SOURCES)
    blanks = BlanksField(label="Left empty because", required=False)
    note = forms.CharField(required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 2}))

    blanks_of: ClassVar[type[Record] | None] = None
    FOLDED = ("performed_at", "performed_by", "source", "blanks")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.FOLDED:
            self.fields[name].folded = True  # type: ignore[attr-defined]  # read by the templates

    def full_clean(self) -> None:
        # A form adds fields of its own after it is made, so what may be blank is known only now.
        self._offer_blanks()
        super().full_clean()

    def _offer_blanks(self) -> None:
        field = self.fields.get("blanks")
        if field is None or not isinstance(field.widget, BlanksWidget):
            return
        field.widget.offered = self._may_be_blank()
        if not field.widget.offered:
            del self.fields["blanks"]

    def _may_be_blank(self) -> list[tuple[str, str]]:
        if self.blanks_of is None:
            return []
        known = blanks.names_of(self.blanks_of)
        return [
            (name, str(field.label or name.replace("_", " ").capitalize()))
            for name, field in self.fields.items()
            if name in known and not field.required and not field.widget.is_hidden
        ]

    def visible_fields(self) -> list[forms.BoundField]:
        """Return what the page shows at once; `folded_fields` stand below."""
        folded = {field.name for field in self.folded_fields()}
        return [field for field in super().visible_fields() if field.name not in folded]

    def folded_fields(self) -> list[forms.BoundField]:
        """Return what is folded away: entered later, or for someone else."""
        self._offer_blanks()
        return [self[name] for name in self.FOLDED if name in self.fields]

    def fold_open(self) -> bool:
        """Return whether something in the fold was filled in or is wrong."""
        return any(field.errors or (self.is_bound and field.data) for field in self.folded_fields())

    def clean_performed_at(self) -> Any:
        return self.cleaned_data["performed_at"] or timezone.now()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        try:
            blanks.judge_together(self.cleaned_data.get("blanks") or {}, self.cleaned_data)
        except ValidationError as error:
            # One at a time: a field with an error of its own has lost its value.
            for name, problems in error.update_error_dict({}).items():
                self.add_error(name if name in self.fields else "blanks", problems)
        return cleaned

    def arguments(self) -> dict[str, Any]:
        given: dict[str, Any] = super().arguments()  # type: ignore[misc]  # the other parent is an ActionForm
        # What was not said is left to the record's own defaults.
        for name in ("performed_by", "source", "blanks"):
            if not given.get(name):
                given.pop(name, None)
        return given
