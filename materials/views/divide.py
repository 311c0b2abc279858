"""Powder goes into other jars: aliquots, merged powders, treatments."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from lims import registry
from lims.units import mass_text
from lims.views.screens import form_screen
from materials import actions
from materials.forms.divide import AliquotsForm, MergeForm, TreatForm
from materials.models import Powder, Treatment
from materials.views.jar import jar


@login_required
def aliquots(request: HttpRequest, code: str) -> HttpResponse:
    """Part off new jars of the same powder."""
    user, powder = jar(request, code)
    return form_screen(
        request,
        AliquotsForm(request.POST or None, user=user, powder=powder),
        _part_off,
        title="Take aliquots",
        lead=f"{mass_text(powder.balance_ug)} is left. Each new jar gets a code of its own.",
        submit_label="Take them",
        done="The aliquots stand under Used in. Print a label for each.",
        cancel_url=registry.url_of(powder.identity),
        record=powder,
        powder=powder,
    )


def _part_off(*, powder: Powder, **given: Any) -> Powder:
    """Take aliquots and come back to the powder that they are of."""
    actions.take_aliquots(powder=powder, **given)
    return powder


@login_required
def merge(request: HttpRequest, code: str) -> HttpResponse:
    """Pour jars of the same substance together."""
    user, powder = jar(request, code)
    form = MergeForm(request.POST or None, user=user, powder=powder)
    return form_screen(
        request,
        form,
        actions.merge_powders,
        title="Merge jars",
        lead=f"All {mass_text(powder.balance_ug)} of {powder.code}, and all of those that you choose, go under a "
        "new code; the emptied jars are finished.",
        submit_label="Merge them",
        done="{record.code} has been merged. Write the code on the jar.",
        cancel_url=registry.url_of(powder.identity),
        record=powder,
        template="materials/merge_form.html",
        extra={"none_like_it": not form.fields["portions"].queryset.exists()},  # type: ignore[attr-defined]
    )


@login_required
def treat(request: HttpRequest, code: str) -> HttpResponse:
    """Dry, sieve, mill or anneal some of a powder."""
    user, powder = jar(request, code)
    asked = request.GET.get("kind", "")
    kind = Treatment.Kind(asked) if asked in Treatment.Kind.values else Treatment.Kind.DRY
    return form_screen(
        request,
        TreatForm(request.POST or None, user=user, powder=powder, kind=kind),
        actions.treat_powder,
        title="Treat powder",
        lead="Some of it goes in; what comes out gets a code of its own.",
        submit_label="Enter the treatment",
        done="{record.code} has been entered. Write the code on the jar.",
        cancel_url=registry.url_of(powder.identity),
        record=powder,
        template="materials/treat_form.html",
        extra={"kinds": [{"value": k.value, "label": k.label, "current": k == kind} for k in Treatment.Kind]},
        powder=powder,
        kind=kind.value,
    )
