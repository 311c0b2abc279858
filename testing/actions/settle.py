"""What people decide about files: which of two stands, whose they are, in what order, and when they began."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError

from lims import jobs, registry
from lims.audit import action, log
from lims.models import User
from testing.ingest import KIND, REMAKE
from testing.models import CellTest, ChannelInterval, Submission
from testing.starts import candidates_of

State = Submission.State
KEEP_OLD, KEEP_NEW, FOLLOWS = "keep_old", "keep_new", "follows"
DECISIONS = {
    KEEP_OLD: "The file that is there stands; this one is set aside",
    KEEP_NEW: "This file stands; the one that is there is set aside",
    FOLLOWS: "Both are right: this one comes after it, its clock began anew",
}


@action
def settle_conflict(*, submission: Submission, decision: str, by: User, reason: str = "") -> Submission:
    """Decide between two files that cover the same time of one test; nothing of either is thrown away."""
    locked = _locked(submission)
    other = locked.conflict_with
    if locked.state != State.CONFLICT or other is None or locked.test is None:
        raise ValidationError(f"{locked.name} is in no conflict.")
    if decision not in DECISIONS:
        raise ValidationError({"decision": f"Decide {', '.join(DECISIONS)}."})
    if decision == KEEP_OLD:
        _set_aside(locked, f"Set aside by {by.display_name}: {other.name} stands for {locked.test.code}.")
    elif decision == KEEP_NEW:
        rival = _locked(other)
        _set_aside(rival, f"Set aside by {by.display_name}: {locked.name} stands for {locked.test.code}.")
        _read_again(locked, by)
    else:
        locked.follows_on = True
        _read_again(locked, by)
    log(
        by, "settled a conflict", locked.test, reason=reason, file=locked.name, against=other.name,
        decision=DECISIONS[decision],
    )  # fmt: skip
    return locked


def _set_aside(file: Submission, why: str) -> None:
    file.state, file.reason, file.conflict_with = State.PARKED, why, None
    file.save(update_fields=["state", "reason", "conflict_with"])


def _read_again(file: Submission, by: User) -> None:
    file.state, file.reason, file.conflict_with = State.RECEIVED, "", None
    file.save(update_fields=["state", "reason", "conflict_with", "follows_on", "test", "place"])
    jobs.enqueue(KIND, file.pk, by=by, identity=file.test.identity if file.test else None)


def _locked(submission: Submission) -> Submission:
    return Submission.objects.select_for_update(of=("self",)).with_names().get(pk=submission.pk)


@action
def move_file(*, submission: Submission, test: CellTest, by: User, reason: str) -> Submission:
    """Say that a file was measured in another test: both are computed anew, and the log keeps both (DOMAIN E12)."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why the file is moved."})
    locked = _locked(submission)
    before = locked.test
    if before is None or locked.state != State.READ:
        raise ValidationError(f"{locked.name} is in no test yet: assign it.")
    if before.pk == test.pk:
        raise ValidationError({"test": f"{locked.name} is in {test.code} already."})
    _judge_place(locked, test)
    locked.test, locked.follows_on, locked.place = test, False, None
    locked.spectra.all().delete()
    _read_again(locked, by)
    jobs.enqueue(REMAKE, before.pk, by=by, identity=before.identity)
    for one, verb in ((before, "lost a file"), (test, "was given a file")):
        log(by, verb, one, reason=reason, file=locked.name, moved=[before.code, test.code])
    registry.facts_changed({before.cell_id, test.cell_id})
    return locked


def _judge_place(file: Submission, test: CellTest) -> None:
    if test.project is None or test.project.pk != file.project_id:
        raise ValidationError({"test": f"{test.code} belongs to another project than {file.name}."})
    if Submission.objects.filter(blob=file.blob_id, test=test).exclude(pk=file.pk).exists():
        raise ValidationError({"test": f"{test.code} has this file already."})


@action
def move_interval(*, interval: ChannelInterval, test: CellTest, by: User, reason: str) -> ChannelInterval:
    """Say that another test hung on a channel in that time: its files of that time go along (DOMAIN E12)."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is moved."})
    locked = ChannelInterval.objects.select_for_update(of=("self",)).with_names().get(pk=interval.pk)
    before = locked.test
    if before is None:
        raise ValidationError(f"{locked} is a reservation: withdraw it and reserve again.")
    if before.pk == test.pk:
        raise ValidationError({"test": f"{test.code} holds it already."})
    if test.project is None or before.project is None or test.project.pk != before.project.pk:
        raise ValidationError({"test": f"{test.code} belongs to another project than {before.code}."})
    if locked.ends_at is None and test.channel_id not in (None, locked.channel_id):
        raise ValidationError({"test": f"{test.code} hangs on {test.channel} now: end it there first."})
    _hang_over(locked, before, test)
    files = _files_of_interval(locked, before)
    for file in files:
        move_file(submission=file, test=test, by=by, reason=reason)
    for one in (before, test):
        log(
            by, "moved a time on a channel", one, reason=reason, channel=str(locked.channel),
            moved=[before.code, test.code], files=len(files),
        )  # fmt: skip
    return locked


def _hang_over(interval: ChannelInterval, before: CellTest, test: CellTest) -> None:
    """Put the other test in the interval's place; an open interval carries the channel with it."""
    if interval.ends_at is None:
        CellTest.objects.filter(pk=before.pk).update(channel=None)
        CellTest.objects.filter(pk=test.pk).update(channel=interval.channel)
    interval.test, interval.cell = test, test.cell
    interval.save(update_fields=["test", "cell"])


def _files_of_interval(interval: ChannelInterval, before: CellTest) -> list[Submission]:
    """Return the old test's files that came by this channel and belong to this time."""
    files = Submission.objects.filter(test=before, channel=interval.channel, state=State.READ).with_names()

    def within(file: Submission) -> bool:
        moment = file.started_at or file.received_at
        return moment >= interval.begins_at and (interval.ends_at is None or moment < interval.ends_at)

    return [file for file in files if within(file)]


@action
def order_files(
    *, test: CellTest, files: Sequence[Submission], by: User, follows: Sequence[int] = ()
) -> CellTest:
    """Say in which order a test's files come; ``follows`` are those whose clock began anew."""
    mine = {file.pk: file for file in test.submissions.filter(state=State.READ)}
    if {file.pk for file in files} != set(mine) or len(files) != len(mine):
        raise ValidationError(f"Name each file of {test.code} that was read, once: it has {len(mine)}.")
    for place, file in enumerate(files, start=1):
        continues = file.pk in follows and place > 1
        Submission.objects.filter(pk=file.pk).update(place=place, follows_on=continues)
    jobs.enqueue(REMAKE, test.pk, by=by, identity=test.identity)
    log(by, "put files in order", test, order="; ".join(file.name for file in files))
    return test


@action
def answer_start(*, submission: Submission, started_at: datetime, by: User) -> Submission:
    """Say when a file began whose clock leaves that open: an hour that came twice, or never was."""
    locked = _locked(submission)
    offered = candidates_of(locked)
    if locked.start_question == Submission.StartQuestion.AMBIGUOUS and started_at not in offered:
        told = " or ".join(f"{moment:%Y-%m-%d %H:%M} UTC" for moment in offered)
        raise ValidationError({"started_at": f"{locked.started_text} was {told}."})
    before = locked.started_at
    locked.started_at, locked.start_question = started_at, Submission.StartQuestion.NONE
    locked.save(update_fields=["started_at", "start_question"])
    log(
        by, "said when a file began", locked.test or locked.name, file=locked.name, text=locked.started_text,
        started_at=[before, started_at],
    )  # fmt: skip
    if locked.test is None and locked.state == State.UNASSIGNED:
        _read_again(locked, by)
    return locked
