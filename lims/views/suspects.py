"""Suspect records: the list, marking one, what a suspicion touched, clearing it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lims import registry
from lims.forms import perform
from lims.models import Identity, Record, SuspectFlag, Suspicion, User
from lims.permissions import may, require
from lims.suspect_forms import ClearForm, MarkSuspectForm, SuspicionFilter
from lims.suspicion import clear_flags, flags_visible_to, mark_suspect, suspicions_visible_to
from lims.tables import Cell, Column, Row, Table
from lims.trace import descendants_of, trace
from lims.views.attachments import find_identity
from lims.views.screens import Listing, form_screen, list_screen, person
from lims.views.suspect_notes import sees_root, told_reason, who_and_when


@login_required
@require_GET
def suspects(request: HttpRequest) -> HttpResponse:
    """List the suspicions that touch what this person may see."""
    user = person(request)
    visible = Identity.objects.visible_to(user)
    roots = set(visible.filter(suspicions__isnull=False).values_list("pk", flat=True))
    mine = Q(flags__identity__in=visible.values("pk"))
    rows = suspicions_visible_to(user).annotate(
        touched=Count("flags", filter=mine, distinct=True),
        standing=Count("flags", filter=mine & Q(flags__cleared_at=None), distinct=True),
    )
    columns = [
        Column("Record", lambda s: s.identity.code if s.identity_id in roots else "of another project"),
        Column("What is suspected", lambda s: told_reason(s, seen=s.identity_id in roots)),
        Column("Marked", lambda s: f"{timezone.localtime(s.at):%Y-%m-%d %H:%M}", value=lambda s: s.at),
        Column("By", lambda s: s.by.display_name),
        Column("Touched", lambda s: str(s.touched), numeric=True),
        Column("Still suspect", lambda s: str(s.standing), numeric=True),
    ]
    listing = Listing(
        title="Suspect records",
        lead="What was marked as suspect, with all that it touched. A record is marked on its own page.",
        columns=columns,
        empty_text="Nothing is suspect.",
    )
    return list_screen(request, rows, listing, filterset=SuspicionFilter)


@login_required
def mark(request: HttpRequest, code: str) -> HttpResponse:
    """Mark a record as suspect, with everything that was made of it or measured on it."""
    user = require(request.user, "record")
    identity = find_identity(code, user)

    def do(*, identity: Identity, **facts: Any) -> Record:
        mark_suspect(identity=identity, **facts)
        return registry.record_of(identity)

    return form_screen(
        request,
        MarkSuspectForm(request.POST or None, user=user),
        do,
        title=f"Mark {identity.code} as suspect",
        lead=_would_touch(identity, user),
        submit_label="Mark as suspect",
        cancel_url=registry.url_of(identity),
        done="{record.code} is marked as suspect, with all that it touched.",
        record=registry.record_of(identity),
        identity=identity,
    )


def _would_touch(identity: Identity, user: User) -> str:
    """Return what a mark would flag besides the record itself; of what the person may not see, the number."""
    below = {target for _, target, _ in descendants_of([identity.pk])} - {identity.pk}
    if not below:
        return "Nothing has been made of it yet; whatever is made of it later will be flagged as well."
    kinds = Counter(Identity.objects.visible_to(user).filter(pk__in=below).values_list("kind", flat=True))
    words = [_count_words(kind, number) for kind, number in kinds.most_common()]
    if hidden := len(below) - sum(kinds.values()):
        words.append(f"{hidden} of projects that you do not see")
    return f"Flagged with it until someone clears them: {', '.join(words)}."


def _count_words(kind: str, number: int) -> str:
    known = registry.kinds[kind]
    return f"{number} {(known.label if number == 1 else known.plural).lower()}"


def find_suspicion(pk: int, user: User) -> Suspicion:
    """Return a suspicion that touches something that ``user`` may see, or 404."""
    found = suspicions_visible_to(user).filter(pk=pk).first()
    if found is None:
        raise Http404(f"There is no suspicion {pk} that you may see.")
    return found


@login_required
@require_GET
def suspicion(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a suspicion touched, by kind, and what was since cleared."""
    user = person(request)
    return _page(request, find_suspicion(pk, user), user)


@login_required
def clear(request: HttpRequest, pk: int) -> HttpResponse:
    """Clear one, some or all of the records that a suspicion touched."""
    user = require(request.user, "record")
    found = find_suspicion(pk, user)
    if request.method != "POST":
        return redirect("lims:suspicion", found.pk)
    form = ClearForm(request.POST, suspicion=found, user=user)

    def do(*, suspicion: Suspicion, **facts: Any) -> Record:
        clear_flags(**facts)
        return registry.record_of(suspicion.identity)

    if perform(form, do, suspicion=found) is None:
        return _page(request, found, user, form)
    messages.success(request, "Cleared. The history of each record says so, with the reason.")
    return redirect("lims:suspicion", found.pk)


def _page(request: HttpRequest, found: Suspicion, user: User, form: ClearForm | None = None) -> HttpResponse:
    flags = list(flags_visible_to(user).filter(suspicion=found).order_by("identity"))
    standing = sum(flag.cleared_at is None for flag in flags)
    seen = sees_root(found, user)
    may_clear = may(user, "record") and standing > 0
    drawing = _drawn(found, flags, user) if seen else registry.Drawing(svg="")
    context = {
        "suspicion": found,
        "code": found.identity.code if seen else "",
        "record_url": registry.url_of(found.identity) if seen else "",
        "reason": told_reason(found, seen=seen),
        "marked": who_and_when(found),
        "touched": len(flags),
        "standing": standing,
        "hidden": SuspectFlag.objects.filter(suspicion=found).count() - len(flags),
        "groups": _groups(flags, choose=may_clear),
        "rests": _rests(flags, user),
        "form": (form or ClearForm(suspicion=found, user=user)) if may_clear else None,
        "clear_url": reverse("lims:clear_suspicion", args=[found.pk]),
        "lineage_svg": drawing.svg,
        "lineage_note": drawing.note,
        "simulated": any(flag.identity.project and flag.identity.project.simulated for flag in flags),
    }
    return render(request, "suspicion.html", context, status=400 if form is not None else 200)


def _rests(flags: list[SuspectFlag], user: User) -> list[dict[str, Any]]:
    """Return what rests on the records that are still suspect and is no record itself: numbers, figures."""
    standing = {flag.identity_id for flag in flags if flag.cleared_at is None}
    return [part for parts in registry.suspect_parts for part in parts(standing, user)] if standing else []


def _drawn(found: Suspicion, flags: list[SuspectFlag], user: User) -> registry.Drawing:
    """Draw what the suspicion touched, as far down as it went."""
    codes = {flag.identity.code for flag in flags}
    below = trace(found.identity, direction="down", user=user)
    nodes = [node for node in below.nodes if node.code in codes]
    edges = {(e.source, e.target): e.mass_ug for e in below.edges if {e.source, e.target} <= codes}
    for drawer in registry.thread_drawers:
        return drawer(nodes, edges, found.identity.code, below.truncated)
    return registry.Drawing(svg="")


def _groups(flags: list[SuspectFlag], *, choose: bool) -> list[dict[str, Any]]:
    """Return the flags by the kind of their records, as ``suspicion.html`` takes them."""
    titles = registry.titles_of([flag.identity for flag in flags])
    by_kind: dict[str, list[SuspectFlag]] = {}
    for flag in flags:
        by_kind.setdefault(flag.identity.kind, []).append(flag)
    return [
        {
            "title": f"{registry.kinds[kind].plural} ({len(members)})",
            "table": Table(
                [Column("Record", str), Column("Name", str), Column("Now", str)],
                [_row(flag, titles, choose=choose) for flag in members],
            ),
        }
        for kind, members in by_kind.items()
    ]


def _row(flag: SuspectFlag, titles: dict[int, str], *, choose: bool) -> Row:
    if flag.cleared_at is None:
        now = Cell("Suspect", badge="suspect")
    else:
        by = flag.cleared_by.display_name if flag.cleared_by else ""
        now = Cell(
            "Cleared", hint=f"{by}, {timezone.localtime(flag.cleared_at):%Y-%m-%d}: {flag.clear_reason}"
        )
    code = flag.identity.code
    return Row(
        url="",
        cells=[Cell(code, url=registry.url_of(flag.identity)), Cell(titles.get(flag.identity_id, "")), now],
        code=code if choose and flag.cleared_at is None else "",
    )
