"""Filters that several apps' lists share."""

from __future__ import annotations

from typing import Any

import django_filters
from django_filters.fields import ModelChoiceField
from drf_spectacular.utils import extend_schema_field

from lims.forms import RecordChoiceField
from lims.models import Record


class _RecordField(ModelChoiceField):
    """A choice among records, sent by code."""

    def label_from_instance(self, obj: Any) -> str:
        return RecordChoiceField.label_from_instance(self, obj)

    def prepare_value(self, value: Any) -> Any:
        return value.code if isinstance(value, Record) else value


@extend_schema_field(str)
class RecordFilter(django_filters.ModelChoiceFilter):
    """Narrow a list to what belongs to one record; ``queryset`` is a callable that takes the request."""

    field_class = _RecordField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(to_field_name="identity__code", empty_label="any", **kwargs)
