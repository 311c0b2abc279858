"""When a file's first point was measured: from what the file says, by the clock of its instrument."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import Q

from testing.calc.clock import UNREADABLE, Moment, read_local, to_utc
from testing.models import ClockOffset, Instrument, Submission

# By these names readers hand on the text of a start; the first that is there counts.
NAMED = ("started_at", "started_at_local", "start_time")


def note_start(submission: Submission) -> None:
    """Set when the file started, or the question that has to be asked; a person's own answer stays."""
    if submission.started_at is not None and not submission.start_question:
        return
    text = next((str(submission.metadata[name]) for name in NAMED if submission.metadata.get(name)), "")
    submission.started_text = text[:60]
    if not text:
        return
    moment = start_of(text, submission.instrument)
    submission.started_at, submission.start_question = moment.at, moment.question


def start_of(text: str, instrument: Instrument | None) -> Moment:
    """Return the moment that a text means; without an instrument only one with a zone of its own means any."""
    local = read_local(text, day_order=instrument.day_order if instrument else "")
    if local is None:
        return Moment(None, UNREADABLE)
    if instrument is None:
        return Moment(local.astimezone(UTC)) if local.tzinfo else Moment(None)
    # The offset that held then; an hour more or less of zone does not change which one that is.
    near = to_utc(local, instrument.time_zone)
    about = near.at or near.candidates[0]
    return to_utc(local, instrument.time_zone, offset_s=offset_at(instrument, about))


def candidates_of(submission: Submission) -> tuple[datetime, ...]:
    """Return the moments between which a person has to choose."""
    if not submission.started_text:
        return ()
    return start_of(submission.started_text, submission.instrument).candidates


def offset_at(instrument: Instrument, moment: datetime) -> float:
    """Return how far the instrument's clock was ahead then, in s; 0 where nobody has said."""
    held = Q(begins_at__lte=moment) & (Q(ends_at=None) | Q(ends_at__gt=moment))
    stated = ClockOffset.objects.filter(held, instrument=instrument).first()
    return stated.offset_s if stated else 0.0
