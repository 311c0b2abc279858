"""Signing reports, releasing them, and asking whether a PDF is what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from lims import registry
from lims.forms import ActionForm
from lims.models import User
from lims.permissions import require
from lims.views.screens import find, form_screen, person
from testing import actions
from testing.models import Report
from testing.report_forms import ReturnForm, SignForm, VerifyForm
from testing.reporting.verify import Verdict, verify_bytes


def _screen(
    request: HttpRequest,
    code: str,
    capability: str,
    form: type[ActionForm],
    act: Callable[..., Any],
    **words: Any,
) -> HttpResponse:
    # The record is looked for first: whether it is there is nothing that a refused role may tell.
    record: Report = find(Report.objects.select_related("subject"), code, person(request))
    user = require(request.user, capability)
    bound = form(request.POST or None, user=user)
    back = registry.url_of(record.identity)
    return form_screen(request, bound, act, cancel_url=back, record=record, report=record, **words)


@login_required
@require_http_methods(["GET", "POST"])
def submit(request: HttpRequest, code: str) -> HttpResponse:
    """Sign a draft as its author."""
    return _screen(
        request,
        code,
        "record",
        SignForm,
        actions.submit_report,
        title=f"Sign {code} as its author",
        lead="Your signature says that you wrote it and stand for it. A colleague then reviews and releases it.",
        submit_label="Sign and submit",
        done="{record.code} is in review.",
    )


@login_required
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, code: str) -> HttpResponse:
    """Sign a report as its reviewer."""
    return _screen(
        request,
        code,
        "record",
        SignForm,
        actions.review_report,
        title=f"Sign {code} as its reviewer",
        lead="Your signature says that you have checked its numbers against the records.",
        submit_label="Sign as reviewer",
        done="Your review of {record.code} is signed.",
    )


@login_required
@require_http_methods(["GET", "POST"])
def hand_back(request: HttpRequest, code: str) -> HttpResponse:
    """Hand a report back to its author."""
    return _screen(
        request,
        code,
        "record",
        ReturnForm,
        actions.return_report,
        title=f"Hand {code} back",
        lead="It becomes a draft again, and the signatures of this round count no more.",
        submit_label="Hand back",
        done="{record.code} is a draft again.",
    )


@login_required
@require_http_methods(["GET", "POST"])
def release(request: HttpRequest, code: str) -> HttpResponse:
    """Sign a report as its approver and release it."""
    return _screen(
        request,
        code,
        "release",
        SignForm,
        actions.release_report,
        title=f"Release {code}",
        lead="It is printed once more with all signatures, and never changes after that. What was released of the same "
        "subject before is superseded.",
        submit_label="Sign and release",
        done="{record.code} is released.",
    )


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest, code: str = "") -> HttpResponse:
    """Tell whether a PDF is the one that was released; whoever holds the very bytes may ask, logged in or not."""
    form = VerifyForm(request.POST or None, request.FILES or None)
    verdict: Verdict | None = None
    if request.method == "POST" and form.is_valid():
        verdict = _told_to(verify_bytes(form.cleaned_data["file"].chunks()), request)
    return render(
        request,
        "testing/verify.html",
        {"form": form, "verdict": verdict, "named": _seen_code(code, request), "asked": code.upper()},
        status=400 if form.errors else 200,
    )


def _told_to(verdict: Verdict, request: HttpRequest) -> Verdict:
    """Keep from a stranger that a report of some code exists: only its very bytes prove that they have it."""
    if verdict.outcome == "altered" and verdict.report and not _may_see(verdict.report, request):
        return Verdict("unknown", verdict.sha256)
    return verdict


def _may_see(report: Report, request: HttpRequest) -> bool:
    return (
        isinstance(request.user, User)
        and Report.objects.visible_to(request.user).filter(pk=report.pk).exists()
    )


def _seen_code(code: str, request: HttpRequest) -> Report | None:
    if not code or not isinstance(request.user, User):
        return None
    rows = Report.objects.visible_to(request.user).with_codes().select_related("superseded_by__identity")
    found: Report | None = rows.filter(identity__code=code.upper()).first()
    return found
