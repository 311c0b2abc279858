"""What is done with lots: received, opened, changed; of counted ones some is used, and they are counted."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from lims import registry
from lims.models import User
from lims.permissions import require
from lims.views.screens import find, form_screen
from materials import actions
from materials.forms.lots import AdjustCountForm, ChangeLotForm, OpenLotForm, ReceiveLotForm, UseCountForm
from materials.models import Powder

LOTS = Powder.objects.of_kind(Powder.Kind.LOT).select_related(
    "lot__supplier__identity", "material__identity", "place__identity"
)


def _lot(request: HttpRequest, code: str, *, counted: bool = False) -> tuple[User, Powder]:
    """Return who may do this, and the lot that they do it to."""
    user = require(request.user, "record")
    powder: Powder = find(LOTS.with_balance(), code, user)
    if counted and not powder.counted_in:
        raise Http404(f"{powder.code} is weighed, not counted.")
    return user, powder


def _screen(request: HttpRequest, form: Any, do: Any, powder: Powder, **words: Any) -> HttpResponse:
    cancel_url = registry.url_of(powder.identity)
    return form_screen(request, form, do, cancel_url=cancel_url, record=powder, powder=powder, **words)


@login_required
def receive(request: HttpRequest) -> HttpResponse:
    """Enter a bought container; with ``?like=`` the fields are those of another one."""
    user = require(request.user, "record")
    like = find(LOTS, request.GET["like"], user) if request.GET.get("like") else None
    return form_screen(
        request,
        ReceiveLotForm(request.POST or None, request.FILES or None, user=user, like=like),
        actions.receive_lot,
        title="Receive a lot",
        lead=f"Another like {like.code}: scan its lot number."
        if like
        else "Scan or type what is printed on it.",
        submit_label="Receive it",
        cancel_url=reverse("materials:powders"),
        done="{record.code} has been entered. Print its label, or write the code on the container.",
        template="materials/lot_form.html",
    )


@login_required
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Change what is known of a lot."""
    user, powder = _lot(request, code)
    form = ChangeLotForm(request.POST or None, user=user, powder=powder)
    words = {"title": "Change the lot", "submit_label": "Save", "template": "materials/lot_form.html"}
    return _screen(request, form, actions.change_lot, powder, **words)


@login_required
def open_lot(request: HttpRequest, code: str) -> HttpResponse:
    """Say that a container is opened today; the button on its page does it with one tap."""
    user, powder = _lot(request, code)
    form = OpenLotForm(request.POST or None, user=user)
    words = {
        "title": "Opened today",
        "submit_label": "It is opened today",
        "done": "{record.code} is opened today.",
    }
    return _screen(request, form, actions.open_lot, powder, **words)


@login_required
def use_count(request: HttpRequest, code: str) -> HttpResponse:
    """Take some of a counted lot for what is no run or cell."""
    user, powder = _lot(request, code, counted=True)
    form = UseCountForm(request.POST or None, user=user, powder=powder)
    lead = f"The book says that there are {powder.left_text()}."
    return _screen(
        request, form, actions.use_count, powder, title="Use some", submit_label="Take it", lead=lead
    )


@login_required
def adjust_count(request: HttpRequest, code: str) -> HttpResponse:
    """Say how much of a counted lot there is, whatever the book says."""
    user, powder = _lot(request, code, counted=True)
    form = AdjustCountForm(request.POST or None, user=user, powder=powder)
    lead = f"The book says that there are {powder.left_text()}. The difference is entered with your reason."
    words = {"title": "Count it", "submit_label": "That is what there is", "lead": lead}
    return _screen(request, form, actions.adjust_count, powder, **words)
