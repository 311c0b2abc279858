"""How lists of tests, files and reports can be narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q

from cells.filters import studies_of
from lims.filters import RecordFilter
from testing.models import Alert, AlertKind, CellTest, Phase, Report, Submission


class TestFilter(django_filters.FilterSet):
    """Tests by study, phase and state."""

    __test__ = False

    study = RecordFilter(field_name="cell__condition__study", queryset=studies_of)
    phase = django_filters.ChoiceFilter(choices=Phase.choices, empty_label="any")
    state = django_filters.ChoiceFilter(choices=CellTest.State.choices, empty_label="any")

    class Meta:
        model = CellTest
        fields = ["study", "phase", "state"]


class FileFilter(django_filters.FilterSet):
    """Files by name and state."""

    name = django_filters.CharFilter(lookup_expr="icontains", label="Name has")
    state = django_filters.ChoiceFilter(choices=Submission.State.choices, empty_label="any")

    class Meta:
        model = Submission
        fields = ["name", "state"]


class ReportFilter(django_filters.FilterSet):
    """Reports by what they are of, kind, standing, and whether they still hold."""

    subject = django_filters.CharFilter(method="of", label="Of")
    kind = django_filters.ChoiceFilter(choices=Report.Kind.choices, empty_label="any")
    standing = django_filters.ChoiceFilter(choices=Report.Standing.choices, empty_label="any")
    state = django_filters.ChoiceFilter(choices=Report.State.choices, empty_label="any", label="Printing")
    stale = django_filters.BooleanFilter(label="Out of date")

    class Meta:
        model = Report
        fields = ["subject", "kind", "standing", "state", "stale"]

    def of(self, rows: Any, name: str, value: str) -> Any:
        """Find reports by the code of their subject, their own code, or their project's."""
        word = value.strip()
        return rows.filter(
            Q(subject__code__icontains=word)
            | Q(identity__code__icontains=word)
            | Q(subject=None, identity__project__code__icontains=word)
        )


class AlertFilter(django_filters.FilterSet):
    """Alerts by kind and by whether somebody has seen to them."""

    kind = django_filters.ChoiceFilter(choices=AlertKind.choices, empty_label="any")
    open = django_filters.BooleanFilter(
        field_name="acknowledged_at", lookup_expr="isnull", label="Nobody has seen to it"
    )

    class Meta:
        model = Alert
        fields = ["kind", "open"]
