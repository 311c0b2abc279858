"""What is done with one jar: drawn from, returned to, corrected, weighed, spilled, adjusted, thrown away, held."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from lims import registry
from lims.models import User
from lims.permissions import require
from lims.units import mass_text, mg_from_ug
from lims.views.screens import find, form_screen, person
from materials import actions
from materials.forms.jar import (
    AdjustForm,
    ChangeForm,
    CorrectDrawForm,
    DrawForm,
    ReasonForm,
    ReturnForm,
    WeighJarForm,
)
from materials.models import Powder, Use


def jar(request: HttpRequest, code: str, capability: str = "record") -> tuple[User, Powder]:
    """Return who may do this, and the powder that they do it to; what they may not see is not there at all."""
    powder = find(Powder.objects.with_balance(), code, person(request))
    return require(request.user, capability), powder


def _says(powder: Powder) -> str:
    return f"The ledger says that {powder.left_text()} is left."


def _screen(request: HttpRequest, form: Any, do: Any, powder: Powder, **words: Any) -> HttpResponse:
    words.setdefault("lead", _says(powder))
    cancel_url = registry.url_of(powder.identity)
    return form_screen(request, form, do, cancel_url=cancel_url, record=powder, powder=powder, **words)


@login_required
def draw(request: HttpRequest, code: str) -> HttpResponse:
    """Take some of a powder for what is no coating, mix or cell."""
    user, powder = jar(request, code)
    form = DrawForm(request.POST or None, user=user)
    return _screen(request, form, actions.draw_mass, powder, title="Draw powder", submit_label="Draw")


def _draw_of(powder: Powder, seq: int) -> Use:
    use = Use.objects.drawn_as(powder, seq).with_mass().select_related("consumer", "powder__identity").first()
    if use is None:
        raise Http404(f"{powder.code} has no draw with the number {seq}.")
    return use


def _out(use: Use) -> str:
    where = use.consumer.code if use.consumer else use.purpose_text
    return f"{mass_text(use.mass_ug)} of it is out, for {where}."


@login_required
def put_back(request: HttpRequest, code: str, seq: int) -> HttpResponse:
    """Put back some of what was drawn."""
    user, powder = jar(request, code)
    use = _draw_of(powder, seq)
    form = ReturnForm(request.POST or None, user=user)
    return form_screen(
        request, form, actions.return_mass, use=use, title="Put some back", lead=_out(use),
        submit_label="Put it back", cancel_url=registry.url_of(powder.identity), record=powder,
    )  # fmt: skip


@login_required
def correct(request: HttpRequest, code: str, seq: int) -> HttpResponse:
    """Say what a draw really took; what was made of it is recalculated."""
    user, powder = jar(request, code)
    use = _draw_of(powder, seq)
    form = CorrectDrawForm(request.POST or None, user=user)
    return form_screen(
        request, form, _correct, use=use, title="Correct a draw", submit_label="Correct it", record=powder,
        lead=f"{_out(use)} The first entry stays; the difference is a new one, and what was made of it follows.",
        cancel_url=registry.url_of(powder.identity),
    )  # fmt: skip


def _correct(*, use: Use, **given: Any) -> Powder:
    """Correct a draw and come back to its powder."""
    return actions.correct_draw(use=use, **given).powder


@login_required
def gain(request: HttpRequest, code: str) -> HttpResponse:
    """Enter that a powder has become heavier in its jar."""
    user, powder = jar(request, code)
    form = ChangeForm(request.POST or None, user=user)
    title, label = "Enter a gain", "Enter the gain"
    return _screen(request, form, actions.gain_mass, powder, title=title, submit_label=label)


@login_required
def lose(request: HttpRequest, code: str) -> HttpResponse:
    """Enter that some of a powder is gone for nothing."""
    user, powder = jar(request, code)
    form = ChangeForm(request.POST or None, user=user)
    title, label = "Enter a loss", "Enter the loss"
    return _screen(request, form, actions.lose_mass, powder, title=title, submit_label=label)


@login_required
def adjust(request: HttpRequest, code: str) -> HttpResponse:
    """Say what a powder holds, whatever the book says."""
    user, powder = jar(request, code)
    form = AdjustForm(request.POST or None, user=user)
    title, label = "Adjust the book", "Adjust it"
    lead = f"{_says(powder)} The difference is entered with your reason."
    return _screen(request, form, actions.adjust_mass, powder, title=title, submit_label=label, lead=lead)


@login_required
def weigh(request: HttpRequest, code: str) -> HttpResponse:
    """Weigh the jar as it stands and let the book follow."""
    user, powder = jar(request, code)
    form = WeighJarForm(request.POST or None, user=user, powder=powder)
    return _screen(
        request, form, actions.weigh_jar, powder, title="Weigh the jar", submit_label="Let the book follow",
        lead=_expected(powder), done=lambda _: _weighed(powder), template="materials/weigh_form.html",
        extra={"book_mg": mg_from_ug(powder.balance_ug)},
    )  # fmt: skip


def _expected(powder: Powder) -> str:
    if powder.container_tare_ug is None:
        return f"{_says(powder)} The tare is not known yet."
    tare_ug = powder.container_tare_ug
    gross = mass_text(powder.balance_ug + tare_ug)
    return f"{_says(powder)} With its tare of {mass_text(tare_ug)} the jar should weigh {gross}."


def _weighed(powder: Powder) -> str:
    """Return what the weighing changed, beside what the page had shown before it."""
    after_ug = powder.balance_now_ug()
    more_ug = after_ug - powder.balance_ug
    if not more_ug:
        return f"{powder.code} holds {mass_text(after_ug)}, as the book said."
    compared = "more" if more_ug > 0 else "less"
    return (
        f"{powder.code} holds {mass_text(after_ug)}: {mass_text(abs(more_ug))} {compared} than the book said."
    )


@login_required
def dispose(request: HttpRequest, code: str) -> HttpResponse:
    """Throw away what is left."""
    user, powder = jar(request, code)
    form = ReasonForm(request.POST or None, user=user)
    lead = f"{_says(powder)} It is thrown away, and {powder.code} is finished."
    words = {"title": "Throw it away", "submit_label": "Throw it away", "lead": lead}
    return _screen(request, form, actions.dispose, powder, **words)


@login_required
def reopen(request: HttpRequest, code: str) -> HttpResponse:
    """Open a finished powder again."""
    user, powder = jar(request, code)
    form = ReasonForm(request.POST or None, user=user)
    lead = f"{_says(powder)} It can be drawn from again; weigh the jar if there is more."
    words = {"title": "Open it again", "submit_label": "Open it again", "lead": lead}
    return _screen(request, form, actions.reopen, powder, **words)


@login_required
def hold(request: HttpRequest, code: str) -> HttpResponse:
    """Put a powder on hold."""
    user, powder = jar(request, code)
    form = ReasonForm(request.POST or None, user=user)
    lead = "Drawing from it, or from an aliquot of it, then needs a reason that a manager looks at later."
    words = {"title": "Put on hold", "submit_label": "Put it on hold", "lead": lead}
    return _screen(request, form, actions.put_on_hold, powder, **words)


@login_required
def release(request: HttpRequest, code: str) -> HttpResponse:
    """Release a powder from its hold."""
    user, powder = jar(request, code, "review")
    form = ReasonForm(request.POST or None, user=user)
    standing = powder.holds.filter(released_at=None).select_related("placed_by").first()
    lead = f"On hold by {standing.placed_by.display_name}: {standing.reason}" if standing else ""
    words = {"title": "Release", "submit_label": "Release it", "lead": lead}
    return _screen(request, form, actions.release, powder, **words)
