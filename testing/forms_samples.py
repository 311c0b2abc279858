"""What people type about samples and what was found in them; actions judge it."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from cells.models import Cell
from lims.form_parts import LinesField, PercentField, RowsForm, choose, model_fields
from lims.forms import ActionForm, PerformedMixin, ProjectField, RecordChoiceField
from lims.models import User
from materials.forms import put_last
from materials.models import Powder
from testing.models import CellTest, Characterisation, Sample

WASH = re.compile(
    r"(?P<solvent>[^,]+?)(?:, *(?P<minutes>\d+(?:\.\d+)?) ?min)?(?P<sonicated>, *sonicated)?"
    r"(?:, *(?P<times>\d+) times)?"
)


class WashesField(LinesField):
    """Washing steps, one a line: ``ethanol, 10 min, sonicated, 3 times``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            label="Washed in",
            help_text="One step a line, such as: ethanol, 10 min, sonicated, 3 times",
            **kwargs,
        )

    def clean(self, value: Any) -> list[Any]:
        steps = []
        for number, line in enumerate(super().clean(value), start=1):
            found = WASH.fullmatch(line)
            if found is None:
                raise forms.ValidationError(
                    f"Line {number}: write the solvent and what was done, as in 'ethanol, 10 min, sonicated'."
                )
            step: dict[str, Any] = {"solvent": found["solvent"].strip()}
            if found["minutes"]:
                step["minutes"] = float(found["minutes"])
            if found["sonicated"]:
                step["sonicated"] = True
            if found["times"]:
                step["times"] = int(found["times"])
            steps.append(step)
        return steps


class SampleForm(PerformedMixin, ActionForm):
    """A sample of a cell, of a powder, or of nothing that is known here."""

    def __init__(
        self, *args: Any, user: User, cell: Cell | None = None, powder: Powder | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(
            model_fields(
                Sample, "name", "kind", "state", "opened_at_v", "history", "air_exposure", "air_exposure_min",
                "container", "sent_to",
            )
        )  # fmt: skip
        self.fields["state_of_charge_fraction"] = PercentField(required=False, label="State of charge")
        self.fields["washes"] = WashesField()
        self.fields["state"].label = "When it was opened"
        self.fields["history"].label = "Said of its past"
        if cell is not None:
            self.fields["after_test"] = RecordChoiceField(
                CellTest.objects.none(),
                required=False,
                label="Last test before",
                help_text="Empty for a cell that was never tested.",
            )
            choose(self, "after_test", cell.tests.with_cells(), user)
            last = cell.tests.with_codes().order_by("-place").first()
            self.initial["after_test"] = last.code if last else None
        if cell is None and powder is None:
            self.fields["project"] = ProjectField()
            field = self.fields["project"]
            if isinstance(field, ProjectField):
                field.offer(user)
        self.order_fields(["name", "kind", "project", "after_test", "state", "state_of_charge_fraction",
                           "opened_at_v", "history", "washes"])  # fmt: skip
        put_last(self, "performed_at", "note")


class ValueRow(forms.Form):
    """One number of a result."""

    quantity = forms.CharField(max_length=80)
    value = forms.FloatField()
    value_to = forms.FloatField(required=False, label="to", help_text="Where a range is given.")
    spread = forms.FloatField(required=False, min_value=0, label="± over the sites")
    unit = forms.CharField(max_length=20, required=False)
    sites = forms.IntegerField(required=False, min_value=1, label="Sites")


class CharacterisationForm(PerformedMixin, RowsForm):
    """What a technique found."""

    row_class = ValueRow
    rows_title = "Numbers"
    add_label = "Add a number"
    least_rows = 0
    shown_rows = 2

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(
            model_fields(Characterisation, "technique", "instrument", "conditions", "findings")
        )
        self.fields["flags"] = LinesField(
            required=False, label="Look out for", help_text="One a line: cracks, charging, drift."
        )
        put_last(self, "performed_at", "note")

    def arguments(self) -> dict[str, Any]:
        rows = [
            {name: value for name, value in row.items() if value not in (None, "")} for row in self.rows()
        ]
        return {**super().arguments(), "values": rows}
