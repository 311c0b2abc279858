"""The weighing screen: one component at a time, one box that takes whatever comes, for gloves and scanners."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from lims import registry
from lims.forms import ActionForm, perform
from lims.models import User
from lims.numbers import exact, plain
from lims.permissions import require
from lims.units import mass_text
from lims.views.screens import find
from materials import actions
from materials.actions.ledger import what_speaks_against
from materials.calc.rebalancing import Standing
from materials.calibration import sentences_on
from materials.forms import ConfirmForm, EnterForm, JarForm, RestForm
from materials.models import WeighingRow, WeighingSheet
from materials.views.weighing_jars import instead, jars, rest_jars
from materials.weighings import (
    RowStanding,
    SheetStanding,
    last_weighed,
    rounded_mg,
    rows_of,
    shown_mg,
    stand,
    step_ug,
)

# The bar is this wide, and the target stands at four fifths of it, so that too much can be seen.
BAR_WIDTH, TARGET_AT = 1000, 800
WORDS: dict[Standing, str] = {
    "nothing": "nothing weighed yet", "below": "below", "within": "within", "over": "over",
}  # fmt: skip
SHEETS = WeighingSheet.objects.select_related(
    "edition__formulation__identity", "balance__identity", "batch__identity"
)


@login_required
def weigh(request: HttpRequest, code: str) -> HttpResponse:
    """Show the screen, or take what was scanned, weighed or tapped on it."""
    user = require(request.user, "record")
    sheet: WeighingSheet = find(SHEETS, code, user)
    if sheet.state != WeighingSheet.State.OPEN:
        return redirect(registry.url_of(sheet.identity))
    rows = rows_of(sheet)
    order = request.GET.get("row", "")
    row = next((one for one in rows if str(one.order) == order), None)
    form = None
    if request.method == "POST":
        form, done = _take(request, user, sheet, rows, row or rows[0])
        if done is not None:
            return redirect(_goes_on(sheet, done))
    context = screen_context(user, stand(sheet), sheet, row, asked=request.GET, form=form)
    return render(request, "materials/weighing_screen.html", context, status=400 if form else 200)


def _take(
    request: HttpRequest, user: User, sheet: WeighingSheet, rows: list[WeighingRow], row: WeighingRow
) -> tuple[ActionForm, WeighingRow | None]:
    """Carry out what was sent and return its form with the row that it was about, or with None where it was refused."""
    forms: dict[str, tuple[type[ActionForm], Callable[..., Any], dict[str, Any]]] = {
        "enter": (EnterForm, actions.enter_at_balance, {"row": row}),
        "jar": (JarForm, actions.scan_powder, {"row": row}),
        "undo": (ConfirmForm, actions.undo_last, {"sheet": sheet}),
        "rest": (RestForm, actions.take_rest_from, {"row": row}),
        "rebalance": (ConfirmForm, actions.rebalance_sheet, {"sheet": sheet}),
    }
    form_class, do, known = forms.get(request.POST.get("do", ""), forms["enter"])
    form = form_class(request.POST, user=user)
    goal = (last_weighed(rows) or row) if do is actions.undo_last else row
    if perform(form, do, **known) is None:
        return form, None
    # The rest of a row stands in a new one at the end.
    return form, rows_of(sheet)[-1] if do is actions.take_rest_from else goal


def _goes_on(sheet: WeighingSheet, row: WeighingRow) -> str:
    """Return where the screen goes: on to the next row once this one is within its tolerance."""
    standing = stand(sheet)
    here = standing.find(row.order)
    if here is None or here.standing == "within":
        waiting = standing.next_row(row.order)
        return _address(sheet, waiting) if waiting else reverse("materials:weigh", args=[sheet.code])
    return _address(sheet, here, jar=here.row.powder.code if here.row.powder else "")


def _address(sheet: WeighingSheet, one: RowStanding, **more: str) -> str:
    told = {name: value for name, value in more.items() if value}
    return f"{reverse('materials:weigh', args=[sheet.code])}?{urlencode({'row': one.row.order, **told})}"


def screen_context(
    user: User,
    standing: SheetStanding,
    sheet: WeighingSheet,
    row: WeighingRow | None,
    *,
    asked: Mapping[str, str],
    form: ActionForm | None,
) -> dict[str, Any]:
    """Return what the screen shows."""
    over = next((one for one in standing.rows if one.standing == "over"), None)
    here = standing.find(row.order) if row else (standing.next_row() or over)
    context: dict[str, Any] = {
        "sheet": sheet,
        "simulated": sheet.simulated,
        "ratio": _ratio(standing),
        "rows": [_step(sheet, one, here) for one in standing.rows],
        "problems": _problems(form),
        "proposal": _proposal(sheet, standing) if standing.proposal else None,
        "confirm_form": ConfirmForm(user=user),
        "can_undo": any(
            one.row.mass_ug is not None or one.row.boat_full_ug is not None for one in standing.rows
        ),
        "mix_url": reverse("materials:mix_sheet", args=[sheet.code]) if standing.done else "",
        "sheet_url": registry.url_of(sheet.identity),
        "last": _last(standing),
    }
    if here is not None:
        context |= _component(user, sheet, here, asked, form)
        waiting = standing.next_row(here.row.order)
        context["next_url"] = _address(sheet, waiting) if waiting and waiting.row.pk != here.row.pk else ""
    return context


def _component(
    user: User, sheet: WeighingSheet, here: RowStanding, asked: Mapping[str, str], form: ActionForm | None
) -> dict[str, Any]:
    """Return the component that is weighed now: its jar, its numbers, its bar and its box."""
    row = here.row
    jar = row.powder.code if row.powder is not None and row.powder.code == asked.get("jar") else ""
    halfway = row.boat_full_ug is not None and row.mass_ug is None
    boat = halfway or asked.get("boat") == "yes"
    said = {"jar": jar, "boat": "True" if boat else "", "replaces_ug": row.mass_ug}
    refused = isinstance(form, JarForm | EnterForm) and bool(form.errors)
    return {
        "here": here,
        "word": WORDS[here.standing],
        "jar": jar,
        "boat": boat,
        "boat_full": mass_text(row.boat_full_ug) if halfway and row.boat_full_ug else "",
        "boat_url": "" if halfway else _address(sheet, here, jar=jar, boat="" if boat else "yes"),
        "numbers": _numbers(here, step_ug(sheet.balance)),
        "bar": _bar(here),
        "warnings": [
            *(_warnings(row) if row.powder else []),
            *sentences_on([sheet.balance], timezone.localdate()),
        ],
        "enter_form": EnterForm(user=user, initial=said),
        "jars": [] if jar else jars(user, here),
        "rest_jars": rest_jars(user, here),
        "instead": instead(user, here, form) if refused else None,
    }


def _numbers(here: RowStanding, step: int) -> dict[str, str]:
    row, missing_ug = here.row, here.missing_ug
    stated = "" if row.tolerance_ug is not None else ": none is stated, this is the balance's step"
    return {
        "target": shown_mg(row.target_ug, step),
        "tolerance": f"± {shown_mg(here.tolerance_ug, step)} mg{stated}",
        "weighed": "\u2013" if row.mass_ug is None else shown_mg(row.mass_ug, step),
        "missing": shown_mg(abs(missing_ug), step),
        "missing_label": "too much" if missing_ug < 0 else "missing",
    }


def _bar(here: RowStanding) -> dict[str, int]:
    """Return the bar in its own units: how far it is filled, and where the tolerance begins and ends."""
    row = here.row

    def place(mass_ug: int) -> int:
        return max(0, min(BAR_WIDTH, round(mass_ug * TARGET_AT / row.target_ug)))

    low = place(row.target_ug - here.tolerance_ug)
    return {
        "filled": place(row.mass_ug or 0),
        "low": low,
        # However tight the tolerance is, it can be seen.
        "wide": max(8, place(row.target_ug + here.tolerance_ug) - low),
        "target": TARGET_AT,
        "target_ug": row.target_ug,
        "tolerance_ug": here.tolerance_ug,
    }


def _warnings(row: WeighingRow) -> list[str]:
    """Return what speaks against this jar: it is asked for again when the sheet is mixed."""
    if row.powder is None:
        return []
    warnings = list(what_speaks_against(row.powder, timezone.localdate()).values())
    held_ug, needed_ug = row.powder.balance_now_ug(), row.mass_ug or row.target_ug
    if held_ug < needed_ug:
        warnings.append(f"The book says that {row.powder.code} holds only {mass_text(held_ug)}.")
    return warnings


def _ratio(standing: SheetStanding) -> list[dict[str, str]]:
    return [
        {
            "name": part.name,
            "meant": exact(part.parts),
            "actual": plain(standing.running[part.name], 2) if standing.running[part.name] else "\u2013",
        }
        for part in standing.parts
    ]


def _step(sheet: WeighingSheet, one: RowStanding, here: RowStanding | None) -> dict[str, Any]:
    return {
        "one": one,
        "url": _address(sheet, one),
        "current": here is not None and one.row.pk == here.row.pk,
        "mass": mass_text(one.row.mass_ug) if one.row.mass_ug is not None else mass_text(one.row.target_ug),
    }


def _proposal(sheet: WeighingSheet, standing: SheetStanding) -> dict[str, Any]:
    """Return what would restore the ratio, in words, and what speaks against it."""
    proposal = standing.proposal
    if proposal is None:
        return {}
    rows = [one.row for one in standing.rows]
    changed = [
        {
            "name": standing.rows[place].name,
            "old": mass_text(rows[place].target_ug),
            "new": mass_text(target_ug),
        }
        for place, target_ug in proposal.targets_ug.items()
        if rows[place].mass_ug is None and target_ug != rows[place].target_ug
    ]
    return {
        "changed": changed,
        "top_ups": [{"name": name, "mass": mass_text(ug)} for name, ug in proposal.top_ups_ug.items()],
        "total": f"{rounded_mg(proposal.total_ug, standing.step_ug)} mg",
        "short": actions.shortages(sheet, rows, proposal),
    }


def _last(standing: SheetStanding) -> str:
    """Return what was weighed last, in words."""
    newest = last_weighed([one.row for one in standing.rows if one.row.mass_ug is not None])
    told = next((one for one in standing.rows if newest is not None and one.row.pk == newest.pk), None)
    return "" if told is None else f"{told.name}: {mass_text(told.row.mass_ug or 0)}, {WORDS[told.standing]}"


def _problems(form: ActionForm | None) -> list[str]:
    """Return what is wrong with what was sent, as sentences."""
    return (
        []
        if form is None
        else [str(sentence) for sentences in form.errors.values() for sentence in sentences]
    )
