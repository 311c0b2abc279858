"""Comparing cells of any studies: side by side at once, kept under a name, changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from cells.models import Cell, CellBasis, Study
from lims import facts, registry
from lims.models import User
from lims.numbers import NO_VALUE, percent, significant
from lims.permissions import may, require
from lims.tables import Cell as Field
from lims.tables import Column, Table
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person
from testing import actions
from testing.actions.comparisons import MOST_COMPARED
from testing.analyse import ICE
from testing.comparison_forms import ComparisonForm
from testing.metric_keys import MetricKey, metrics_of
from testing.models import Comparison
from testing.upstream import upstream_of
from testing.views.gallery import gallery


@login_required
@require_GET
def comparisons(request: HttpRequest) -> HttpResponse:
    """List the comparisons that were kept."""
    listing = Listing(
        title="Comparisons",
        lead="Cells of any studies side by side, each with its own mass. Choose, look, keep what is worth it.",
        columns=[
            Column("Code", lambda c: Field(c.code, simulated=c.simulated)),
            Column("Name", lambda c: c.name),
            Column("Cells", lambda c: str(c.cell_count), numeric=True),
            Column("By", lambda c: c.performed_by.display_name),
            Column("Project", lambda c: str(c.project)),
        ],
        empty_text="No comparison has been kept yet. Tick cells in the list of cells and choose Compare.",
        create=("Compare cells", reverse("testing:compare")),
    )
    rows = Comparison.objects.visible_to(person(request)).with_codes()
    return list_screen(request, rows.annotate(cell_count=Count("members")).order_by("-pk"), listing)


@login_required
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Put the cells that the address names side by side; nothing is kept until somebody says so."""
    user = person(request)
    cells, unknown = _named(request, user)
    codes = [cell.code for cell in cells]
    colour = request.GET.get("colour", "condition" if len({c.condition_id for c in cells}) > 1 else "cell")
    about = {"cells": ",".join(codes)}
    form = ComparisonForm(user=user, codes=codes, initial={"colour_by": colour})
    context = {
        "cells": [_chip(cell) for cell in cells],
        "unknown": unknown,
        "codes": " ".join(codes),
        "table": compared_table(cells) if cells else None,
        "gallery": gallery(about, [cell.pk for cell in cells], {}, colour=colour) if cells else None,
        "form": form if cells and may(user, "record") else None,
        "keep_url": reverse("testing:save_comparison"),
        "simulated": any(cell.simulated for cell in cells),
        "most": MOST_COMPARED,
    }
    return render(request, "testing/compare.html", context)


def _named(request: HttpRequest, user: User) -> tuple[list[Cell], list[str]]:
    """Return the cells that an address names, by their codes or their studies', and what of it is not there."""
    words = [
        word
        for text in request.GET.getlist("code") + request.GET.getlist("cells")
        for word in text.replace(",", " ").split()
    ]
    out = request.GET.get("without", "").upper()
    wanted = [word for word in dict.fromkeys(word.upper() for word in words) if word != out][
        : 2 * MOST_COMPARED
    ]
    visible = Cell.objects.visible_to(user).with_codes().with_study()
    by_code = {cell.code: cell for cell in visible.filter(identity__code__in=wanted)}
    studies = {
        study.code: study
        for study in Study.objects.visible_to(user).with_codes().filter(identity__code__in=wanted)
    }
    found: dict[int, Cell] = {}
    for word in wanted:
        if word in by_code:
            found[by_code[word].pk] = by_code[word]
        elif word in studies:
            found |= {
                c.pk: c
                for c in visible.filter(condition__study=studies[word]).order_by("condition__order", "pk")
            }
    unknown = [word for word in wanted if word not in by_code and word not in studies]
    return list(found.values())[:MOST_COMPARED], unknown


def _chip(cell: Cell) -> dict[str, Any]:
    return {"code": cell.code, "url": registry.url_of(cell.identity), "condition": cell.condition.name}


def compared_table(cells: Sequence[Cell]) -> Table:
    """Return what each compared cell is and rests on: its study, instrument, own mass and area, and efficiency."""
    keys = [cell.pk for cell in cells]
    bases = {basis.cell_id: basis for basis in CellBasis.objects.filter(cell__in=keys, current=True)}
    efficiency = metrics_of(keys, MetricKey(ICE))
    up = upstream_of(cells)

    def number(name: str) -> Any:
        def read(cell: Cell) -> str:
            value = getattr(bases.get(cell.pk), name, None)
            return NO_VALUE if value is None else significant(value, 4)

        return read

    def ice(cell: Cell) -> Field:
        metric = efficiency.get(cell.pk)
        if metric is None or metric.value is None:
            return Field(NO_VALUE, numeric=True)
        return Field(percent(metric.value, 2), numeric=True)

    def instrument(cell: Cell) -> str:
        test = up.first_tests.get(cell.pk)
        return test.channel.instrument.name if test and test.channel else NO_VALUE

    columns = [
        Column("Cell", lambda c: Field(c.code, url=registry.url_of(c.identity), simulated=c.simulated)),
        Column("Study", lambda c: c.study.code),
        Column("Condition", lambda c: c.condition.name),
        Column("Instrument", instrument),
        Column("Area, cm²", number("area_cm2"), numeric=True),
        Column("Active, mg", number("positive_active_mass_mg"), numeric=True),
        Column("Composite, mg", number("positive_composite_mass_mg"), numeric=True),
        Column("ICE, %", ice, numeric=True),
    ]
    return Table.of(columns, cells)


@login_required
def save(request: HttpRequest) -> HttpResponse:
    """Keep a comparison under a name."""
    user = require(request.user, "record")
    if request.method != "POST":
        return redirect("testing:compare")
    return form_screen(
        request,
        ComparisonForm(request.POST, user=user),
        actions.save_comparison,
        title="Keep this comparison",
        submit_label="Keep it",
        cancel_url=reverse("testing:comparisons"),
        done="{record.code} is kept. Its address is worth sending.",
    )


@login_required
@require_GET
def comparison(request: HttpRequest, code: str) -> HttpResponse:
    """Show a comparison with the numbers that its cells have today."""
    user = person(request)
    record: Comparison = find(Comparison.objects.all(), code, user)
    cells = record.cells_visible_to(user)
    hidden = record.members.count() - len(cells)
    codes = " ".join(cell.code for cell in cells)
    change = {
        "label": "Change",
        "url": reverse("testing:change_comparison", args=[record.code]),
        "icon": "pencil",
    }
    return detail_screen(
        request,
        record,
        template="testing/comparison_detail.html",
        sections=[facts.origin(record)],
        actions=[change],
        question=record.question,
        table=compared_table(cells),
        hidden=hidden,
        try_url=f"{reverse('testing:compare')}?{urlencode({'cells': codes})}",
        gallery=gallery({"comparison": record.code}, [c.pk for c in cells], {}, colour=record.colour_by)
        if cells
        else None,
        # A comparison of simulated cells is simulated, whatever project it lies in.
        simulated=record.simulated or any(cell.simulated for cell in cells),
    )


@login_required
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Change which cells a comparison holds, or what it is called."""
    user = require(request.user, "record")
    record: Comparison = find(Comparison.objects.all(), code, user)
    codes = [cell.code for cell in record.cells_visible_to(user)]
    initial = {"name": record.name, "question": record.question, "colour_by": record.colour_by}
    form = ComparisonForm(request.POST or None, user=user, codes=codes, record=record, initial=initial)
    return form_screen(
        request,
        form,
        actions.change_comparison,
        title=f"Change {record.code}",
        submit_label="Change it",
        cancel_url=registry.url_of(record.identity),
        record=record,
        comparison=record,
    )
