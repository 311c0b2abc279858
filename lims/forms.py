"""What every form stands on: a renderer, a key that makes a double tap harmless, and the way to an action."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.renderers import TemplatesSetting
from django.utils.datastructures import MultiValueDict

from lims import idempotency, registry
from lims.models import Identity, Project, Record, User
from lims.performed import PerformedMixin
from lims.records import StaleRecord
from lims.units import MAX_MASS_UG, mg_from_ug, ug_from_mg

__all__ = [
    "ActionForm",
    "LabRenderer",
    "MassField",
    "PerformedMixin",
    "ProjectField",
    "RecordChoiceField",
    "perform",
    "unit",
]


class LabRenderer(TemplatesSetting):
    """Render every field through one template."""

    form_template_name = "ui/form.html"
    formset_template_name = "ui/formset.html"
    field_template_name = "ui/field.html"


class MassField(forms.DecimalField):
    """A mass typed in milligrams and handed on in whole micrograms."""

    unit = "mg"

    def __init__(self, *, allow_zero: bool = False, **kwargs: Any) -> None:
        smallest = Decimal(0) if allow_zero else Decimal("0.001")
        kwargs.setdefault("widget", forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}))
        super().__init__(
            min_value=smallest, max_value=mg_from_ug(MAX_MASS_UG), max_digits=15, decimal_places=3, **kwargs
        )

    def clean(self, value: Any) -> Any:
        mass_mg = super().clean(value)
        return None if mass_mg is None else ug_from_mg(mass_mg)

    def prepare_value(self, value: Any) -> Any:
        return mg_from_ug(value) if isinstance(value, int) else value


class RecordChoiceField(forms.ModelChoiceField):
    """A choice among records, sent by code so that a scanner can fill it."""

    def __init__(self, queryset: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(queryset, to_field_name="identity__code", **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} · {obj.title}" if obj.title != obj.code else str(obj.code)

    def prepare_value(self, value: Any) -> Any:
        return value.code if isinstance(value, Record) else value

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.strip().upper() if isinstance(value, str) else value)


def unit(field: forms.Field, name: str) -> forms.Field:
    """Say in which unit ``field`` is typed; the page prints it beside the box."""
    field.unit = name  # type: ignore[attr-defined]
    return field


class ActionForm(forms.Form):
    """A form whose save is an action; sent twice, it is done once."""

    idempotency_key = forms.CharField(widget=forms.HiddenInput, max_length=100)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        self.fields["idempotency_key"].initial = uuid.uuid4().hex

    def arguments(self) -> dict[str, Any]:
        """Return what the action takes from this form."""
        return {name: value for name, value in self.cleaned_data.items() if name != "idempotency_key"}

    def key(self) -> str:
        return str(self.data.get(self.add_prefix("idempotency_key"), ""))

    def fingerprint(self, *about: str) -> str:
        """Return what tells this form, as it was typed, from another one sent with the same key."""
        skipped = {"idempotency_key", "csrfmiddlewaretoken"}
        typed = [f"{name}={values}" for name, values in sorted(self._typed().lists()) if name not in skipped]
        return idempotency.fingerprint(*about, *typed)

    def _typed(self) -> MultiValueDict:
        """Return what was typed, with every value of a field that takes several."""
        if isinstance(self.data, MultiValueDict):
            return self.data
        return MultiValueDict({name: [value] for name, value in self.data.items()})

    def offer_again(self) -> None:
        """Take a new key: somebody went back and changed a form that had been sent."""
        typed = self._typed().copy()
        typed[self.add_prefix("idempotency_key")] = uuid.uuid4().hex
        self.data = typed
        self.add_error(
            None,
            "This form has been sent already, with other values, and that was done. "
            "Send it once more if this is to be done as well.",
        )

    def show_stale(self, stale: StaleRecord) -> None:
        """Say that somebody else was faster; forms that change a record say what was changed."""
        self.add_error(None, str(stale))

    def show(self, error: ValidationError) -> None:
        """Put each problem on the field that has it, or above the form."""
        for name, problems in error.update_error_dict({}).items():
            self.add_error(name if name in self.fields else None, list(problems))


class ProjectField(forms.ModelChoiceField):
    """One of the user's projects, sent by its code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Project.objects.none(), to_field_name="code", **kwargs)

    def offer(self, user: User) -> None:
        self.queryset = Project.objects.visible_to(user)
        if self.queryset.count() == 1:
            self.initial = self.queryset.get().code
        elif self.required and not self.queryset.exists():
            self.help_text = (
                "You belong to no project yet: an administrator makes projects and adds people to them."
            )

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} · {obj.name}"


def perform(form: ActionForm, do: Callable[..., Any], **known: Any) -> Record | None:
    """Carry out ``do`` with what the form says and return its record, or None when the form must be shown again.

    The same form sent again returns the record that it made the first time, even if it would not be valid now,
    since what it did may have taken away its own choices.
    """
    fingerprint = form.fingerprint(do.__name__, *(f"{name}={known[name]}" for name in sorted(known)))
    try:
        return _before(form, fingerprint) or (_now(form, do, fingerprint, known) if form.is_valid() else None)
    except idempotency.DifferentRequest:
        form.offer_again()
        return None
    except StaleRecord as stale:
        form.show_stale(stale)
        return None
    except ValidationError as error:
        form.show(error)
        return None


def _before(form: ActionForm, fingerprint: str) -> Record | None:
    """Return the record that this form made when it was sent before."""
    done = idempotency.answered(user=form.user, key=form.key(), request_fingerprint=fingerprint)
    return None if done is None else _record(done[1])


def _now(form: ActionForm, do: Callable[..., Any], fingerprint: str, known: dict[str, Any]) -> Record:
    made: list[Record] = []

    def act() -> tuple[int, Any]:
        result = do(**known, **form.arguments(), by=form.user)
        # A row of a record, such as a ledger entry, names the record that it belongs to.
        made.append(result if isinstance(result, Record) else result.record)
        # An action that came second in a race runs twice, and only its last run was kept.
        return 302, {"identity": made[-1].pk}

    _, answer, _ = idempotency.once(
        user=form.user, key=form.key(), request_fingerprint=fingerprint, perform=act
    )
    return made[-1] if made else _record(answer)


def _record(answer: dict[str, int]) -> Record:
    return registry.record_of(Identity.objects.get(pk=answer["identity"]))
