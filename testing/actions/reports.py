"""Asking for a report: its inputs are frozen now, its PDF is printed by a worker."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from cells.models import Cell
from lims import jobs
from lims.audit import action, log
from lims.models import Identity, User
from lims.records import create_record
from testing import reporting
from testing.models import Report, ReportDependency


@action
def request_report(*, kind: str, subject: Identity, by: User) -> Report:
    """Freeze what the report says and ask for its PDF."""
    if kind != Report.Kind.CELL:
        raise ValidationError(
            {"kind": f"{kind!r} is no kind of report; there is: {', '.join(Report.Kind.values)}."}
        )
    cell = Cell.objects.visible_to(by).with_codes().with_study().filter(pk=subject.pk).first()
    if cell is None:
        raise ValidationError({"subject": f"{subject.code} is no cell."})
    report = create_record(
        Report(kind=kind, subject=subject),
        project=cell.project,
        by=by,
        verb="asked for",
        of=subject.code,
    )
    snapshot = reporting.cell_snapshot(cell, report=report, by=by)
    report.snapshot, report.inputs_sha256 = snapshot, snapshot["inputs_sha256"]
    report.save(update_fields=["snapshot", "inputs_sha256"])
    ReportDependency.objects.bulk_create(
        ReportDependency(report=report, identity_id=key) for key in sorted(reporting.rests_on(cell))
    )
    jobs.enqueue(reporting.KIND, report.pk, by=by, identity=report.identity)
    log(by, "froze its inputs", report, inputs_sha256=report.inputs_sha256)
    return report
