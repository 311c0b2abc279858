"""What people say of a file's columns: one row of choices for each, and the signs."""

from __future__ import annotations

from typing import Any

from django import forms

from lims.forms import ActionForm
from lims.models import User
from testing.models import CellTest, ColumnMapping, Polarity, Submission
from testing.readers.mapped import Preview, suggestions
from testing.readers.mapping import TARGETS, TIME_FORMATS, ColumnMap, MappedColumn

SHOWN_VALUES = 3
NOT_READ = ("", "not read")
AS_IT_IS, TURNED = "as it is", "turned"


def _units() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the units by what they measure, as a choice shows them."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for target in TARGETS.values():
        if target.units:
            groups.setdefault(target.dimension, [(unit, unit) for unit in target.units])
    return [(dimension.capitalize(), units) for dimension, units in groups.items()]


class MappingForm(ActionForm):
    """A mapping, made over the first rows of a file."""

    name = forms.CharField(max_length=120, help_text="What these files are: “Load cell of frame 3”.")
    kind = forms.ChoiceField(
        choices=ColumnMapping.Kind, initial=ColumnMapping.Kind.CYCLING, label="What the file holds"
    )
    current_sign = forms.ChoiceField(
        required=False,
        widget=forms.RadioSelect,
        label="A positive current in this file",
        choices=[(AS_IT_IS, "charges the cell"), (TURNED, "discharges the cell")],
    )
    imaginary_sign = forms.ChoiceField(
        required=False,
        widget=forms.RadioSelect,
        label="The imaginary part is written as",
        choices=[(AS_IT_IS, "Z″ (below 0 where capacitive)"), (TURNED, "−Z″ (above 0 where capacitive)")],
    )
    time_format = forms.ChoiceField(
        required=False,
        label="How a date and time is written",
        choices=[("", "the time is no date"), *TIME_FORMATS.items()],
    )
    of_its_instrument = forms.BooleanField(required=False, label="Only for files of the same instrument")

    def __init__(self, *args: Any, user: User, submission: Submission, shown: Preview, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.shown = shown
        if submission.instrument is None:
            del self.fields["of_its_instrument"]
        targets = [NOT_READ, *((name, target.label) for name, target in TARGETS.items())]
        guessed = suggestions(shown)
        for place in range(shown.width):
            label = self.label_of(place)
            target, unit = guessed.get(place, ("", ""))
            self.fields[f"target_{place}"] = forms.ChoiceField(
                choices=targets, required=False, initial=target, label=f"What {label} is"
            )
            self.fields[f"unit_{place}"] = forms.ChoiceField(
                choices=[("", "no unit"), *_units()], required=False, initial=unit, label=f"Unit of {label}"
            )

    def label_of(self, place: int) -> str:
        return self.shown.header[place] if self.shown.header else f"column {place + 1}"

    def head_fields(self) -> list[forms.BoundField]:
        """Return what is said of the file as a whole."""
        return [
            self[name] for name in self.fields if not name.startswith(("target_", "unit_", "idempotency"))
        ]

    def column_rows(self) -> list[dict[str, Any]]:
        """Return for each column its name, its first values and its two choices."""
        return [
            {
                "label": self.label_of(place),
                "values": [row[place] for row in self.shown.rows[:SHOWN_VALUES] if place < len(row)],
                "target": self[f"target_{place}"],
                "unit": self[f"unit_{place}"],
            }
            for place in range(self.shown.width)
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        targets = {given.get(f"target_{place}") for place in range(self.shown.width)}
        if "current_ampere" in targets and not given.get("current_sign"):
            self.add_error("current_sign", "Say which way a positive current flows; it is not guessed.")
        if "imaginary_impedance_ohm" in targets and not given.get("imaginary_sign"):
            self.add_error(
                "imaginary_sign", "Say with which sign the imaginary part is written; it is not guessed."
            )
        if not self.errors:
            for fault in self.column_map().faults():
                self.add_error(None, fault)
        return given

    def columns(self) -> list[dict[str, Any]]:
        """Return the columns that are read, as the action takes them."""
        given = self.cleaned_data
        turned = {
            "current_ampere": given.get("current_sign") == TURNED,
            "imaginary_impedance_ohm": given.get("imaginary_sign") == TURNED,
        }
        return [
            {
                "place": place,
                "target": target,
                "unit": given.get(f"unit_{place}", ""),
                "negative": turned.get(target, False),
            }
            for place in range(self.shown.width)
            if (target := given.get(f"target_{place}"))
        ]

    def column_map(self) -> ColumnMap:
        """Return what was said as the readers take it."""
        columns = tuple(MappedColumn(**column) for column in self.columns())
        given = self.cleaned_data
        return ColumnMap(
            given.get("kind", ""), self.shown.header, self.shown.width, columns, given.get("time_format", "")
        )

    def arguments(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "name": given["name"],
            "kind": given["kind"],
            "time_format": given["time_format"],
            "of_its_instrument": given.get("of_its_instrument", False),
            "columns": self.columns(),
        }


class RetireMappingForm(ActionForm):
    """That a mapping is wrong."""

    reason = forms.CharField(
        max_length=1000, widget=forms.Textarea(attrs={"rows": 2}), label="What is wrong with it"
    )


class PolarityForm(ActionForm):
    """How a cell hung on its channel, and how that is known."""

    polarity = forms.ChoiceField(choices=Polarity, widget=forms.RadioSelect, label="The data are to be taken")
    reason = forms.CharField(
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        label="How you know",
        help_text="What was seen at the channel.",
    )

    def __init__(self, *args: Any, user: User, test: CellTest, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["polarity"].initial = test.polarity
