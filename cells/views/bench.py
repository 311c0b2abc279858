"""The building screen: one cell, one step, one box, for gloves and scanners; two cells may be under way at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cells import bench_forms as shapes
from cells.actions import live
from cells.bench import stand
from cells.models import Cell
from cells.views.bench_context import screen_context
from lims.forms import ActionForm, perform
from lims.models import User
from lims.permissions import require
from lims.views.screens import find

CELLS = Cell.objects.with_study().select_related("glovebox__identity")


@login_required
def build(request: HttpRequest, code: str) -> HttpResponse:
    """Show the screen, or take what was scanned, weighed or tapped on it."""
    user = require(request.user, "record")
    cell: Cell = find(CELLS, code, user)
    form = None
    if request.method == "POST":
        other = _other_cell(request.POST.get("entry", ""), cell, user)
        if other:
            return redirect(reverse("cells:bench", args=[other]))
        form, done = _take(request, user, cell)
        if done:
            return redirect(reverse("cells:bench", args=[cell.code]))
        cell = find(CELLS, code, user)
    context = screen_context(user, stand(cell), asked=request.GET, form=form)
    return render(request, "cells/bench.html", context, status=400 if form else 200)


@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Go to the cell that was scanned, or ask for one."""
    user = require(request.user, "record")
    entry = request.GET.get("entry", "")
    found = _other_cell(entry, None, user)
    if found:
        return redirect(reverse("cells:bench", args=[found]))
    waiting = Cell.objects.visible_to(user).with_codes().with_study()
    rows = waiting.filter(state__in=[Cell.State.BUILDING, Cell.State.PLANNED]).order_by("-state", "pk")[:24]
    problem = f"No cell that you may see has the code {entry[:40]}." if entry else ""
    return render(request, "cells/bench_start.html", {"cells": rows, "problem": problem})


def _other_cell(entry: str, cell: Cell | None, user: User) -> str:
    """Return the code of the cell that was scanned, if it is another one than this."""
    identity = shapes.scanned_identity(entry, user) if entry else None
    if identity is None or identity.kind != Cell._meta.label_lower:
        return ""
    return "" if cell is not None and identity.pk == cell.pk else identity.code


def _take(request: HttpRequest, user: User, cell: Cell) -> tuple[ActionForm, bool]:
    """Carry out what was sent; return its form and whether it was done."""
    forms: dict[str, tuple[type[ActionForm], Callable[..., Any]]] = {
        "enter": (shapes.BenchForm, live.enter_at_bench),
        "jar": (shapes.TapJarForm, live.scan_jar),
        "hold": (shapes.HoldForm, live.begin_hold),
        "release": (shapes.ReleaseForm, live.end_hold),
        "blank": (shapes.BlankForm, live.measure_assembly),
        "unit": (shapes.UnitForm, live.choose_unit),
        "back": (shapes.BackForm, live.step_back),
    }
    form_class, do = forms.get(request.POST.get("do", ""), forms["enter"])
    form = form_class(request.POST, user=user)
    return form, perform(form, do, cell=cell) is not None
