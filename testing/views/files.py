"""Files: the inbox, the page of one with what to do about it, uploads and their progress."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from lims import facts, registry
from lims.forms import perform
from lims.models import User
from lims.permissions import may, require
from lims.tables import Cell as Field
from lims.tables import Column
from lims.views.screens import Listing, find, list_screen, person
from testing import actions
from testing.filters import FileFilter
from testing.forms import AssignForm, UploadForm
from testing.forms_intake import InboxForm
from testing.models import CellTest, Submission
from testing.readers.base import UnreadableFile
from testing.replay import preview_of_file
from testing.starts import candidates_of
from testing.suggestions import suggestions_for
from testing.views import parts
from testing.views.tests import test_page

State = Submission.State
INBOX_ROWS = 50
REMEDIES: dict[str, list[str]] = {
    State.UNASSIGNED: ["Choose the test that it belongs to. It is then read into that test's cycles."],
    State.PARKED: [
        "Export the measurement again as CSV with time, voltage and current columns, and upload that file.",
        "Or give the file to a test once a reader for it is there: nothing is thrown away.",
    ],
    State.CONFLICT: [
        "Look at both side by side and say which one stands, or that this one comes after the other.",
        "If this file is a measurement of its own, set up a test for it and choose that test here.",
    ],
    State.FAILED: [
        "Choose its test again to have it read once more.",
        "If it fails again, tell who runs this lab.",
    ],
}
COLUMNS = [
    Column("No.", lambda f: str(f.pk), value=lambda f: f.pk),
    Column("File", lambda f: Field(f.name, simulated=f.simulated)),
    Column("State", lambda f: Field(f.get_state_display(), badge=f.state)),
    Column("Test", lambda f: Field(f.test.code, url=registry.url_of(f.test.identity)) if f.test else ""),
    Column("Reason", lambda f: f.reason),
    Column("Rows", lambda f: "" if f.rows is None else str(f.rows), numeric=True),
    Column("Received", lambda f: facts.spelled(f.received_at), value=lambda f: f.received_at),
    Column("From", lambda f: f.instrument.name if f.instrument else f.sender.display_name),
]


def find_file(pk: int, user: User) -> Submission:
    """Return a file that ``user`` may see, or 404."""
    found = Submission.objects.visible_to(user).with_names().filter(pk=pk).first()
    if found is None:
        raise Http404(f"There is no file {pk} that you may see.")
    return found


@login_required
@require_GET
def files(request: HttpRequest) -> HttpResponse:
    """List the files that were sent in."""
    listing = Listing(
        title="Files",
        lead="What instruments and people have sent. A file that waits says what it waits for.",
        columns=COLUMNS,
        empty_text="No file yet. Upload one on its test's page, or give an instrument its token.",
        links=[
            {"label": "Inbox: what waits", "url": reverse("testing:inbox"), "icon": "inbox"},
            {
                "label": "Tests without a file",
                "url": reverse("testing:orphans"),
                "icon": "file-question-mark",
            },
        ],
    )
    rows = Submission.objects.visible_to(person(request)).with_names()
    return list_screen(request, rows, listing, filterset=FileFilter)


@login_required
@require_GET
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one file: what became of it, and what to do."""
    user = person(request)
    found = find_file(pk, user)
    return _page(request, found, AssignForm(user=user, submission=found))


NEEDY = (State.UNASSIGNED, State.CONFLICT, State.PARKED, State.FAILED)


@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the files that need a person, with what is suggested for each, and take files without a test."""
    return inbox_page(request, InboxForm(user=person(request)))


def inbox_page(request: HttpRequest, form: InboxForm) -> HttpResponse:
    user = person(request)
    waiting = Submission.objects.visible_to(user).with_names().filter(state__in=NEEDY)
    under_way = (
        Submission.objects.visible_to(user)
        .with_names()
        .filter(state__in=[State.RECEIVED, State.READING], test=None)
    )
    rows = list(waiting[:INBOX_ROWS])
    context = {
        "rows": [_inbox_row(file) for file in rows],
        "more": max(0, waiting.count() - len(rows)),
        "under_way": parts.file_lines(under_way[:10]),
        "upload_form": form if may(user, "post_file") else None,
        "upload_url": reverse("testing:drop_files"),
        "may_record": may(user, "record"),
        "simulated": any(file.simulated for file in rows),
    }
    return render(request, "testing/inbox.html", context, status=400 if form.errors else 200)


def _inbox_row(file: Submission) -> dict[str, Any]:
    waits = file.state == State.UNASSIGNED
    return {
        "file": file,
        "url": file.get_absolute_url(),
        "settle_url": reverse("testing:settle_file", args=[file.pk]) if file.state == State.CONFLICT else "",
        "assign_url": reverse("testing:assign_file", args=[file.pk]),
        "suggestions": suggestions_for(file)[:3] if waits else [],
        "question": file.start_question,
    }


@login_required
@require_POST
def drop(request: HttpRequest) -> HttpResponse:
    """Take a file that names no test; its name, its channel or a person finds one."""
    user = require(request.user, "post_file")
    form = InboxForm(request.POST, request.FILES, user=user)
    if form.is_valid():
        try:
            received = actions.receive_file(
                upload=form.upload(),
                by=user,
                project=form.cleaned_data["project"],
                way=Submission.Way.DROPPED,
            )
        except ValidationError as error:
            form.show(error)
        else:
            words = "has been received" if received.created else "was here already"
            messages.success(request, f"{received.submission.name} {words}.")
            return redirect("testing:inbox")
    return inbox_page(request, form)


def _page(request: HttpRequest, found: Submission, form: AssignForm) -> HttpResponse:
    waits = found.settled and found.state != State.READ
    job = parts.jobs_of([found.pk]).get(found.pk)
    records = may(request.user, "record")
    context: dict[str, Any] = {
        "record": {
            "code": found.name,
            "state": found.state,
            "get_state_display": found.get_state_display(),
            "project": found.project,
        },
        "simulated": found.simulated,
        "reason": found.reason,
        "remedies": [
            *_mapping_remedy(request, found),
            *({"text": text} for text in REMEDIES.get(found.state, [])),
        ],
        "suggestions": _suggestions(found) if waits and records else [],
        "settle_url": reverse("testing:settle_file", args=[found.pk])
        if found.state == State.CONFLICT and records
        else "",
        "start_url": reverse("testing:answer_start", args=[found.pk])
        if found.start_question and candidates_of(found) and records
        else "",
        "flags": [flag["sentence"] for flag in found.flags],
        "progress": None if found.settled else parts.file_progress(found, job),
        "form": form if waits and records else None,
        "form_title": "Choose its test",
        "form_action": reverse("testing:assign_file", args=[found.pk]),
        "submit_label": "Read it for this test",
        "sections": [_facts(found)],
        "actions": _actions(found, records=records),
    }
    return render(request, "testing/submission_detail.html", context, status=400 if form.errors else 200)


def _mapping_remedy(request: HttpRequest, found: Submission) -> list[dict[str, str]]:
    """Offer to say what the columns of a file are that no reader knows."""
    if found.state != State.PARKED or not may(request.user, "record"):
        return []
    try:
        preview_of_file(found)
    except UnreadableFile:
        return []
    return [
        {
            "text": "If it is a table, say what its columns are. Every file with the same header is then read.",
            "url": reverse("testing:map_file", args=[found.pk]),
            "label": "Map its columns",
        }
    ]


def _suggestions(found: Submission) -> list[dict[str, Any]]:
    return [
        {"code": one.test.code, "title": one.test.title, "why": one.why, "sure": one.sure}
        for one in suggestions_for(found)
    ]


def _actions(found: Submission, *, records: bool) -> list[dict[str, Any]]:
    offered = [
        {"label": "Download", "url": reverse("testing:file_content", args=[found.pk]), "icon": "download"}
    ]
    if records and found.state == State.READ and found.test is not None:
        url = reverse("testing:move_file", args=[found.pk])
        offered.append({"label": "Another test's file", "url": url, "icon": "arrow-right-left"})
    return offered


def _facts(found: Submission) -> dict[str, Any]:
    told = [
        facts.record_fact("Test", found.test),
        facts.record_fact(
            "Instrument", found.instrument, hint=f"channel {found.channel.name}" if found.channel else ""
        ),
        facts.fact("Sent by", found.sender.display_name),
        facts.fact("Received", found.received_at, hint=found.get_way_display().lower()),
        facts.fact(
            "Began",
            found.started_at,
            hint=f"{found.started_text} by its clock" if found.started_text else "",
            blank=found.get_start_question_display() if found.start_question else "",
        ),
        facts.fact("Reader", f"{found.reader} {found.reader_version}".strip()),
        facts.fact("Rows", found.rows),
        facts.fact("Size", f"{found.blob.size_bytes:,}", "bytes"),
        facts.fact("SHA-256", found.blob.sha256),
    ]
    return {"title": "File", "facts": told}


@login_required
@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which test a waiting file belongs to."""
    user = require(request.user, "record")
    found = find_file(pk, user)
    form = AssignForm(request.POST, user=user, submission=found)

    def read_for_its_test(*, test: CellTest, by: User) -> CellTest:
        actions.assign_file(submission=found, test=test, by=by)
        return test

    test = perform(form, read_for_its_test)
    if test is None:
        return _page(request, found, form)
    messages.success(request, f"{found.name} is read for {test.code}.")
    return redirect(registry.url_of(test.identity))


@login_required
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a page that watches a file: how far it is, or that the page is to be shown anew."""
    found = find_file(pk, person(request))
    if found.settled:
        return HttpResponseClientRefresh()
    job = parts.jobs_of([found.pk]).get(found.pk)
    return render(request, "ui/progress.html", {"job": parts.file_progress(found, job)})


@login_required
@require_GET
def content(request: HttpRequest, pk: int) -> FileResponse:
    """Give back the bytes that were sent."""
    found = find_file(pk, person(request))
    return FileResponse(
        found.blob.path.open("rb"),
        as_attachment=True,
        filename=found.name,
        content_type="application/octet-stream",
    )


@login_required
@require_POST
def upload(request: HttpRequest, code: str) -> HttpResponse:
    """Take a file for a test. The same bytes again are the same file, so a second tap does nothing."""
    user = require(request.user, "post_file")
    test: CellTest = find(CellTest.objects.with_cells(), code, user)
    form = UploadForm(request.POST, request.FILES, user=user)
    if form.is_valid():
        try:
            received = actions.receive_file(upload=form.upload(), by=user, test=test)
        except ValidationError as error:
            form.show(error)
        else:
            words = "has been received" if received.created else "was here already"
            messages.success(request, f"{received.submission.name} {words}.")
            return redirect(registry.url_of(test.identity))
    return test_page(request, test, form)
