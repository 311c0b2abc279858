"""How lists of tests, files and reports can be narrowed."""

from __future__ import annotations

import django_filters

from cells.filters import studies_of
from lims.filters import RecordFilter
from testing.models import CellTest, Phase, Report, Submission


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
    """Reports by state and by whether they still hold."""

    state = django_filters.ChoiceFilter(choices=Report.State.choices, empty_label="any")
    stale = django_filters.BooleanFilter(label="Out of date")

    class Meta:
        model = Report
        fields = ["state", "stale"]
