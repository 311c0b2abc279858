"""The whole thread of a record: drawn, and as tables of which share of its mass came from where and went where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from lims import export, registry
from lims.models import Identity
from lims.tables import Cell, Column, Table
from lims.thread_rows import EndRow, Thread, ThreadRow, first_rows, mass_mg, percent_text, thread_of, together
from lims.trace import MAX_NODES, Direction, TraceNode
from lims.units import mass_text
from lims.views.attachments import find_identity
from lims.views.screens import person

DIRECTIONS: tuple[Direction, ...] = ("up", "down")
# What a page says of each direction; the parts of a mass are told in these orders.
TITLES: dict[Direction, str] = {"up": "Where it came from", "down": "Where it went"}
EMPTY: dict[Direction, str] = {
    "up": "It was made of nothing that is recorded.",
    "down": "Nothing has been made of it or measured on it.",
}
MASS_HEAD: dict[Direction, str] = {
    "up": "Of its mass, this passed through",
    "down": "Of its mass, this went in",
}
LEFT = ("left", "in cells")
GONE = ("lost", "written off", "disposed of", "drawn for other things")


@login_required
@require_GET
def thread(request: HttpRequest, code: str) -> HttpResponse:
    """Show the thread of one record both ways, or give one way as a file where the address says ``?as=``."""
    user = person(request)
    identity = find_identity(code, user)
    wanted: Sequence[Direction] = [d for d in DIRECTIONS if d == request.GET.get("direction")] or DIRECTIONS
    threads = [thread_of(identity, direction=direction, user=user) for direction in wanted]
    if request.GET.get("as") in export.KINDS:
        # The two directions of a page are two files; without a choice it is the first.
        return thread_file(identity, threads[0], request.GET["as"])
    drawing = _drawn(identity, threads)
    context = {
        "identity": identity,
        "label": registry.titles_of([identity]).get(identity.pk, ""),
        "record_url": registry.url_of(identity),
        "record_kind": registry.kinds[identity.kind].label,
        "simulated": bool(identity.project and identity.project.simulated),
        "lineage_svg": drawing.svg,
        "lineage_note": drawing.note,
        "parts": [_part(identity, told) for told in threads],
    }
    return render(request, "trace.html", context)


def _drawn(identity: Identity, threads: Sequence[Thread]) -> registry.Drawing:
    nodes = {node.code: node for told in threads for node in told.trace.nodes}
    edges = {(edge.source, edge.target): edge.mass_ug for told in threads for edge in told.trace.edges}
    truncated = any(told.trace.truncated for told in threads)
    for drawer in registry.thread_drawers:
        return drawer(list(nodes.values()), edges, identity.code, truncated)
    return registry.Drawing(svg="")


def _part(identity: Identity, told: Thread) -> dict[str, Any]:
    """Return one direction as ``trace.html`` takes it."""
    rows, left_out = first_rows(told.rows)
    total_ug = told.story.total_ug if told.story else 0
    address = f"{reverse('lims:trace', args=[identity.code])}?direction={told.direction}"
    return {
        "id": told.direction,
        "title": TITLES[told.direction],
        "total": mass_text(total_ug) if total_ug else "",
        "ends": _ends_table(told, total_ug),
        "count": len(told.rows),
        "table": Table.of(columns_of(told), rows, url=lambda row: _url(row.node)),
        "empty_text": EMPTY[told.direction],
        "notes": [*([left_out] if left_out else []), *_notes(told)],
        "files": [{"label": kind.upper(), "url": f"{address}&as={kind}"} for kind in export.KINDS]
        if told.rows
        else [],
    }


def _notes(told: Thread) -> list[str]:
    notes = []
    if told.trace.hidden:
        notes.append(f"{told.trace.hidden:,} more records are on this thread that you may not see.")
    if told.trace.truncated:
        notes.append(f"The thread was followed to its first {MAX_NODES:,} records; it goes on beyond them.")
    return notes


def _ends_table(told: Thread, total_ug: int) -> Table | None:
    """Return where the mass begins or ends; the shares add up to 100 %."""
    bought_whole = told.direction == "up" and not told.rows and len(told.ends) == 1
    if not told.ends or bought_whole:
        return None
    ends = told.ends if told.direction == "up" else together(told.ends)
    columns = [
        Column("What", _end_words),
        Column("Record", _end_record),
        *(
            [Column("Mass, mg", lambda end: str(mass_mg(end.fraction, total_ug)), numeric=True)]
            if total_ug
            else []
        ),
        Column("Share, %", lambda end: percent_text(end.fraction), numeric=True),
    ]
    return Table.of(columns, ends)


def _end_words(end: EndRow) -> str:
    words = {"bought": "Lot", "gained": "Gained on the way", "left": "Left in jars", "in cells": "In cells"}
    return words.get(end.how, end.how[:1].upper() + end.how[1:])


def _end_record(end: EndRow) -> Cell:
    if end.node is None:
        return Cell(f"{end.records} records")
    return Cell(end.node.code, url=_url(end.node), hint=end.node.label)


def columns_of(told: Thread) -> list[Column]:
    """Return the columns of a thread's table, for the page and for the file."""
    total_ug = told.story.total_ug if told.story else 0

    def share(read: Callable[[ThreadRow], Any]) -> Callable[[ThreadRow], str]:
        return lambda row: "" if read(row) is None else str(mass_mg(read(row), total_ug))

    columns = [
        Column("Record", lambda row: Cell(row.node.code, suspect=row.node.suspect)),
        Column("Name", lambda row: row.node.label),
        Column("What it is", lambda row: _kind(row.node)),
        Column("Steps away", lambda row: str(row.node.steps), numeric=True),
    ]
    if told.story is None:
        return columns
    if total_ug:
        columns += _mass_columns(told, total_ug, share)
    columns.append(
        Column(
            "Share, %",
            lambda row: percent_text(row.fraction),
            numeric=True,
            value=lambda row: None if row.fraction is None else float(100 * row.fraction),
        )
    )
    return columns


def _mass_columns(
    told: Thread, total_ug: int, share: Callable[[Callable[[ThreadRow], Any]], Callable[[ThreadRow], str]]
) -> list[Column]:
    def column(label: str, read: Callable[[ThreadRow], Any]) -> Column:
        return Column(
            f"{label}, mg", share(read), numeric=True, value=lambda row: mass_mg(read(row), total_ug)
        )

    columns = [column(MASS_HEAD[told.direction], lambda row: row.fraction)]
    if told.direction == "up":
        columns.append(column("Of that gained there", lambda row: row.ends.get("gained")))
    else:
        columns.append(column("Of that still there", lambda row: _sum(row, LEFT)))
        columns.append(column("Of that gone", lambda row: _sum(row, GONE)))
    return columns


def _sum(row: ThreadRow, names: Sequence[str]) -> Any:
    found = [row.ends[name] for name in names if name in row.ends]
    return sum(found) if found else None


def _kind(node: TraceNode) -> str:
    return registry.kinds[node.kind].label


def _url(node: TraceNode) -> str:
    return registry.url_of(Identity(code=node.code, kind=node.kind))


def thread_file(identity: Identity, told: Thread, kind: str) -> HttpResponse:
    """Give every row of one direction as a file."""
    suspect = Column("Suspect", lambda row: "suspect" if row.node.suspect else "")
    simulated = Column("Simulated data", lambda _: "simulated")
    columns = [*columns_of(told), suspect]
    if identity.project and identity.project.simulated:
        columns.append(simulated)
    sheet = export.Sheet(
        name=f"{identity.code} {TITLES[told.direction]}",
        heads=[column.head for column in columns],
        rows=([column.exported(row) for column in columns] for row in told.rows),
    )
    # Streamed, so it is another class of answer; the views hand it on as it is.
    return cast(HttpResponse, export.file_response(sheet, kind, byte_order_mark=True))
