"""What is done with powders: receive, coat, mix, draw."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from lims import registry
from lims.permissions import require
from lims.units import mass_text
from lims.views.screens import find, form_screen
from materials import actions
from materials.forms import (
    ChooseFormulationForm,
    DrawForm,
    MixForm,
    ReceiveLotForm,
    RunCoatingForm,
    TotalForm,
)
from materials.models import Formulation, FormulationEdition, Powder


@login_required
def receive(request: HttpRequest) -> HttpResponse:
    """Enter a bought container."""
    user = require(request.user, "record")
    return form_screen(
        request,
        ReceiveLotForm(request.POST or None, user=user),
        actions.receive_lot,
        title="Receive a lot",
        lead="A container that came: what is printed on it, and the mass inside.",
        submit_label="Receive it",
        cancel_url=reverse("materials:powders"),
        done="{record.code} has been entered. Write the code on the container.",
    )


@login_required
def coat(request: HttpRequest) -> HttpResponse:
    """Enter an ALD run."""
    user = require(request.user, "record")
    return form_screen(
        request,
        RunCoatingForm(request.POST or None, user=user, initial={"parent": request.GET.get("parent", "")}),
        actions.run_coating,
        title="Run a coating",
        lead="One ALD run: a powder load goes in, a coated powder comes out under a code of its own.",
        submit_label="Enter the run",
        cancel_url=reverse("materials:powders"),
        done="{record.code} has been coated.",
    )


@login_required
def choose_mix(request: HttpRequest) -> HttpResponse:
    """Choose the formulation that is mixed."""
    user = require(request.user, "record")
    form = ChooseFormulationForm(request.GET or None, user=user)
    if form.is_bound and form.is_valid():
        return redirect("materials:mix_formulation", form.cleaned_data["formulation"].code)
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
    edition = FormulationEdition.objects.filter(formulation=formulation).select_related(
        "formulation__identity"
    )[0]
    total = TotalForm(request.GET or None)
    total_ug = total.cleaned_data["total"] if total.is_bound and total.is_valid() else None
    return form_screen(
        request,
        MixForm(request.POST or None, user=user, edition=edition, total_ug=total_ug),
        actions.mix_composite,
        title=f"Mix {formulation.name}",
        lead=f"{edition.ratio()} by weight. Weigh each part; what the formulation asks for stands below it.",
        submit_label="Enter the mix",
        cancel_url=registry.url_of(formulation.identity),
        done="{record.code} has been mixed.",
        template="materials/mix_form.html",
        extra={"total_form": total},
        edition=edition,
    )


@login_required
def draw(request: HttpRequest, code: str) -> HttpResponse:
    """Take some of a powder for what is no coating, mix or cell."""
    user = require(request.user, "record")
    powder: Powder = find(Powder.objects.with_balance(), code, user)
    return form_screen(
        request,
        DrawForm(request.POST or None, user=user),
        actions.draw_mass,
        title="Draw powder",
        lead=f"The ledger says that {mass_text(powder.balance_ug)} is left.",
        submit_label="Draw",
        cancel_url=registry.url_of(powder.identity),
        record=powder,
        powder=powder,
    )
