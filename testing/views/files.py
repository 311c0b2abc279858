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
from testing.models import CellTest, Submission
from testing.views import parts
from testing.views.tests import test_page

State = Submission.State
REMEDIES: dict[str, list[str]] = {
    State.UNASSIGNED: ["Choose the test that it belongs to. It is then read into that test's cycles."],
    State.PARKED: [
        "Export the measurement again as CSV with time, voltage and current columns, and upload that file.",
        "Or give the file to a test once a reader for it is there: nothing is thrown away.",
    ],
    State.CONFLICT: [
        "Look which of the two files is the right one.",
        "If this file is a measurement of its own, set up a test for it and choose that test here.",
    ],
    State.FAILED: [
        "Choose its test again to have it read once more.",
        "If it fails again, tell who runs this lab.",
    ],
}
COLUMNS = [
    Column("No.", lambda f: str(f.pk)),
    Column("File", lambda f: Field(f.name, simulated=f.simulated)),
    Column("State", lambda f: Field(f.get_state_display(), badge=f.state)),
    Column("Test", lambda f: Field(f.test.code, url=registry.url_of(f.test.identity)) if f.test else ""),
    Column("Reason", lambda f: f.reason),
    Column("Rows", lambda f: "" if f.rows is None else str(f.rows), numeric=True),
    Column("Received", lambda f: facts.spelled(f.received_at)),
    Column("From", lambda f: f.instrument.name if f.instrument else f.sender.display_name),
]


def _find(pk: int, user: User) -> Submission:
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
    )
    rows = Submission.objects.visible_to(person(request)).with_names()
    return list_screen(request, rows, listing, filterset=FileFilter)


@login_required
@require_GET
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one file: what became of it, and what to do."""
    user = person(request)
    found = _find(pk, user)
    return _page(request, found, AssignForm(user=user, submission=found))


def _page(request: HttpRequest, found: Submission, form: AssignForm) -> HttpResponse:
    waits = found.settled and found.state != State.READ
    job = parts.jobs_of([found.pk]).get(found.pk)
    context: dict[str, Any] = {
        "record": {
            "code": found.name,
            "state": found.state,
            "get_state_display": found.get_state_display(),
            "project": found.project,
        },
        "simulated": found.simulated,
        "reason": found.reason,
        "remedies": [{"text": text} for text in REMEDIES.get(found.state, [])],
        "flags": [flag["sentence"] for flag in found.flags],
        "progress": None if found.settled else parts.file_progress(found, job),
        "form": form if waits and may(request.user, "record") else None,
        "form_title": "Choose its test",
        "form_action": reverse("testing:assign_file", args=[found.pk]),
        "submit_label": "Read it for this test",
        "sections": [_facts(found)],
        "actions": [
            {"label": "Download", "url": reverse("testing:file_content", args=[found.pk]), "icon": "download"}
        ],
    }
    return render(request, "testing/submission_detail.html", context, status=400 if form.errors else 200)


def _facts(found: Submission) -> dict[str, Any]:
    told = [
        facts.record_fact("Test", found.test),
        facts.record_fact(
            "Instrument", found.instrument, hint=f"channel {found.channel.name}" if found.channel else ""
        ),
        facts.fact("Sent by", found.sender.display_name),
        facts.fact("Received", found.received_at),
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
    found = _find(pk, user)
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
    found = _find(pk, person(request))
    if found.settled:
        return HttpResponseClientRefresh()
    job = parts.jobs_of([found.pk]).get(found.pk)
    return render(request, "ui/progress.html", {"job": parts.file_progress(found, job)})


@login_required
@require_GET
def content(request: HttpRequest, pk: int) -> FileResponse:
    """Give back the bytes that were sent."""
    found = _find(pk, person(request))
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
