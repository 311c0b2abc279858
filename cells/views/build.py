"""Building a cell: plan, press, finish, and what goes wrong."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from cells import actions
from cells.actions.plan import plan_replicates
from cells.building_forms import CorrectForm
from cells.forms import DeviationForm, FailForm, FinishForm, PlanForm, PressForm
from cells.models import Cell, Layer, Study
from cells.models.design import LayerRole
from lims import registry
from lims.models import User
from lims.permissions import require
from lims.units import mass_text
from lims.views.screens import find, form_screen


def _find(code: str, user: User) -> Cell:
    rows = Cell.objects.with_study().select_related("edition__design__identity", "glovebox__identity")
    cell: Cell = find(rows, code, user)
    return cell


@login_required
def plan(request: HttpRequest) -> HttpResponse:
    """Plan the replicates of a condition."""
    user = require(request.user, "record")
    asked = request.GET.get("study", "")
    study: Study | None = find(Study.objects.all(), asked, user) if asked else None
    return form_screen(
        request,
        PlanForm(request.POST or None, user=user, study=study),
        plan_replicates,
        title="Plan cells",
        lead="Cells of one condition, built alike. Each gets its code now, so that labels can be written.",
        submit_label="Plan them",
        cancel_url=reverse("cells:cells"),
        done="The cells of {record.code} have been planned.",
    )


@login_required
def press(request: HttpRequest, code: str) -> HttpResponse:
    """Press the next layer of the design's schedule."""
    user = require(request.user, "record")
    cell = _find(code, user)
    step = cell.next_press()
    if step is None:
        messages.info(request, f"Every layer of {cell.code} has been pressed.")
        return redirect(registry.url_of(cell.identity))
    return form_screen(
        request,
        PressForm(request.POST or None, user=user, cell=cell, step=step),
        actions.press_layer,
        title=f"Press the {step.get_role_display()}",
        lead=f"Step {step.order} of {cell.edition.design.name}: {step}.",
        submit_label="Pressed",
        cancel_url=registry.url_of(cell.identity),
        done=f"The {step.get_role_display()} is in {{record.code}}.",
        record=cell,
        cell=cell,
    )


@login_required
def finish(request: HttpRequest, code: str) -> HttpResponse:
    """Say that the cell is built."""
    user = require(request.user, "record")
    cell = _find(code, user)
    return form_screen(
        request,
        FinishForm(request.POST or None, user=user, initial={"expected_version": cell.version}),
        actions.finish_cell,
        title="Finish building",
        lead="What was measured on the cell before its first test. Leave empty what was not.",
        submit_label="It is built",
        cancel_url=registry.url_of(cell.identity),
        record=cell,
        cell=cell,
    )


@login_required
def fail(request: HttpRequest, code: str) -> HttpResponse:
    """Say that the cell failed or shorted."""
    user = require(request.user, "record")
    cell = _find(code, user)
    return form_screen(
        request,
        FailForm(request.POST or None, user=user, cell=cell),
        actions.fail_cell,
        title="The cell failed",
        lead="A failed cell stays where it is and is left out of its study's statistics, with your reason.",
        submit_label="Record it",
        cancel_url=registry.url_of(cell.identity),
        record=cell,
        cell=cell,
    )


@login_required
def correct(request: HttpRequest, code: str, role: str) -> HttpResponse:
    """Correct the mass that a layer was pressed from."""
    user = require(request.user, "record")
    cell = _find(code, user)
    layer = (
        Layer.objects.filter(cell=cell, role=role).with_mass().select_related("use__powder__identity").first()
    )
    if layer is None:
        raise Http404(f"{cell.code} has no layer {role!r}.")
    said = mass_text(layer.dispensed_ug)
    return form_screen(
        request,
        CorrectForm(request.POST or None, user=user, cell=cell, layer=layer),
        actions.correct_layer,
        title=f"Correct the {LayerRole(role).label}",
        lead=f"The book says {said} of {layer.use.powder.code}. The old entry stays; the difference becomes a new "
        "one, everything that rests on it is computed again, and reports that printed it are marked.",
        submit_label="Correct it",
        cancel_url=registry.url_of(cell.identity),
        done="{record.code} has been corrected; what rests on it has been computed again.",
        record=cell,
        cell=cell,
        role=role,
    )


@login_required
def deviation(request: HttpRequest, code: str) -> HttpResponse:
    """Note that something was not as meant."""
    user = require(request.user, "record")
    cell = _find(code, user)
    return form_screen(
        request,
        DeviationForm(request.POST or None, user=user),
        actions.record_deviation,
        title="Note a deviation",
        lead="It stands on the cell's page and in its report.",
        submit_label="Note it",
        cancel_url=registry.url_of(cell.identity),
        record=cell,
        cell=cell,
    )
