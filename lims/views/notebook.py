"""The notebook: its list, an entry with its editions, writing and writing anew."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lims import facts, notebook, registry
from lims.models import Attachment, Note
from lims.notebook_forms import NoteFilter, NoteForm, RewriteNoteForm
from lims.permissions import require
from lims.tables import Cell, Column
from lims.views.attachments import find_identity
from lims.views.screens import Listing, detail_screen, find, form_screen, list_screen, person

SHOWN_LETTERS = 160


@login_required
@require_GET
def notes(request: HttpRequest) -> HttpResponse:
    """List the entries, newest first."""
    rows = Note.objects.visible_to(person(request)).with_codes().select_related("subject")
    listing = Listing(
        title="Notebook",
        lead="What people saw, thought and concluded, with the records that they speak of.",
        columns=[
            Column("Code", lambda n: Cell(n.code, simulated=n.simulated)),
            Column("Entry", lambda n: Cell(n.heading, hint=" ".join(n.body.split())[:SHOWN_LETTERS])),
            Column("Kind", lambda n: n.get_kind_display()),
            Column(
                "About", lambda n: Cell(n.subject.code, url=registry.url_of(n.subject)) if n.subject else ""
            ),
            Column("By", lambda n: n.performed_by.display_name),
            Column(
                "When",
                lambda n: f"{timezone.localtime(n.performed_at):%Y-%m-%d %H:%M}",
                value=lambda n: n.performed_at,
            ),
        ],
        empty_text="No entry yet. Write down what you saw; codes such as CELL-0042 become links.",
        create=("Write an entry", reverse("lims:write_note")),
    )
    return list_screen(request, rows.distinct().order_by("-pk"), listing, filterset=NoteFilter)


@login_required
@require_GET
def note(request: HttpRequest, code: str) -> HttpResponse:
    """Show an entry in one of its editions, by default the newest."""
    user = person(request)
    record: Note = find(Note.objects.select_related("subject"), code, user)
    editions = list(record.editions.select_related("by"))
    asked = request.GET.get("edition", "")
    shown = next((e for e in editions if str(e.number) == asked), editions[0])
    if asked and str(shown.number) != asked:
        raise Http404(f"{record.code} has no edition {asked}.")
    pictures = Attachment.objects.filter(identity=record.pk)
    actions = [
        {"label": "Write anew", "url": reverse("lims:rewrite_note", args=[record.code]), "icon": "pencil"}
    ]
    return detail_screen(
        request,
        record,
        template="notebook/note_detail.html",
        sections=[facts.origin(record)],
        actions=actions,
        text=notebook.rendered(shown.body, user, pictures),
        edition=shown,
        editions=editions,
        is_newest=shown is editions[0],
        subject={"code": record.subject.code, "url": registry.url_of(record.subject)}
        if record.subject
        else None,
    )


@login_required
def write(request: HttpRequest) -> HttpResponse:
    """Write an entry, about a record where the address names one."""
    user = require(request.user, "record")
    code = request.GET.get("about", "")
    about = find_identity(code, user) if code else None
    initial = {"kind": request.GET.get("kind", Note.Kind.ENTRY)}
    return form_screen(
        request,
        NoteForm(request.POST or None, user=user, about=about, initial=initial),
        notebook.write_note,
        title="Write an entry",
        submit_label="Keep it",
        cancel_url=registry.url_of(about) if about else reverse("lims:notebook"),
        done="{record.code} is in the notebook. Pictures are added on its page.",
    )


@login_required
def rewrite(request: HttpRequest, code: str) -> HttpResponse:
    """Write the next edition of an entry."""
    user = require(request.user, "record")
    record: Note = find(Note.objects.all(), code, user)
    return form_screen(
        request,
        RewriteNoteForm(request.POST or None, user=user, note=record),
        notebook.rewrite_note,
        title=f"Write {record.code} anew",
        lead="The edition before stays readable, with who wrote it.",
        submit_label="Keep it",
        cancel_url=registry.url_of(record.identity),
        record=record,
        note=record,
    )


def headings_of(keys: Iterable[int]) -> dict[int, str]:
    """Return what entries are called in lists of all kinds."""
    return dict(Note.objects.filter(pk__in=keys).values_list("pk", "heading"))
