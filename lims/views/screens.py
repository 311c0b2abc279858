"""The shared screens: a list, a detail, and a form that performs an action."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_filters import FilterSet

from lims import export, registry
from lims.facts import told_changes
from lims.forms import ActionForm, perform
from lims.models import LogEntry, Record, RecordQuerySet, User
from lims.pagination import COUNTED_ROWS, CappedPaginator
from lims.permissions import may
from lims.tables import Column, Table
from lims.views.attachment_panel import attachments_of
from lims.views.note_panel import notes_of
from lims.views.suspect_notes import suspect_banners

PAGE_SIZE = 50
RecordT = TypeVar("RecordT", bound=Record)


def person(request: HttpRequest) -> User:
    """Return who asks; every page stands behind a login, so an anonymous one is a bug."""
    if not isinstance(request.user, User):
        raise TypeError("This page needs login_required.")
    return request.user


def find(queryset: RecordQuerySet, code: str, user: User) -> Any:
    """Return the record with this code, or 404 where there is none that ``user`` may see."""
    try:
        return queryset.visible_to(user).with_codes().coded(code.upper())
    except queryset.model.DoesNotExist as error:
        raise Http404(f"There is no {queryset.model._meta.verbose_name} {code} that you may see.") from error


@dataclass(frozen=True)
class Listing:
    """What a list screen says besides its rows."""

    title: str
    lead: str
    columns: Sequence[Column]
    empty_text: str
    create: tuple[str, str] | None = None
    actions: Sequence[dict[str, Any]] = ()
    # For everybody who sees the list, also for who may not record.
    links: Sequence[dict[str, Any]] = ()


def list_screen(
    request: HttpRequest,
    queryset: QuerySet[Any],
    listing: Listing,
    *,
    filterset: type[FilterSet] | None = None,
) -> HttpResponse:
    """Show a page of records with its filters, or give all of them as a file where the address says ``?as=``.

    ``queryset`` is already cut to what the person may see.
    """
    filters = filterset(request.GET, queryset=queryset, request=request) if filterset else None
    rows = filters.qs if filters else queryset
    if request.GET.get("as") in export.KINDS:
        return _list_file(request, rows, listing)
    page = CappedPaginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    items = list(page.object_list)
    # Who may not record is offered nothing that would be refused.
    create = listing.create if may(request.user, "record") else None
    create_label, create_url = create or ("", "")
    return render(
        request,
        "record_list.html",
        {
            "title": listing.title,
            "lead": listing.lead,
            "table": Table.of(listing.columns, items, url=_page_of, code=_code_of),
            "filter_form": filters.form if filters else None,
            "page_obj": page,
            "counted_rows": f"{COUNTED_ROWS:,}",
            "file_kinds": export.KINDS,
            "create_label": create_label,
            "create_url": create_url,
            "empty_text": listing.empty_text,
            "empty_action": create,
            "actions": [*listing.links, *(listing.actions if create else [])],
            "simulated": any(getattr(item, "simulated", False) for item in items),
            "chosen_actions": [
                make() for make in registry.list_actions.get(rows.model._meta.label_lower, [])
            ],
        },
    )


def _list_file(request: HttpRequest, rows: QuerySet[Any], listing: Listing) -> HttpResponse:
    """Give every row of a list as a file, or go back to the list and say why not."""
    try:
        export.judge_length(rows.order_by()[: export.MOST_ROWS + 1].count())
    except ValidationError as error:
        messages.warning(request, error.message)
        kept = request.GET.copy()
        kept.pop("as")
        return redirect(f"{request.path}?{kept.urlencode()}")
    columns = [*listing.columns, *(c for c in _told_of_all(rows.model) if c.label not in _heads(listing))]
    sheet = export.Sheet(
        name=listing.title,
        heads=[column.head for column in columns],
        rows=([column.exported(item) for column in columns] for item in _all_of(rows)),
    )
    # Streamed, so it is another class of answer; the views hand it on as it is.
    return cast(HttpResponse, export.file_response(sheet, request.GET["as"], byte_order_mark=True))


def _all_of(rows: QuerySet[Any]) -> Iterator[Any]:
    return rows.iterator(chunk_size=export.CHUNK_ROWS)


def _heads(listing: Listing) -> set[str]:
    return {column.label for column in listing.columns}


def _told_of_all(model: type[Any]) -> list[Column]:
    """Return what a file says of every row besides its list's own columns: who, when, and whether it is simulated."""
    told = []
    if issubclass(model, Record):
        told = [
            Column("Project", lambda r: str(r.project or "shared")),
            Column("Done at", lambda r: str(r.performed_at), value=lambda r: r.performed_at),
            Column("Done by", lambda r: r.performed_by.display_name),
            Column("Recorded at", lambda r: str(r.recorded_at), value=lambda r: r.recorded_at),
            Column("Recorded by", lambda r: r.recorded_by.display_name),
            Column("Source", lambda r: r.get_source_display()),
            Column("Note", lambda r: r.note),
            Column("Suspect", lambda r: "suspect" if r.suspect else ""),
        ]
    if hasattr(model, "simulated"):
        told.append(Column("Simulated data", lambda r: "simulated" if r.simulated else ""))
    return told


def _code_of(item: Any) -> str:
    """Return the code that a row can be chosen by for a label."""
    return item.code if isinstance(item, Record) else ""


def _page_of(item: Any) -> str:
    """Return a row's own page; a log entry has none."""
    if isinstance(item, Record):
        return registry.url_of(item.identity)
    return str(item.get_absolute_url()) if hasattr(item, "get_absolute_url") else ""


def detail_screen(
    request: HttpRequest,
    record: Record,
    *,
    template: str = "record_detail.html",
    sections: Sequence[dict[str, Any]] = (),
    actions: Sequence[dict[str, Any]] = (),
    **more: Any,
) -> HttpResponse:
    """Show one record with its facts, what can be done with it, and what was."""
    context: dict[str, Any] = {
        "record": record,
        "kind": registry.kind_of(record),
        "sections": list(sections),
        "actions": list(actions) if may(request.user, "record") else [],
        "entries": log_of(record),
        "simulated": record.simulated,
        "trace_url": reverse("lims:trace", args=[record.code]),
        "on_thread": record._meta.label_lower in registry.on_threads,
        "suspect_url": _suspect_url(record, person(request)),
        "attachments": attachments_of(record.identity, person(request)),
        "notes": notes_of(record.identity, person(request)),
        **more,
    }
    # What speaks against a record stands above all else that its page says.
    context["banners"] = [*suspect_banners(record, person(request)), *context.get("banners", [])]
    for part in registry.detail_parts.get(record._meta.label_lower, []):
        for name, value in part(record, person(request)).items():
            known = context.get(name)
            context[name] = [*known, *value] if isinstance(known, list) and isinstance(value, list) else value
    return render(request, template, context)


def _suspect_url(record: Record, user: User) -> str:
    return reverse("lims:mark_suspect", args=[record.code]) if may(user, "record") else ""


def log_of(record: Record, limit: int = 30) -> list[dict[str, Any]]:
    """Return the newest log entries of a record as the page shows them."""
    entries = LogEntry.objects.filter(identity=record.pk).select_related("actor")[:limit]
    return [
        {"at": e.at, "who": e.actor_name, "verb": e.verb, "changes": told_changes(e.changes), "why": e.reason}
        for e in entries
    ]


def form_screen(
    request: HttpRequest,
    form: ActionForm,
    do: Callable[..., Any],
    *,
    title: str,
    submit_label: str,
    cancel_url: str,
    lead: str = "",
    done: str | Callable[[Record], str] = "",
    template: str = "record_form.html",
    record: Record | None = None,
    extra: Mapping[str, Any] | None = None,
    **known: Any,
) -> HttpResponse:
    """Show a form, or carry out its action and go to the record that came of it."""
    if request.method == "POST":
        made = perform(form, do, **known)
        if made is not None:
            if done:
                messages.success(request, done(made) if callable(done) else done.format(record=made))
            return redirect(registry.url_of(made.identity))
    context = {
        "form": form,
        "formset": getattr(form, "formset", None),
        "formset_title": getattr(form, "rows_title", ""),
        "title": title,
        "lead": lead,
        "record": record,
        "submit_label": submit_label,
        "cancel_url": cancel_url,
        "simulated": bool(record and record.simulated),
        **(extra or {}),
    }
    return render(request, template, context, status=400 if form.is_bound else 200)
