"""What people type, or scan, about places."""

from __future__ import annotations

from typing import Any

from django import forms

from lims.change_forms import ChangeForm
from lims.form_parts import ModelFieldsForm, choose
from lims.forms import ActionForm, RecordChoiceField
from lims.models import User
from materials.models import Place, Powder


def inside_field() -> RecordChoiceField:
    return RecordChoiceField(
        Place.objects.none(), required=False, label="Is in", empty_label="nothing: it is a room"
    )


class PlaceForm(ModelFieldsForm):
    """A room, a glovebox or a shelf."""

    model = Place
    model_field_names = ("name", "note")
    field_order = ("name", "inside", "note")

    inside = inside_field()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        choose(self, "inside", Place.objects.as_tree(), user)
        self.order_fields(["name", "inside", "note"])


class ChangePlaceForm(ChangeForm):
    """A place's name, and what it is in."""

    model = Place
    model_field_names = ("name", "note")

    inside = inside_field()

    def __init__(self, *args: Any, user: User, record: Place, **kwargs: Any) -> None:
        super().__init__(*args, user=user, record=record, initial={"inside": record.inside}, **kwargs)
        choose(self, "inside", Place.objects.exclude(pk=record.pk).as_tree(), user)
        self.order_fields(["name", "inside", "note", "reason"])


class MovePowderForm(ActionForm):
    """Where a jar goes."""

    place = RecordChoiceField(
        Place.objects.none(), required=False, label="Stands now in", empty_label="nobody knows where"
    )
    reason = forms.CharField(max_length=500, required=False)

    def __init__(self, *args: Any, user: User, powder: Powder, **kwargs: Any) -> None:
        kwargs["initial"] = {"place": powder.place}
        super().__init__(*args, user=user, **kwargs)
        choose(self, "place", Place.objects.as_tree(), user)


class ScanForm(ActionForm):
    """One box that takes one scan after the other."""

    scanned = forms.CharField(
        max_length=300,
        label="Scan a place, then jar after jar",
        widget=forms.TextInput(
            attrs={
                "autofocus": True,
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )

    def refuse(self, problem: str) -> None:
        """Say what is wrong with the scan, and take the next one."""
        self.data = {**self.data.dict(), "scanned": ""}  # type: ignore[attr-defined]  # always a page's form
        self.add_error("scanned", problem)
