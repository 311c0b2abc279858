"""The pictures: their numbers for the page, and the same figure as SVG or CSV."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from cells.models import Cell, Study
from lims.models import User
from lims.views.screens import find, person
from testing import windows
from testing.drawing import svg_of
from testing.models import CellTest, Comparison
from testing.picture import DIVISORS, Axis, Line, Picture, as_csv, as_json
from testing.pictures import CATALOGUE, Subject, build, read_options, subject_of
from testing.statistics import aside_of, cells_of
from testing.upstream import Upstream

FORMATS = ("json", "svg", "csv")
# More cells than this are no comparison that anybody reads.
MOST_CELLS = 300
POINTS = 2000
# Drawn in the page as an image, where matplotlib's own style attributes must count.
DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@login_required
@require_GET
@gzip_page
def picture(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """Answer with a picture of a study's cells, of a comparison's, or of the cells that the address names."""
    if name not in CATALOGUE or form not in FORMATS:
        raise Http404(f"There is no picture {name}.{form}.")
    try:
        subject = subject_from(request, person(request))
        options = read_options(request.GET.dict(), CATALOGUE[name].options)
        made = build(name, subject, options)
    except ValidationError as problem:
        return JsonResponse(problem.message_dict, status=400)
    return answer(request, made, form)


def subject_from(request: HttpRequest, user: User) -> Subject:
    """Return whom a picture shows, as far as ``user`` may see them."""
    chosen = _chosen(request, user)
    try:
        return subject_of(
            chosen.cells,
            title=chosen.title,
            colour_by=request.GET.get("colour") or chosen.colour,
            aside=aside_of(chosen.cells),
            up=chosen.up,
        )
    except ValueError as problem:
        raise ValidationError({"colour": str(problem)}) from problem


@dataclass(frozen=True)
class _Chosen:
    title: str
    cells: list[Cell]
    colour: str
    up: Upstream | None = None


def _chosen(request: HttpRequest, user: User) -> _Chosen:
    visible = Cell.objects.visible_to(user).with_codes().with_study()
    if code := request.GET.get("study"):
        study: Study = find(Study.objects.all(), code, user)
        members = cells_of(study)
        return _Chosen(study.code, list(members.cells), "condition", members.up)
    if code := request.GET.get("comparison"):
        comparison: Comparison = find(Comparison.objects.all(), code, user)
        return _Chosen(comparison.code, comparison.cells_visible_to(user), comparison.colour_by)
    codes = [part.strip().upper() for part in request.GET.get("cells", "").split(",") if part.strip()]
    if len(codes) > MOST_CELLS:
        raise ValidationError({"cells": f"At most {MOST_CELLS} cells at once, not {len(codes)}."})
    found = {cell.code: cell for cell in visible.filter(identity__code__in=codes)}
    missing = [code for code in codes if code not in found]
    if missing or not codes:
        raise ValidationError(
            {"cells": f"There is no cell {', '.join(missing) or 'named'} that you may see."}
        )
    return _Chosen(
        ", ".join(codes[:3]) + ("…" if len(codes) > 3 else ""),
        [found[c] for c in dict.fromkeys(codes)],
        "cell",
    )


def answer(request: HttpRequest, made: Picture, form: str) -> HttpResponse:
    """Return a picture in the form that was asked for, with the reader's own choices."""
    divide_by = request.GET.get("per", "")
    if divide_by and divide_by not in DIVISORS:
        return JsonResponse({"per": [f"{divide_by!r} is none of: {', '.join(DIVISORS)}."]}, status=400)
    if form == "json":
        return JsonResponse(
            as_json(made), json_dumps_params={"separators": (",", ":"), "ensure_ascii": False}
        )
    mark = "-simulated" if made.simulated else ""
    if form == "csv":
        # Spreadsheets take a file without this mark for their own old encoding.
        content = "\ufeff" + as_csv(made, divide_by or (made.divide_by if made.divisible else "cell"))
        response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    else:
        drawn = svg_of(
            made,
            divide_by=divide_by or None,
            means=request.GET.get("means") == "1",
            hidden=request.GET.getlist("hide"),
        )
        response = HttpResponse(drawn, content_type="image/svg+xml")
        response["Content-Security-Policy"] = DRAWING_POLICY
    if request.GET.get("save") == "1":
        response["Content-Disposition"] = f'attachment; filename="{made.name}{mark}.{form}"'
    response["Cache-Control"] = "private, no-cache"
    return response


@login_required
@require_GET
@gzip_page
def window(request: HttpRequest, code: str) -> HttpResponse:
    """Answer with voltage and current over time of a test, in a window and as dense as a screen can show."""
    test: CellTest = find(CellTest.objects.with_cells(), code, person(request))
    dataset = test.datasets.filter(current=True).select_related("blob").first()
    if dataset is None or not dataset.rows:
        raise Http404(f"{test.code} has no data yet.")
    try:
        start, end, points = _bounds(request)
        wanted = [c for c in request.GET.get("y", "voltage_volt,current_ampere").split(",") if c][:2]
        found = [windows.window(dataset.blob, c, start=start, end=end, points=points) for c in wanted]
    except ValueError as problem:
        return JsonResponse({"window": [str(problem)]}, status=400)
    return JsonResponse(
        as_json(_window_picture(test, dataset.blob, found)) | _span(dataset.blob, found),
        json_dumps_params={"separators": (",", ":"), "ensure_ascii": False},
    )


def _bounds(request: HttpRequest) -> tuple[float | None, float | None, int]:
    numbers: list[float | None] = []
    for name in ("from", "to"):
        text = request.GET.get(name, "")
        try:
            number = float(text) if text else None
        except ValueError:
            raise ValueError(f"{name} is a number, not {text[:40]!r}.") from None
        if number is not None and not math.isfinite(number):
            raise ValueError(f"{name} is a finite number.")
        numbers.append(number)
    start, end = numbers
    if start is not None and end is not None and end <= start:
        raise ValueError(f"The window ends at {end:g}, before it begins at {start:g}.")
    asked = request.GET.get("points", str(POINTS))
    if not (asked.isascii() and asked.isdigit()) or not 10 <= int(asked[:8]) <= windows.MOST_POINTS:
        raise ValueError(f"points lies between 10 and {windows.MOST_POINTS}.")
    return start, end, int(asked)


def _window_picture(test: CellTest, blob: Any, found: list[windows.Window]) -> Picture:
    rising = windows.outline_of(blob).rising
    lines = []
    axes = [Axis(*windows.COLUMNS[item.column]) for item in found]
    for place, item in enumerate(found):
        label = windows.COLUMNS[item.column][0]
        lines.append(Line(label, item.x.tolist(), item.y.tolist(), group=label, axis="y2" if place else "y"))
    return Picture(
        name="window",
        title=f"{test.cell.code} {test.code}: over time",
        kind="window",
        x=Axis("Test time", "h") if rising else Axis("Row of the file; its clock runs backwards"),
        y=axes[0],
        y2=axes[1] if len(axes) > 1 else None,
        lines=lines,
        simulated=test.simulated,
    )


def _span(blob: Any, found: list[windows.Window]) -> dict[str, Any]:
    """Return how far the data reach, and how many rows the points stand for."""
    outline = windows.outline_of(blob)
    whole = (outline.first_s / 3600, outline.last_s / 3600) if outline.rising else (0, outline.rows - 1)
    return {"span": whole, "rows": found[0].rows if found else 0, "columns": outline.columns}
