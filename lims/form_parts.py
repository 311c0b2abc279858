"""Parts that forms of several apps are put together from: rows, percent, fields read from a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db import models
from django.forms import BaseFormSet, formset_factory
from django.forms.models import fields_for_model
from django.urls import reverse
from django.utils.html import format_html

from lims import registry
from lims.forms import ActionForm, RecordChoiceField, unit
from lims.models import Record, RecordQuerySet, User
from lims.names import named


class PercentField(forms.FloatField):
    """A ratio typed in percent and handed on as a fraction."""

    unit = "%"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=100, **kwargs)

    def clean(self, value: Any) -> float | None:
        percent = super().clean(value)
        # By the digits that were typed: 99.9 % is 0.999, where a division of floats gives 0.9990000000000001.
        return None if percent is None else float(f"{percent / 100:.15g}")


class LinesField(forms.CharField):
    """Names, one on each line."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 4}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> list[str]:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


def model_fields(model: type[models.Model], *names: str) -> dict[str, forms.Field]:
    """Return form fields for these fields of ``model``: words, unit and limits are the model's own."""
    found = fields_for_model(model, fields=names)
    for name in names:
        words = named(name)
        found[name].label = words.label
        if words.unit:
            unit(found[name], words.unit)
        if isinstance(found[name].widget, forms.Textarea):
            found[name].widget.attrs["rows"] = 3
    return found


def records(queryset: RecordQuerySet, user: User) -> Any:
    """Return the records that a choice offers, newest first."""
    return queryset.visible_to(user).with_codes()


def choose(form: forms.Form, name: str, queryset: RecordQuerySet, user: User) -> None:
    """Offer in the field ``name`` the records that ``user`` may see; take the only one there is."""
    field = form.fields[name]
    if not isinstance(field, forms.ModelChoiceField):
        raise TypeError(f"{name} is no choice of records.")
    field.queryset = records(queryset, user)
    if field.required and isinstance(field, RecordChoiceField):
        offered = list(field.queryset[:2])
        if len(offered) == 1:
            field.initial = offered[0].code
        elif not offered:
            say_none_yet(field, queryset.model)


def say_none_yet(field: forms.Field, model: type[Record]) -> None:
    """Tell below an empty choice where the first such record is entered."""
    kind = registry.kinds[model._meta.label_lower]
    field.help_text = format_html(
        'There is none to choose yet. Enter one under <a href="{}">{}</a>.',
        reverse(kind.list_url),
        kind.plural,
    )


class ModelFieldsForm(ActionForm):
    """An action's form whose fields are a model's."""

    model: type[Record]
    model_field_names: tuple[str, ...] = ()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(model_fields(self.model, *self.model_field_names))


class StartedFormSet(BaseFormSet):
    """Rows that may be filled beforehand; one that is emptied again is left out."""

    def initial_form_count(self) -> int:
        return 0


class RowsForm(ActionForm):
    """An action's form with rows below it, each a small form of its own; ``started_with`` fills the first of them."""

    row_class: type[forms.Form]
    rows_title = "Rows"
    add_label = "Add a row"
    least_rows = 1
    shown_rows = 4

    def __init__(
        self,
        data: Any = None,
        *args: Any,
        user: User,
        started_with: Sequence[Mapping[str, Any]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(data, *args, user=user, **kwargs)
        made = formset_factory(
            self.row_class,
            formset=StartedFormSet,
            min_num=self.least_rows,
            validate_min=True,
            extra=max(self.shown_rows, len(started_with)) - self.least_rows,
            max_num=50,
        )
        # Once it has been sent, only what was sent counts: a row that was emptied is gone.
        filled = list(started_with) if data is None else None
        self.formset: BaseFormSet = made(
            data, prefix="rows", initial=filled or None, form_kwargs=self.row_arguments()
        )
        self.formset.add_label = self.add_label  # type: ignore[attr-defined]

    def row_arguments(self) -> dict[str, Any]:
        """Return what each row's form is made with."""
        return {}

    def is_valid(self) -> bool:
        # Both are judged, so that a person sees every problem at once.
        return all([super().is_valid(), self.formset.is_valid()])

    def rows(self) -> list[dict[str, Any]]:
        """Return what the filled rows say; empty ones are left out."""
        return [row.cleaned_data for row in self.formset if row.cleaned_data]
