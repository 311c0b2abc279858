"""Pages about numbers: how they are computed, what they were before, what is tried, and cells found by them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from cells.models import Cell
from lims import registry
from lims.numbers import NO_VALUE, exact, percent, unit_sign
from lims.permissions import may, require
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.views.screens import find, person
from testing import actions, analyse, number_search, trials
from testing.forms_decisions import DecideTrialForm, TryMethodForm
from testing.methods.per import PER_AREA, PER_GRAM
from testing.models import MethodTrial, PastMetric
from testing.views.once import perform_plain

PAGE_ROWS = 50
MOST_ROWS = 6


def number(value: float | None, unit: str) -> str:
    """Return a stored number as a page prints it, fractions in percent."""
    if value is None:
        return NO_VALUE
    return (
        f"{percent(value, 2)} %"
        if unit == "fraction"
        else f"{exact(float(f'{value:.6g}'))} {unit_sign(unit)}".strip()
    )


@login_required
@require_GET
def methods(request: HttpRequest) -> HttpResponse:
    """List every number that the lab computes, the method that gives it and what is tried."""
    rows = [
        {
            "method": chosen.method,
            "outputs": chosen.method.outputs,
            "units": [_units(output.unit) for output in chosen.method.outputs],
            "parameters": [(p, chosen.parameters[p.name]) for p in chosen.method.parameters],
        }
        for chosen in analyse.in_use()
    ]
    return render(
        request,
        "testing/methods.html",
        {
            "rows": rows,
            "trials": MethodTrial.objects.select_related("asked_by", "decided_by")[:20],
            "may_decide": may(request.user, "review"),
        },
    )


def _units(unit: str) -> str:
    return ", ".join(
        unit_sign(each) for each in (unit, PER_AREA.get(unit, ""), PER_GRAM.get(unit, "")) if each
    )


@login_required
def try_method(request: HttpRequest, name: str) -> HttpResponse:
    """Try another version of a method, or other parameters, beside what is in use."""
    user = require(request.user, "review")
    chosen = next((each for each in analyse.in_use() if each.method.name == name), None)
    if chosen is None:
        return render(request, "404.html", status=404)
    form = TryMethodForm(request.POST or None, user=user, chosen=chosen)
    made = perform_plain(form, actions.try_method, name=name)
    if made is not None:
        return redirect("testing:trial", pk=made.pk)
    context = {
        "form": form,
        "title": f"Try {name}",
        "lead": "It is computed for every cell beside what is in use. Nothing changes until a manager switches.",
        "submit_label": "Compute it beside",
        "cancel_url": reverse("testing:methods"),
    }
    return render(request, "record_form.html", context, status=400 if form.is_bound else 200)


@login_required
def trial(request: HttpRequest, pk: int) -> HttpResponse:
    """Compare a trial with what is in use, old beside new for each cell, and decide."""
    user = person(request)
    record = get_object_or_404(MethodTrial.objects.select_related("asked_by", "decided_by"), pk=pk)
    form = DecideTrialForm(request.POST or None, user=user) if may(user, "review") else None
    if request.method == "POST" and form is not None:
        made = perform_plain(form, actions.decide_trial, trial=record)
        if made is not None:
            return redirect("testing:trial", pk=record.pk)
    open_states = (MethodTrial.State.COMPUTING, MethodTrial.State.OPEN)
    rows = trials.compared(record, user)
    changed = [row for row in rows if row.changed]
    page = Paginator(changed, PAGE_ROWS).get_page(request.GET.get("page"))
    units = analyse.UNITS
    columns = [
        Column("Cell", lambda row: Field(row.cell, url=reverse("cells:cell", args=[row.cell]))),
        Column("Number", lambda row: f"{row.name} {row.variant}".strip()),
        Column("Test", lambda row: row.test),
        Column("In use", lambda row: _side(row.old, units), numeric=True),
        Column("Tried", lambda row: _side(row.new, units), numeric=True),
        Column("Difference", lambda row: _difference(row, units), numeric=True),
    ]
    context = {
        "record": record,
        "table": Table.of(columns, page.object_list),
        "page_obj": page,
        "compared": len(rows),
        "changed": len(changed),
        "form": form if record.state in open_states else None,
        "job": analyse_job(record),
    }
    return render(
        request, "testing/trial.html", context, status=400 if form is not None and form.is_bound else 200
    )


def _side(row: Any, units: dict[str, str]) -> str:
    if row is None:
        return NO_VALUE
    return number(row.value, units.get(row.name, row.unit)) if row.value is not None else row.reason


def _difference(row: trials.Compared, units: dict[str, str]) -> str:
    if row.difference is None or row.old is None:
        return NO_VALUE
    return number(row.difference, units.get(row.old.name, row.old.unit))


def analyse_job(record: MethodTrial) -> str:
    """Return how far the computing of a trial is, in words."""
    if record.state != MethodTrial.State.COMPUTING:
        return ""
    return trials.progress_of(record)


@login_required
@require_GET
def past_metrics(request: HttpRequest, code: str) -> HttpResponse:
    """Show what a cell's numbers were before, and what changed them."""
    cell: Cell = find(Cell.objects.all(), code, person(request))
    past = PastMetric.objects.filter(cell=cell).select_related("test__identity")
    page = Paginator(past, PAGE_ROWS).get_page(request.GET.get("page"))
    columns = [
        Column("Number", lambda m: f"{analyse.LABELS.get(m.name, m.name)} {m.variant}".strip()),
        Column("Test", lambda m: m.test.code if m.test else ""),
        Column("Was", lambda m: number(m.value, m.unit) if m.value is not None else m.reason, numeric=True),
        Column("Method", lambda m: f"{m.method} {m.method_version}"),
        Column("Until", lambda m: f"{m.replaced_at:%Y-%m-%d %H:%M}"),
        Column("Because", lambda m: m.cause),
    ]
    return render(
        request,
        "testing/past_metrics.html",
        {"record": cell, "cell_url": registry.url_of(cell.identity), "table": Table.of(columns, page.object_list),
         "page_obj": page},
    )  # fmt: skip


@login_required
@require_GET
def find_cells(request: HttpRequest) -> HttpResponse:
    """Find cells by their numbers; what is sought stands in the address, so that it can be sent to somebody."""
    built = _built(request)
    if built is not None:
        return redirect(f"{request.path}?{urlencode([('where', text) for text in built])}")
    texts = request.GET.getlist("where")
    problem = ""
    conditions: list[number_search.Condition] = []
    try:
        conditions = number_search.read_conditions(texts)
    except ValidationError as error:
        problem = " ".join(error.messages)
    user = person(request)
    cells = number_search.cells_where(user, conditions).with_codes().with_study().order_by("-pk")
    page = Paginator(cells if conditions else cells.none(), PAGE_ROWS).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    numbers = number_search.numbers_of(rows, conditions)
    columns = [
        Column("Cell", lambda c: Field(c.code, url=registry.url_of(c.identity), simulated=c.simulated)),
        Column("Study", lambda c: c.study.name),
        Column("Condition", lambda c: c.group),
        *(_number_column(each, numbers) for each in conditions if not each.sought.words),
    ]
    context = {
        "groups": _groups(),
        "conditions": [
            {"text": str(each), "words": each.words, "without": _without(texts, str(each))}
            for each in conditions
        ],
        "texts": [str(each) for each in conditions],
        "problem": problem,
        "table": Table.of(columns, rows),
        "page_obj": page,
        "found": page.paginator.count,
        "api_url": f"/api/v1/find/cells/?{urlencode([('where', str(each)) for each in conditions])}",
    }
    return render(request, "testing/find_cells.html", context, status=400 if problem else 200)


def _number_column(condition: number_search.Condition, numbers: dict[int, dict[str, float]]) -> Column:
    unit = condition.sought.unit
    label = f"{condition.sought.label} {condition.variant}".strip()
    return Column(label, lambda c: number(numbers[c.pk].get(str(condition)), unit), numeric=True)


def _without(texts: list[str], text: str) -> str:
    return urlencode([("where", each) for each in texts if each.replace(" ", "") != text.replace(" ", "")])


def _groups() -> list[tuple[str, list[number_search.Sought]]]:
    groups: dict[str, list[number_search.Sought]] = {}
    for each in number_search.sought().values():
        groups.setdefault(each.group, []).append(each)
    return list(groups.items())


def _built(request: HttpRequest) -> list[str] | None:
    """Return the conditions of the address with the one that the form adds, or None where it adds none."""
    name, value = request.GET.get("quantity", ""), request.GET.get("value", "").strip()
    if not name or not value:
        return None
    to, sign, variant = (request.GET.get(key, "").strip() for key in ("to", "sign", "variant"))
    known = number_search.sought().get(name)
    if known is not None and known.unit == "fraction":
        # A page speaks of percent, an address and the API of fractions.
        value, to = _fraction(value), _fraction(to)
    spelled = f"{name}{number_search.SEPARATOR}{variant}" if variant else name
    if known is not None and known.words:
        added = f"{spelled}={value}"
    else:
        added = f"{spelled}={value}..{to}" if to else f"{spelled}{sign or '>='}{value}"
    return [*request.GET.getlist("where"), added]


def _fraction(text: str) -> str:
    try:
        return f"{float(text) / 100:.12g}"
    except ValueError:
        return text
