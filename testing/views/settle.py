"""Deciding about files: conflicts side by side, another test's file, the order of a test's files, originals."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lims import facts, registry
from lims.forms import perform
from lims.models import Record
from lims.permissions import require
from lims.tables import Column
from lims.views.screens import Listing, find, form_screen, list_screen, person
from testing import actions
from testing.file_order import files_of, span_of
from testing.forms_intake import AnswerStartForm, MoveFileForm, OrderForm, SettleForm
from testing.models import CellTest, Submission
from testing.starts import candidates_of
from testing.tables import read_rows
from testing.views.files import find_file

State = Submission.State


@login_required
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Show two files that cover the same time side by side, and let a person say which one stands."""
    user = require(request.user, "record")
    found = find_file(pk, user)
    if found.state != State.CONFLICT or found.conflict_with is None or found.test is None:
        return redirect(found)
    form = SettleForm(request.POST or None, user=user)
    test = found.test

    def do(**facts: Any) -> Record:
        actions.settle_conflict(submission=found, **facts)
        return test

    if request.method == "POST" and perform(form, do) is not None:
        return redirect(registry.url_of(test.identity))
    context = {
        "record": found,
        "test": test,
        "sides": [
            _side(find_file(found.conflict_with.pk, user), "There already"),
            _side(found, "Came later"),
        ],
        "form": form,
        "simulated": found.simulated,
        "plot_url": reverse("testing:conflict_data", args=[found.pk]),
    }
    return render(request, "testing/settle.html", context, status=400 if form.errors else 200)


def _side(file: Submission, words: str) -> dict[str, Any]:
    span = span_of(file) if file.table is not None else None
    return {
        "words": words,
        "name": file.name,
        "url": file.get_absolute_url(),
        "facts": [
            facts.fact("Rows", file.rows),
            facts.fact("From", f"{span.first_s:g}" if span else None, "s"),
            facts.fact("To", f"{span.last_s:g}" if span else None, "s"),
            facts.fact("Began", file.started_at, hint=file.started_text),
            facts.fact("Received", file.received_at),
            facts.fact("Sent by", file.sender.display_name),
            facts.fact("Size", f"{file.blob.size_bytes:,}", "bytes"),
            facts.fact("SHA-256", file.blob.sha256[:16] + "…"),
        ],
        "flags": [flag["sentence"] for flag in file.flags[:5]],
        "lines": first_lines(file),
    }


@login_required
@require_GET
def conflict_data(request: HttpRequest, pk: int) -> JsonResponse:
    """Answer with voltage over time of both files of a conflict."""
    user = person(request)
    found = find_file(pk, user)
    if found.conflict_with is None:
        raise Http404(f"{found.name} is in no conflict.")
    both = ((find_file(found.conflict_with.pk, user), "there already"), (found, "came later"))
    return JsonResponse(
        {
            "title": f"{found.name} and the file that is there",
            "simulated": found.simulated,
            "x": {"label": "Test time (h)"},
            "y": {"label": "Cell voltage (V)"},
            "series": [_curve(file, words) for file, words in both if file.table is not None],
        }
    )


def _curve(file: Submission, words: str) -> dict[str, Any]:
    if file.table is None:
        raise ValueError(f"{file.name} has not been read.")
    table = read_rows(file.table, ["test_time_second", "voltage_volt"])
    thin = table.gather_every(max(1, table.height // 1500))
    return {
        "label": f"{file.name} ({words})",
        "axis": "y",
        "x": [round(time_s / 3600, 6) for time_s in thin["test_time_second"]],
        "y": [round(volt, 5) for volt in thin["voltage_volt"]],
    }


def first_lines(file: Submission, *, lines: int = 6, letters: int = 110) -> list[str]:
    """Return how a file begins, for the eye; a file that is no text has none."""
    with file.blob.path.open("rb") as content:
        head = content.read(4096)
    if b"\0" in head[:512]:
        return []
    return [line[:letters] for line in head.decode(errors="replace").splitlines()[:lines]]


@login_required
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a file was measured in another test."""
    user = require(request.user, "record")
    found = find_file(pk, user)

    def do(*, submission: Submission, test: CellTest, **more: Any) -> Record:
        actions.move_file(submission=submission, test=test, **more)
        return test

    return form_screen(
        request,
        MoveFileForm(request.POST or None, user=user, submission=found),
        do,
        title="Another test's file",
        lead=f"{found.name} is read for {found.test.code if found.test else 'no test'}. Both tests and their cells are "
        "computed anew, and the log keeps what was.",
        submit_label="Move it",
        cancel_url=found.get_absolute_url(),
        done="The file is read for {record.code}; both tests are computed anew.",
        submission=found,
    )


@login_required
def answer_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask which of two moments a local time means."""
    user = require(request.user, "record")
    found = find_file(pk, user)
    offered = candidates_of(found)
    if not offered:
        raise Http404(f"Nothing is asked about when {found.name} began.")
    choices = [(moment.isoformat(), f"{moment:%Y-%m-%d %H:%M:%S} UTC") for moment in offered]
    form = AnswerStartForm(request.POST or None, user=user, choices=choices)
    if request.method == "POST" and form.is_valid():
        moment = datetime.fromisoformat(form.cleaned_data["started_at"])
        actions.answer_start(submission=found, started_at=moment, by=user)
        return redirect(found)
    zone = found.instrument.time_zone if found.instrument else ""
    why = {
        "ambiguous": f"Clocks in {zone} were put back: that hour came twice.",
        "nonexistent": f"Clocks in {zone} were put forward: that hour did not exist, so its clock was "
        "not put forward, or not yet.",
    }.get(found.start_question, "")
    return render(
        request,
        "record_form.html",
        {
            "form": form,
            "title": "When did it begin?",
            "lead": f"{found.name} says {found.started_text}. {why}",
            "record": None,
            "submit_label": "It was then",
            "cancel_url": found.get_absolute_url(),
            "simulated": found.simulated,
        },
        status=400 if form.errors else 200,
    )


@login_required
def order(request: HttpRequest, code: str) -> HttpResponse:
    """Put a test's files in order, and say which of them began their clock anew."""
    user = require(request.user, "record")
    test: CellTest = find(CellTest.objects.with_cells(), code, user)
    files = files_of(test)
    known = {file.pk for file in files}
    rest = test.submissions.filter(state=State.READ, table__isnull=False).exclude(pk__in=known)
    return form_screen(
        request,
        OrderForm(request.POST or None, user=user, files=[*files, *rest]),
        actions.order_files,
        title=f"Order of the files of {test.code}",
        lead="They are put together in this order. Where a clock began anew, the times go on from the file before.",
        submit_label="Put them together",
        cancel_url=registry.url_of(test.identity),
        done="The files of {record.code} are put together anew.",
        record=test,
        test=test,
    )


@login_required
@require_GET
def originals(request: HttpRequest, code: str) -> StreamingHttpResponse:
    """Give the bytes of all files of a test as they came, in one archive with their hashes."""
    test: CellTest = find(CellTest.objects.with_cells(), code, person(request))
    files = list(test.submissions.with_names().order_by("pk"))
    if not files:
        raise Http404(f"{test.code} has no file yet.")
    response = StreamingHttpResponse(_archive(files), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{test.code}-originals.zip"'
    return response


class _Pipe(io.RawIOBase):
    """What a zip is written into, and taken from again before it grows."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.waiting.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self.waiting = b"".join(self.waiting), []
        return taken


def _archive(files: list[Submission]) -> Iterator[bytes]:
    """Write a zip piece by piece: the originals stored as they are, and a list of them with their hashes."""
    pipe = _Pipe()
    listed = io.StringIO()
    writer = csv.writer(listed)
    writer.writerow(["file", "name", "sha256", "bytes", "received_at", "sent_by", "state"])
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            inside = f"{file.pk}_{file.name.replace('/', '_')}"
            writer.writerow(
                [inside, file.name, file.blob.sha256, file.blob.size_bytes, file.received_at.isoformat(),
                 file.sender.username, file.state]
            )  # fmt: skip
            with archive.open(inside, "w", force_zip64=True) as entry, file.blob.path.open("rb") as content:
                while chunk := content.read(1 << 20):
                    entry.write(chunk)
                    yield pipe.take()
        archive.writestr("originals.csv", listed.getvalue())
    yield pipe.take()


@login_required
@require_GET
def orphans(request: HttpRequest) -> HttpResponse:
    """List what hangs in the air: tests without a file, cells tested without one (DOMAIN E34)."""
    user = person(request)
    started = timezone.now() - timedelta(days=1)
    tests = (
        CellTest.objects.visible_to(user)
        .with_codes()
        .with_cells()
        .filter(submissions=None)
        .exclude(Q(state=CellTest.State.PLANNED) & Q(performed_at__gt=started))
    )
    listing = Listing(
        title="Tests without a file",
        lead="Set up more than a day ago, or over, and no file has come. Files without a test wait in the inbox.",
        columns=[
            Column("Code", lambda t: t.code),
            Column("Test", lambda t: t.title),
            Column("State", lambda t: t.get_state_display()),
            Column("Channel", lambda t: str(t.channel or "")),
            Column("Set up", lambda t: facts.spelled(t.performed_at), value=lambda t: t.performed_at),
        ],
        empty_text="Every test has its file.",
        links=[{"label": "Inbox", "url": reverse("testing:inbox"), "icon": "inbox"}],
    )
    return list_screen(request, tests, listing)
