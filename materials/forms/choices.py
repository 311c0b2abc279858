"""What several forms choose from: powders with their balances, editions, the lab's balances, projects."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.utils import timezone

from lims.form_parts import choose, records, say_none_yet
from lims.forms import ProjectField, RecordChoiceField
from lims.models import User
from materials.calibration import said_of
from materials.models import CoatingRecipeEdition, Equipment, FormulationEdition, Powder

OWNERS: dict[type[models.Model], str] = {CoatingRecipeEdition: "recipe", FormulationEdition: "formulation"}
SHARED_HELP = "Leave empty to share it with the whole lab."


class PowderChoiceField(RecordChoiceField):
    """A choice of powder that says what is left of each."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} · {obj.name} · {obj.left_text()} left"


def equipment_words(piece: Any) -> str:
    """Return what a choice says of a piece of equipment; asks for with_calibration()."""
    against = said_of(piece.calibration_result, piece.calibration_due_on, timezone.localdate())
    return " · ".join(words for words in (piece.code, piece.title, against) if words)


class EquipmentChoiceField(RecordChoiceField):
    """A choice of equipment that says of each whether its calibration is overdue."""

    def label_from_instance(self, obj: Any) -> str:
        return equipment_words(obj)


def offer_equipment(form: forms.Form, name: str, user: User, *kinds: str) -> None:
    """Offer the lab's equipment of these kinds in the field ``name``; the only piece is taken."""
    choose(form, name, Equipment.objects.filter(kind__in=kinds).with_calibration(), user)


def offer_powders(form: forms.Form, name: str, user: User, *conditions: models.Q, **which: Any) -> None:
    """Offer the open, weighed powders that fit."""
    powders = Powder.objects.open().weighed().with_balance()
    choose(form, name, powders.filter(*conditions, **which).distinct(), user)


def offer_balances(form: forms.Form, user: User) -> None:
    """Offer the lab's balances; the only one is taken."""
    balances = Equipment.objects.filter(kind=Equipment.Kind.BALANCE).with_calibration()
    choose(form, "balance", balances, user)
    offered = list(records(balances, user)[:2])
    form.fields["balance"].initial = offered[0].code if len(offered) == 1 else None


def balance_field() -> EquipmentChoiceField:
    return EquipmentChoiceField(
        Equipment.objects.none(), required=False, help_text="Without it the mass has no uncertainty."
    )


def offer_project(form: forms.Form, user: User) -> None:
    """Offer the user's projects."""
    field = form.fields["project"]
    if isinstance(field, ProjectField):
        field.offer(user)


def put_last(form: forms.Form, *names: str) -> None:
    """Show these fields after all others."""
    form.order_fields([*(name for name in form.fields if name not in names), *names])


class EditionField(forms.ModelChoiceField):
    """A choice of an edition, named by what it is an edition of."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} · {obj.record.title}"


def offer_editions(form: forms.Form, editions: Any) -> None:
    """Offer editions, and take the only one."""
    field = form.fields["edition"]
    if isinstance(field, forms.ModelChoiceField):
        owner = editions.model._meta.get_field(OWNERS[editions.model])
        field.queryset = editions.select_related(f"{owner.name}__identity").order_by("-pk")
        offered = list(field.queryset[:2])
        field.initial = offered[0].pk if len(offered) == 1 else None
        if not offered:
            say_none_yet(field, owner.related_model)
