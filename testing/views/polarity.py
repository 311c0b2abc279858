"""Saying on a test that its leads, or the sign of its current, were reversed."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from lims import facts, registry
from lims.models import User
from lims.numbers import plain
from lims.permissions import may, require
from lims.views.screens import find, form_screen
from testing import actions
from testing.logs import Condition, conditions_of
from testing.mapping_forms import PolarityForm
from testing.models import CellTest, Polarity

# What a log's columns are called on a page, and how many of their unit make one of the page's.
SHOWN: dict[str, tuple[str, str, float]] = {
    "ambient_temperature_celsius": ("Temperature", "°C", 1),
    "force_newton": ("Force", "N", 1),
    "surface_pressure_pa": ("Pressure", "MPa", 1e6),
    "oxygen_ppm": ("Oxygen", "ppm", 1),
    "water_ppm": ("Water", "ppm", 1),
}


@login_required
def correct(request: HttpRequest, code: str) -> HttpResponse:
    """Correct how a test was wired, with how it is known."""
    user = require(request.user, "record")
    record: CellTest = find(CellTest.objects.with_cells(), code, user)
    return form_screen(
        request,
        PolarityForm(request.POST or None, user=user, test=record),
        actions.correct_polarity,
        title="Correct the polarity",
        lead="The test's data are made anew from the same files, turned round as you say. The files stay as they came.",
        submit_label="Make the data anew",
        cancel_url=registry.url_of(record.identity),
        done="{record.code} is made anew.",
        record=record,
        test=record,
    )


def beside_test(test: CellTest, user: User) -> dict[str, Any]:
    """Return what a test's page shows of its wiring, and of what was logged while it ran."""
    found: dict[str, Any] = {}
    if may(user, "record") and test.datasets.exists():
        url = reverse("testing:correct_polarity", args=[test.code])
        found["actions"] = [{"label": "Correct the polarity", "url": url, "icon": "arrow-left-right"}]
    told = []
    if test.polarity != Polarity.AS_RECORDED:
        told.append(facts.fact("Polarity", test.get_polarity_display(), hint="corrected by a person"))
    told += [_told(condition) for condition in conditions_of(test, most_cycles=0)]
    if told:
        found["sections"] = [{"title": "Measured beside it", "facts": told}]
    return found


def _told(condition: Condition) -> Any:
    label, unit, size = SHOWN[condition.quantity]
    least, most = plain(condition.minimum / size, 2), plain(condition.maximum / size, 2)
    return facts.fact(
        label,
        plain(condition.mean / size, 2),
        unit,
        hint=f"{least} to {most} in {condition.points:,} points of {condition.file}",
    )
