"""From a draft to a released report: who stands for it, as what; a released one never changes."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError

from lims import jobs
from lims.accounts import confirm_person
from lims.audit import action, log
from lims.models import User
from lims.permissions import may
from lims.records import touch
from testing.models import Report, Signature
from testing.reporting import printing


@action
def submit_report(*, report: Report, password: str, by: User, remark: str = "") -> Report:
    """Sign a draft as its author and hand it to review."""
    locked = _lock(report)
    _judge_move(locked, Report.Standing.IN_REVIEW)
    _judge_holds(locked)
    _sign(locked, Signature.Meaning.AUTHOR, password, by, remark)
    return _move(locked, Report.Standing.IN_REVIEW, by)


@action
def review_report(*, report: Report, password: str, by: User, remark: str = "") -> Report:
    """Sign a report in review as one who has checked it."""
    locked = _lock(report)
    if locked.standing != Report.Standing.IN_REVIEW:
        raise ValidationError(
            f"{locked.code} is {locked.get_standing_display().lower()}: only what is in review is reviewed."
        )
    _judge_holds(locked)
    _judge_other_eyes(locked, by)
    _sign(locked, Signature.Meaning.REVIEWER, password, by, remark)
    touch(locked)
    return locked


@action
def return_report(*, report: Report, reason: str, by: User) -> Report:
    """Hand a report in review back to its author; the signatures of this round count no more."""
    locked = _lock(report)
    _judge_move(locked, Report.Standing.DRAFT)
    if not reason.strip():
        raise ValidationError({"reason": "Say what the author should look at."})
    locked.round += 1
    return _move(locked, Report.Standing.DRAFT, by, reason=reason)


@action
def release_report(*, report: Report, password: str, by: User, remark: str = "") -> Report:
    """Sign a report as its approver and release it: it is printed once more, with its signatures, and then stays.

    Whatever was released of the same subject before is superseded by it.
    """
    locked = _lock(report)
    _judge_move(locked, Report.Standing.RELEASED)
    if not may(by, "release"):
        raise ValidationError("Only a manager releases a report.")
    _judge_holds(locked)
    _judge_other_eyes(locked, by)
    _sign(locked, Signature.Meaning.APPROVER, password, by, remark)
    earlier = Report.objects.released().filter(kind=locked.kind, subject=locked.subject)
    for before in earlier.filter(identity__project=locked.project).select_for_update(of=("self",)):
        before.standing, before.superseded_by = Report.Standing.SUPERSEDED, locked
        before.save(update_fields=["standing", "superseded_by"])
        log(by, "superseded", before, by=locked.code)
    # The draft's PDF says that it is one; the released one takes its place.
    locked.pdf, locked.pdf_sha256, locked.state = None, "", Report.State.QUEUED
    _move(locked, Report.Standing.RELEASED, by)
    jobs.enqueue(printing.KIND, locked.pk, by=by, identity=locked.identity)
    return locked


def _lock(report: Report) -> Report:
    # With it in hand no correction can make it stale between the judgement and the signature.
    found: Report = Report.objects.with_codes().select_for_update(of=("self",)).get(pk=report.pk)
    return found


def _judge_move(report: Report, standing: Report.Standing) -> None:
    if standing not in Report.MOVES[report.standing]:
        raise ValidationError(
            f"{report.code} is {report.get_standing_display().lower()} and cannot become "
            f"{standing.label.lower()} now."
        )


def _judge_holds(report: Report) -> None:
    if report.state == Report.State.FAILED:
        raise ValidationError(f"{report.code} could not be printed: {report.reason}")
    if report.stale:
        raise ValidationError(
            f"Something that {report.code} rests on has been corrected since it was frozen. "
            "Ask for a new report and sign that one."
        )


def _judge_other_eyes(report: Report, by: User) -> None:
    """Four eyes: who wrote it neither reviews nor releases it, unless the lab's settings say otherwise."""
    signed = report.signatures.filter(round=report.round, meaning=Signature.Meaning.AUTHOR)
    if settings.RELEASE_NEEDS_TWO and signed.filter(by=by).exists():
        raise ValidationError(
            f"You signed {report.code} as its author; somebody else reviews and releases it."
        )


def _sign(report: Report, meaning: Signature.Meaning, password: str, by: User, remark: str) -> None:
    confirm_person(by, password)
    signature = Signature(
        report=report,
        round=report.round,
        meaning=meaning,
        by=by,
        name=by.display_name,
        role="Administrator" if by.is_superuser else by.get_role_display(),
        remark=remark.strip(),
        inputs_sha256=report.inputs_sha256,
    )
    signature.full_clean()
    signature.save(force_insert=True)
    log(by, f"signed as {meaning.label.lower()}", report, inputs_sha256=report.inputs_sha256, remark=remark)


def _move(report: Report, standing: Report.Standing, by: User, reason: str = "") -> Report:
    before = report.get_standing_display()
    report.standing = standing
    report.version += 1
    report.full_clean(exclude=["identity"])
    report.save()
    log(by, "moved", report, reason=reason, standing=[before, standing.label])
    return report
