"""Fields that hold nothing on purpose: which may, what people write for it, and when it is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from lims.models.records import Blank, Record, judge_blanks
from lims.names import named

# What people write in a cell instead of a value.
WORDS = {
    "not measured": Blank.NOT_MEASURED, "not_measured": Blank.NOT_MEASURED, "n.m.": Blank.NOT_MEASURED,
    "not recorded": Blank.NOT_RECORDED, "not_recorded": Blank.NOT_RECORDED, "n.r.": Blank.NOT_RECORDED,
}  # fmt: skip
# They say what a record is or how it came about, and are never measured.
NEVER = frozenset(
    {"name", "note", "project", "performed_at", "performed_by", "source", "identity", "version", "state"}
)
EMPTY: tuple[Any, ...] = (None, "", [], ())


def said_blank(text: str) -> Blank | None:
    """Return which blank a cell says, or None where it says something else.

    >>> said_blank("N.M."), said_blank("not recorded"), said_blank("12")
    (Blank.NOT_MEASURED, Blank.NOT_RECORDED, None)
    """
    return WORDS.get(text.strip().casefold())


def optional_fields(model: type[models.Model]) -> set[str]:
    """Return the fields of ``model`` that a person may leave empty."""
    return {
        field.name
        for field in model._meta.concrete_fields
        if (field.null or field.blank)
        and field.editable
        and field.name not in NEVER
        and not field.primary_key
    }


def names_of(model: type[Record]) -> set[str]:
    """Return every name that may be blank of a kind of record: its own optional fields and its details'."""
    details = [relation.related_model for relation in _details(model)]
    return set(model.MORE_BLANKS).union(*(optional_fields(one) for one in [model, *details]))


def _details(model: type[models.Model]) -> list[Any]:
    return [one for one in model._meta.related_objects if one.one_to_one and one.field.primary_key]


def rows_of(record: Record) -> list[models.Model]:
    """Return a record and its one-to-one details, as they are."""
    details = [relation.get_accessor_name() for relation in _details(type(record))]
    return [record, *(getattr(record, name) for name in details if name and hasattr(record, name))]


def stored_as(name: str) -> str:
    """Return a field's own name: masses are milligrams outside and micrograms inside."""
    return f"{name.removesuffix('_mg')}_ug" if name.endswith("_mg") else name


def sent_as(name: str) -> str:
    """Return what a field is called outside; `stored_as` turned round."""
    return f"{name.removesuffix('_ug')}_mg" if name.endswith("_ug") else name


def judge_together(blanks: Mapping[str, str], values: Mapping[str, Any]) -> None:
    """Raise ValidationError where a field has both a value and a reason for having none."""
    for name, reason in blanks.items():
        if values.get(name) not in EMPTY:
            raise ValidationError({name: f"It has a value and cannot be {Blank(reason).label} too."})


def judge(record: Record) -> None:
    """Raise ValidationError unless every blank of ``record`` names an optional field that holds nothing."""
    judge_blanks(record.blanks)
    rows = rows_of(record)
    for name in record.blanks:
        if name in record.MORE_BLANKS:
            continue
        holders = [row for row in rows if name in optional_fields(type(row))]
        if not holders:
            raise ValidationError({"blanks": f"{name} is no field of {record.code} that can be left blank."})
        for row in holders:
            judge_together({name: record.blanks[name]}, {name: getattr(row, name)})


def words_for(row: models.Model, name: str) -> str:
    """Return what a page prints for an empty field of a record or its detail: the reason, if one was given."""
    blanks = getattr(_record_of(row), "blanks", None) or {}
    return Blank(blanks[name]).label if name in blanks else ""


def in_words(said: Mapping[str, str]) -> str:
    """Return blanks as one line.

    >>> in_words({"purity_fraction": "not_measured", "balance": "not_recorded"})
    'balance not recorded, purity not measured'
    """
    told = ((named(name.removesuffix("_fraction")).label.lower(), reason) for name, reason in said.items())
    return ", ".join(f"{label} {Blank(reason).label}" for label, reason in sorted(told))


def _record_of(row: models.Model) -> models.Model:
    if isinstance(row, Record):
        return row
    key = row._meta.pk
    found = getattr(row, key.name) if key.is_relation else row
    return found if isinstance(found, Record) else row


def settle(record: Record, names: Iterable[str]) -> dict[str, str]:
    """Return the blanks of ``record`` without ``names``, which have been given a value since."""
    filled = set(names)
    return {name: reason for name, reason in record.blanks.items() if name not in filled}
