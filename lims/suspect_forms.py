"""What people say when they mark a record as suspect, and when they clear one."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from lims.forms import ActionForm
from lims.models import Suspicion, User
from lims.suspicion import flags_visible_to


class MarkSuspectForm(ActionForm):
    """Why a record is suspect."""

    reason = forms.CharField(
        max_length=500, label="What is suspected", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Said so that whoever finds the mark on their cell can judge it: 210 ppm of water, opened in air.",
    )  # fmt: skip


class ClearForm(ActionForm):
    """Which of a suspicion's records are clear, and why."""

    reason = forms.CharField(
        max_length=500, label="Why it is clear", widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, data: Any = None, *, suspicion: Suspicion, user: User) -> None:
        super().__init__(data, user=user)
        self.flags = flags_visible_to(user).standing().filter(suspicion=suspicion)
        self.codes = set(data.getlist("code")) if data is not None else set()
        self.everything = data is not None and "everything" in data

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = self.flags if self.everything else self.flags.filter(identity__code__in=self.codes)
        flags = list(chosen)
        if not flags:
            raise ValidationError("Choose at least one record that is still suspect.")
        return {**cleaned, "flags": flags}


class SuspicionFilter(django_filters.FilterSet):
    """Suspicions that stand, or all that ever were."""

    which = django_filters.ChoiceFilter(
        choices=[("all", "also what has been cleared")], empty_label="what stands", label="Show"
    )

    class Meta:
        model = Suspicion
        fields: list[str] = []

    def __init__(self, *args: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.form.cleaned_data.get("which") == "all" else queryset.filter(standing__gt=0)
