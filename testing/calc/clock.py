"""From an instrument's clock to UTC: its zone, its offset, and the hours that summer time skips or repeats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

AMBIGUOUS, NONEXISTENT, UNREADABLE = "ambiguous", "nonexistent", "unreadable"


@dataclass(frozen=True)
class Moment:
    """A moment in UTC, or the question that has to be asked first and the moments that could be meant."""

    at: datetime | None
    question: str = ""
    candidates: tuple[datetime, ...] = ()


def to_utc(local: datetime, zone: str, *, offset_s: float = 0.0) -> Moment:
    """Return when an instrument's local time was.

    local      As the instrument wrote it; with a zone of its own it is taken at its word.
    zone       IANA name of the zone that the instrument's clock shows.
    offset_s   The clock less the true time, in s: above 0 where it is ahead.
    An hour that came twice and one that never was are not guessed: the answer holds the question.

    >>> to_utc(datetime(2024, 10, 27, 2, 30), "Europe/Oslo").question
    'ambiguous'
    >>> to_utc(datetime(2024, 3, 31, 2, 30), "Europe/Oslo").question
    'nonexistent'
    >>> to_utc(datetime(2024, 6, 1, 12, 0), "Europe/Oslo", offset_s=90).at.isoformat()
    '2024-06-01T09:58:30+00:00'
    """
    late = timedelta(seconds=offset_s)
    if local.tzinfo is not None:
        return Moment(local.astimezone(UTC) - late)
    there = ZoneInfo(zone)
    first, second = (local.replace(tzinfo=there, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return Moment(first - late)
    candidates = (min(first, second) - late, max(first, second) - late)
    # Clocks put forward skip an hour: no moment in UTC shows it there.
    skipped = first.astimezone(there).replace(tzinfo=None) != local
    return Moment(None, NONEXISTENT if skipped else AMBIGUOUS, candidates)


def read_local(text: str, *, day_order: str = "") -> datetime | None:
    """Return a time as instruments write it, or None where it cannot be read one way only.

    day_order   ``day_first`` or ``month_first`` for days such as 03/04/2024; empty leaves them unread.

    >>> read_local("2020-03-04T12:34:56"), read_local("03/04/2024 10:00:00")
    (datetime.datetime(2020, 3, 4, 12, 34, 56), None)
    >>> read_local("03/04/2024 10:00:00", day_order="day_first").month, read_local("27/04/2024 10:00:00").day
    (4, 27)
    """
    plain = " ".join(text.split())
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        pass
    found = {order: _parsed(plain, order) for order in ("day_first", "month_first")}
    readings = {moment for moment in found.values() if moment is not None}
    if len(readings) == 1:
        return readings.pop()
    return found.get(day_order)


def _parsed(text: str, order: str) -> datetime | None:
    day = ("%d{0}%m{0}%Y", "%d{0}%m{0}%y") if order == "day_first" else ("%m{0}%d{0}%Y", "%m{0}%d{0}%y")
    for mark in "/.-":
        for spelled in day:
            for clock in ("%H:%M:%S.%f", "%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p"):
                try:
                    return datetime.strptime(text, f"{spelled.format(mark)} {clock}")  # noqa: DTZ007 - local by nature
                except ValueError:
                    continue
    return None
