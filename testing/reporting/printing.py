"""Printing reports from what was frozen, and telling when they no longer hold."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from lims.audit import action, log
from lims.blobs import store
from lims.jobs import JobRefused, Lease
from lims.models import Job
from lims.pdf import PdfUnavailable
from lims.pdf_apart import PdfRefused, render_pdf_apart
from lims.qr import qr_svg_data_uri
from testing.models import Report, ReportPrint
from testing.reporting.data import attached_data
from testing.reporting.kinds import KINDS

KIND = "print_report"


def print_report(job: Job, lease: Lease) -> None:
    """Print a report from its snapshot, with the signatures that stand under it."""
    report = Report.objects.with_codes().get(pk=job.target_id)
    if report.state == Report.State.READY:
        return
    lease.renew(0.2, "drawing figures")
    context = context_of(report)
    lease.renew(0.5, "laying out pages")
    try:
        pdf = render_pdf_apart(
            KINDS[report.kind].template,
            context,
            identifier=report.code,
            attached=attached_data(report),
            on_tick=lease.renew,
        )
    except (PdfUnavailable, PdfRefused) as problem:
        raise JobRefused(str(problem)) from problem
    _publish(report, lease, pdf)


def context_of(report: Report) -> dict[str, Any]:
    """Return what a report prints: its snapshot, its standing, and who stands for it once it is released."""
    context = KINDS[report.kind].context(report.snapshot)
    context["report"] |= _standing(report)
    return context


def _standing(report: Report) -> dict[str, Any]:
    address = f"{settings.PUBLIC_URL}/verify/{report.code}/" if settings.PUBLIC_URL else report.code
    signatures = report.signatures.filter(round=report.round) if report.is_final else []
    return {
        "is_draft": not report.is_final,
        "verify_address": address,
        "qr": qr_svg_data_uri(address),
        "signatures": [
            {
                "meaning": signature.get_meaning_display(),
                "name": signature.name,
                "role": signature.role,
                "at": signature.at.isoformat(timespec="seconds"),
                "remark": signature.remark,
            }
            for signature in signatures
        ],
    }


@action
def _publish(report: Report, lease: Lease, pdf: bytes) -> None:
    lease.check()
    locked = Report.objects.with_codes().select_for_update(of=("self",)).get(pk=report.pk)
    if (locked.standing, locked.round) != (report.standing, report.round):
        # It was released while the draft was being printed: the job that the release asked for prints what holds.
        return
    blob = store([pdf])
    ReportPrint.objects.create(report=locked, blob=blob, sha256=blob.sha256, released=locked.is_final)
    Report.objects.filter(pk=report.pk).update(
        state=Report.State.READY, pdf=blob, pdf_sha256=blob.sha256, version=locked.version + 1
    )
    log(None, "printed", report, pdf_sha256=blob.sha256)


def give_up(job: Job, reason: str) -> None:
    """Say on the report itself that it could not be printed."""
    Report.objects.filter(pk=job.target_id).update(state=Report.State.FAILED, reason=reason)


def mark_stale(identities: frozenset[int]) -> None:
    """Mark every report that rests on one of these records, in the transaction that changed it."""
    Report.objects.filter(dependencies__identity__in=identities, stale=False).update(stale=True)
