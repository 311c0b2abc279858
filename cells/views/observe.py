"""What is measured, corrected and said of a cell that is or was built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from cells import actions
from cells import building_forms as shapes
from cells.models import Cell
from lims import registry
from lims.forms import ActionForm
from lims.models import Identity, User
from lims.permissions import require
from lims.views.screens import find, form_screen


def _find(code: str, user: User) -> Cell:
    rows = Cell.objects.with_study().select_related("edition__design__identity", "glovebox__identity")
    cell: Cell = find(rows, code, user)
    return cell


def _screen(
    request: HttpRequest, cell: Cell, form: ActionForm, do: Callable[..., Any], **words: Any
) -> HttpResponse:
    return form_screen(
        request, form, do, cancel_url=registry.url_of(cell.identity), record=cell, cell=cell, **words
    )


@login_required
def correct_press(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Say anew how hard and how long a press was."""
    user = require(request.user, "record")
    cell = _find(code, user)
    step = cell.press_steps.select_related("press__identity").filter(number=number).first()
    if step is None:
        raise Http404(f"{cell.code} has no press {number}.")
    form = shapes.CorrectPressForm(request.POST or None, user=user, cell=cell, step=step)
    return _screen(
        request, cell, form, actions.correct_press, number=number, title=f"Correct press {number}",
        lead=f"{step.presses}: {step}.", submit_label="Correct it",
    )  # fmt: skip


@login_required
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Change what is known of a cell itself."""
    user = require(request.user, "record")
    cell = _find(code, user)
    return _screen(
        request, cell, shapes.ChangeCellForm(request.POST or None, user=user, cell=cell), actions.change_cell,
        title="Change the cell", lead="Another die changes the area, and with it every number on the page. What is "
        "filled in needs no reason; what is replaced needs one once 15 minutes have passed or something rests on it.",
        submit_label="Change it",
    )  # fmt: skip


@login_required
def height(request: HttpRequest, code: str) -> HttpResponse:
    """Enter a height of the plungers."""
    user = require(request.user, "record")
    cell = _find(code, user)
    return _screen(
        request, cell, shapes.HeightForm(request.POST or None, user=user, cell=cell), actions.measure_height,
        title="Enter a plunger height", lead="A layer is as thick as the plunger rose with it. Several readings of the "
        "same height are averaged.", submit_label="Enter it",
    )  # fmt: skip


@login_required
def thickness(request: HttpRequest, code: str) -> HttpResponse:
    """Enter the thickness of a layer, measured on the pellet."""
    user = require(request.user, "record")
    cell = _find(code, user)
    return _screen(
        request, cell, shapes.ThicknessForm(request.POST or None, user=user, cell=cell), actions.measure_thickness,
        title="Enter a thickness", submit_label="Enter it",
    )  # fmt: skip


@login_required
def stack(request: HttpRequest, code: str) -> HttpResponse:
    """Enter the stack pressure."""
    user = require(request.user, "record")
    cell = _find(code, user)
    return _screen(
        request, cell, shapes.StackForm(request.POST or None, user=user, cell=cell), actions.read_stack,
        title="Enter the stack pressure", lead="The pressure in the frame during the test, apart from the pressure "
        "that the pellet was pressed with.", submit_label="Enter it",
    )  # fmt: skip


@login_required
def end(request: HttpRequest, code: str) -> HttpResponse:
    """Say that all tests of a cell are done."""
    user = require(request.user, "record")
    cell = _find(code, user)
    return _screen(
        request, cell, ActionForm(request.POST or None, user=user), actions.move_cell, state=Cell.State.FINISHED,
        title="Testing is finished", lead="It can be tested again later, or dismantled.", submit_label="It is finished",
    )  # fmt: skip


@login_required
def dismantle(request: HttpRequest, code: str) -> HttpResponse:
    """Say that a cell was taken apart."""
    user = require(request.user, "record")
    cell = _find(code, user)
    return _screen(
        request, cell, shapes.WhyForm(request.POST or None, user=user), actions.dismantle_cell,
        title="Dismantle the cell", lead="Nothing more is measured on it. Samples of it are entered on their own.",
        submit_label="It is dismantled",
    )  # fmt: skip


@login_required
def rebuild(request: HttpRequest, code: str) -> HttpResponse:
    """Plan the cell that takes this one's place."""
    user = require(request.user, "record")
    cell = _find(code, user)
    return _screen(
        request, cell, shapes.WhyForm(request.POST or None, user=user), actions.rebuild_cell,
        title="Build it anew", lead=f"A new cell of the same condition and design takes its place. {cell.code} ends, "
        "and its tests stay its own.", submit_label="Plan the new cell",
        done="{record.code} has been planned in its place.",
    )  # fmt: skip


@login_required
def exposure(request: HttpRequest, code: str) -> HttpResponse:
    """Enter how long a powder or a cell lay open or sealed."""
    user = require(request.user, "record")
    identity = Identity.objects.visible_to(user).filter(code=code.upper()).distinct().first()
    if identity is None or identity.kind not in registry.on_threads:
        raise Http404(f"There is no powder or cell {code} that you may see.")
    record = registry.record_of(identity)
    return form_screen(
        request, shapes.ExposureForm(request.POST or None, user=user), actions.record_exposure,
        title="Enter an exposure", lead="How long it lay open or sealed, and the most oxygen and water around it. "
        "It is told on every cell that is made of it.", submit_label="Enter it",
        cancel_url=registry.url_of(identity), record=record, subject=record,
    )  # fmt: skip
