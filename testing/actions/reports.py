"""Asking for a report: its inputs are frozen now, its PDF is printed by a worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from lims import jobs, suspicion
from lims.audit import action, log
from lims.models import Identity, Project, Record, RecordQuerySet, User
from lims.permissions import may
from lims.records import create_record, save_record
from testing.models import Report, ReportDependency, ReportLayout
from testing.reporting import printing
from testing.reporting.kinds import KINDS, judge_options
from testing.reporting.snapshot import freeze


@action
def request_report(
    *,
    kind: str,
    by: User,
    subject: Identity | None = None,
    project: Project | None = None,
    options: Mapping[str, Any] | None = None,
) -> Report:
    """Freeze what the report says and ask for its PDF.

    subject  The record that it is of; none for an inventory, which is of ``project``.
    options  ``sections`` (their keys in the order to print), ``foreword`` and ``afterword`` (Markdown); None for
             the lab's own layout.
    """
    about = subject_of(kind, subject, project, by)
    chosen = judge_options(kind, layout_of(kind) if options is None else options)
    report = create_record(
        Report(kind=kind, subject=subject, options=chosen),
        project=about.project if isinstance(about, Record) else about,
        by=by,
        verb="asked for",
        of=subject.code if subject else str(about),
    )
    snapshot = freeze(report, about, by)
    report.snapshot, report.inputs_sha256 = snapshot, snapshot["inputs_sha256"]
    report.save(update_fields=["snapshot", "inputs_sha256"])
    rests_on = KINDS[kind].rests_on(about)
    ReportDependency.objects.bulk_create(
        ReportDependency(report=report, identity_id=key) for key in sorted(rests_on)
    )
    suspicion.carry(rests_on, report.pk)
    # A long one waits behind what a person stands and waits for.
    jobs.enqueue(printing.KIND, report.pk, by=by, identity=report.identity, bulk=KINDS[kind].is_long)
    log(by, "froze its inputs", report, inputs_sha256=report.inputs_sha256)
    return report


def subject_of(kind: str, subject: Identity | None, project: Project | None, by: User) -> Record | Project:
    """Return what a report of ``kind`` is of, or raise ValidationError where ``by`` may not see such a thing."""
    if kind not in KINDS:
        raise ValidationError({"kind": f"{kind!r} is no kind of report; there is: {', '.join(KINDS)}."})
    model = KINDS[kind].model
    if model is Project:
        if project is None or not Project.objects.visible_to(by).filter(pk=project.pk).exists():
            raise ValidationError({"subject": "Such a report is of a project: name one that you belong to."})
        return project
    if subject is None:
        raise ValidationError({"subject": "Say which record the report is of."})
    rows: RecordQuerySet = model._default_manager.all()  # type: ignore[assignment]  # every other kind is of a record
    record: Record | None = rows.visible_to(by).with_codes().filter(pk=subject.pk).first()
    if record is None or not KINDS[kind].takes(record):
        raise ValidationError({"subject": f"{subject.code} is no {KINDS[kind].noun}."})
    return record


@action
def keep_layout(*, kind: str, options: Mapping[str, Any], by: User) -> ReportLayout:
    """Make these options the lab's own for every report of a kind, in place of those that were."""
    if not may(by, "release"):
        raise ValidationError("Only a manager decides how the lab prints its reports.")
    if kind not in KINDS:
        raise ValidationError({"kind": f"{kind!r} is no kind of report; there is: {', '.join(KINDS)}."})
    chosen = judge_options(kind, options)
    told = {
        "sections": " ".join(chosen.get("sections", [])),
        "foreword": chosen.get("foreword", ""),
        "afterword": chosen.get("afterword", ""),
    }
    known = ReportLayout.objects.filter(kind=kind).with_codes().first()
    if known is None:
        return create_record(ReportLayout(kind=kind, **told), project=None, by=by, verb="laid out")
    for name, value in told.items():
        setattr(known, name, value)
    layout: ReportLayout = save_record(known, by=by, verb="laid out anew")
    return layout


def layout_of(kind: str) -> dict[str, Any]:
    """Return the lab's options for a kind of report; empty where nobody has chosen any."""
    known = ReportLayout.objects.filter(kind=kind).first()
    return known.options if known else {}
