"""Mixing what was weighed without a weighing sheet: entered after it was done."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from lims import registry
from lims.permissions import require
from lims.views.screens import find, form_screen
from materials import actions
from materials.forms import ChooseFormulationForm, MixForm, TotalForm
from materials.models import Formulation
from materials.views.formulations import pick_edition


@login_required
def choose_mix(request: HttpRequest) -> HttpResponse:
    """Choose the formulation that is mixed, and whether it is still to be weighed."""
    user = require(request.user, "record")
    form = ChooseFormulationForm(request.GET or None, user=user)
    if form.is_bound and form.is_valid():
        goal = "materials:plan_weighing" if "plan" in request.GET else "materials:mix_formulation"
        return redirect(goal, form.cleaned_data["formulation"].code)
    context = {
        "title": "Mix a composite",
        "form": form,
        "none_left": not Formulation.objects.visible_to(user).exists(),
        "cancel_url": reverse("materials:powders"),
    }
    return render(request, "materials/choose_mix.html", context)


@login_required
def mix(request: HttpRequest, code: str) -> HttpResponse:
    """Enter what was weighed for each part of a formulation."""
    user = require(request.user, "record")
    formulation: Formulation = find(Formulation.objects.all(), code, user)
    edition = pick_edition(formulation)
    total = TotalForm(request.GET or None)
    total_ug = total.cleaned_data["total"] if total.is_bound and total.is_valid() else None
    return form_screen(
        request,
        MixForm(request.POST or None, user=user, edition=edition, total_ug=total_ug),
        actions.mix_composite,
        title=f"Mix {formulation.name}",
        lead=f"{edition.ratio()} by weight. Enter what was weighed of each part; what the formulation asks for stands "
        "below it.",
        submit_label="Enter the mix",
        cancel_url=registry.url_of(formulation.identity),
        done="{record.code} has been mixed.",
        template="materials/mix_form.html",
        extra={"total_form": total},
        edition=edition,
    )
