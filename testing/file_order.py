"""Which files make up a test's dataset, and in what order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from testing.models import CellTest, Submission
from testing.tables import extends, scan

State, Way = Submission.State, Submission.Way


@dataclass(frozen=True)
class Span:
    """From when to when a file goes, in s of its own clock."""

    first_s: float
    last_s: float

    def overlaps(self, other: Span) -> bool:
        return self.first_s < other.last_s and other.first_s < self.last_s


def span_of(file: Submission) -> Span:
    """Return where a file that was read begins and ends."""
    if file.table is None:
        raise ValueError(f"{file.name} has not been read.")
    time_s = pl.col("test_time_second")
    row = scan(file.table).select(time_s.first(), last=time_s.last()).collect().row(0)
    return Span(float(row[0]), float(row[1]))


def files_of(test: CellTest) -> list[Submission]:
    """Return the files of the test's dataset in order, without those that were moved or set aside since."""
    current = test.datasets.filter(current=True).first()
    if current is None:
        return []
    places = current.places.select_related("submission__blob", "submission__table").order_by("order")
    return [
        p.submission for p in places if p.submission.test_id == test.pk and p.submission.state == State.READ
    ]


def in_order(before: Sequence[Submission], submission: Submission) -> list[Submission]:
    """Return the test's files with ``submission`` in its place; a longer export takes the shorter one's place.

    A file that adds nothing to the others is not in the answer.
    """
    kept: list[Submission] = []
    placed = False
    for file in before:
        if file.pk == submission.pk:
            continue
        if _takes_over(submission, file):
            if not placed:
                kept.append(submission)
            placed = True
        else:
            placed = placed or _takes_over(file, submission)
            kept.append(file)
    return sort(kept if placed else [*kept, submission])


def _takes_over(newer: Submission, older: Submission) -> bool:
    """Return whether ``newer`` holds all that ``older`` does.

    Live points and the instrument's own file of the same stretch are the same points twice: the one that reaches
    further stands, the file where both reach as far.
    """
    if newer.way == older.way == Way.LIVE:
        return newer.pk > older.pk
    if extends(newer.blob, older.blob):
        return True
    if Way.LIVE not in (newer.way, older.way):
        return False
    ours, theirs = span_of(newer), span_of(older)
    if not ours.overlaps(theirs):
        return False
    return ours.last_s > theirs.last_s or (ours.last_s == theirs.last_s and older.way == Way.LIVE)


def sort(files: Sequence[Submission]) -> list[Submission]:
    """Return files as people placed them, the others as their clocks say."""
    if len(files) < 2:
        return list(files)
    begins = {file.pk: _begins(file) for file in files}
    return sorted(files, key=lambda file: (file.place is None, file.place or 0, begins[file.pk]))


def _begins(file: Submission) -> tuple[float, float]:
    """Return when a file begins: by the wall clock where its own began anew, then by its own."""
    wall_s = file.started_at.timestamp() if file.follows_on and file.started_at else 0.0
    return wall_s, span_of(file).first_s


def rival_of(submission: Submission, before: Sequence[Submission]) -> Submission | None:
    """Return the file whose time ``submission`` shares although neither continues the other."""
    ours = span_of(submission)
    others = (file for file in before if file.pk != submission.pk)
    return next((file for file in others if span_of(file).overlaps(ours)), None)


def begins_anew(submission: Submission, before: Sequence[Submission]) -> bool:
    """Return whether a file's clock began again at 0 and wall clocks show that it follows all that is there.

    Without wall clocks on both sides nobody can tell, and a person is asked.
    """
    others = [file for file in before if file.pk != submission.pk]
    if submission.started_at is None or not others:
        return False
    for file in others:
        if file.started_at is None:
            return False
        # A start is when the clock showed 0; a later element of an experiment shares its experiment's.
        ended = file.started_at.timestamp() + span_of(file).last_s
        if submission.started_at.timestamp() < ended:
            return False
    last_s = max(span_of(file).last_s for file in others)
    return span_of(submission).first_s < last_s
