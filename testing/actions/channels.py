"""Who holds a channel: assigning it to a test, keeping it for a cell, giving it back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from cells.models import Cell
from lims.audit import action, log
from lims.models import User
from testing.models import CellTest, Channel, ChannelInterval
from testing.models.channels import ChannelIntervalQuerySet

Kind = ChannelInterval.Kind


@action
def assign_channel(
    *,
    channel: Channel,
    test: CellTest,
    by: User,
    begins_at: datetime,
    ends_at: datetime | None = None,
    expected_end_at: datetime | None = None,
) -> ChannelInterval:
    """Say that ``test`` holds ``channel`` from ``begins_at``; raises ValidationError where somebody else does.

    What is expected of a test binds as well: nobody plans 42 days over another's reservation without being told.
    """
    _lock(channel)
    held_until = ends_at or expected_end_at
    other = _intervals(channel).assigned().overlapping(begins_at, ends_at).first()
    if other is not None:
        raise ValidationError({"channel": f"{channel} is held by {told(other)}."})
    # Without an expected end only what is reserved for now is in the way.
    now = begins_at + timedelta(microseconds=1)
    kept = _intervals(channel).reserved().overlapping(begins_at, held_until or now)
    reservation = kept.exclude(cell=test.cell).first()
    if reservation is not None:
        raise ValidationError(
            {
                "channel": f"{channel} is reserved: {told(reservation)}. Take another channel, or withdraw the "
                "reservation on the calendar."
            }
        )
    interval = _save(
        ChannelInterval(
            channel=channel, kind=Kind.ASSIGNED, test=test, cell=test.cell, begins_at=begins_at, ends_at=ends_at,
            expected_end_at=expected_end_at, entered_by=by,
        )
    )  # fmt: skip
    log(
        by, "took a channel", test, channel=str(channel), begins_at=begins_at, expected_end_at=expected_end_at
    )
    return interval


@action
def release_channel(*, test: CellTest, by: User, ends_at: datetime | None = None) -> None:
    """Say that ``test`` holds its channel no longer, from ``ends_at`` or from now on."""
    interval = (
        ChannelInterval.objects.select_for_update(of=("self",)).with_names().filter(test=test, ends_at=None)
    ).first()
    if interval is None:
        return
    moment = ends_at or timezone.now()
    if moment <= interval.begins_at:
        if ends_at is not None:
            raise ValidationError(
                {"ended_at": f"{test.code} began at {interval.begins_at:%Y-%m-%d %H:%M}; it ends after that."}
            )
        # Entered a moment ahead of the server's clock and ended at once: it never held the channel.
        interval.delete()
    else:
        interval.ends_at = moment
        interval.save(update_fields=["ends_at"])
    log(by, "gave a channel back", test, channel=str(interval.channel), ends_at=moment)


@action
def reserve_channel(
    *,
    channel: Channel,
    begins_at: datetime,
    ends_at: datetime,
    by: User,
    cell: Cell | None = None,
    purpose: str = "",
) -> ChannelInterval:
    """Keep ``channel`` for a cell or a purpose during [begins_at, ends_at), or raise ValidationError."""
    _lock(channel)
    if cell is None and not purpose.strip():
        raise ValidationError({"purpose": "Say which cell or what for the channel is reserved."})
    if ends_at <= begins_at:
        raise ValidationError({"ends_at": "A reservation ends after it begins."})
    if ends_at <= timezone.now():
        raise ValidationError(
            {"ends_at": f"{ends_at:%Y-%m-%d %H:%M} is past: only what lies ahead is reserved."}
        )
    same = _intervals(channel).reserved().overlapping(begins_at, ends_at).first()
    if same is not None:
        raise ValidationError({"channel": f"{channel} is reserved already: {told(same)}."})
    running = _intervals(channel).assigned().filter(_holds(begins_at), begins_at__lt=ends_at).first()
    if running is not None and (cell is None or running.cell_id != cell.pk):
        raise ValidationError({"channel": f"{channel} is held by {told(running)}."})
    interval = _save(
        ChannelInterval(
            channel=channel, kind=Kind.RESERVED, cell=cell, purpose=purpose.strip(), begins_at=begins_at,
            ends_at=ends_at, entered_by=by,
        )
    )  # fmt: skip
    log(
        by, "reserved a channel", channel.instrument, channel=channel.name, cell=cell.code if cell else "",
        purpose=purpose.strip(), begins_at=begins_at, ends_at=ends_at,
    )  # fmt: skip
    return interval


def _holds(moment: datetime) -> Q:
    """Return which assignments still hold their channel at ``moment``, as far as is known: open ones for ever."""
    known = Q(ends_at__gt=moment)
    open_ended = Q(ends_at=None, expected_end_at=None)
    return known | open_ended | Q(ends_at=None, expected_end_at__gt=moment)


@action
def withdraw_reservation(*, reservation: ChannelInterval, by: User, reason: str) -> None:
    """Give a reservation up; what it was stands in the instrument's log."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why the reservation is withdrawn."})
    locked = ChannelInterval.objects.select_for_update(of=("self",)).with_names().get(pk=reservation.pk)
    if locked.kind != Kind.RESERVED:
        raise ValidationError(f"{locked} is no reservation: end its test instead.")
    log(
        by, "withdrew a reservation", locked.channel.instrument, reason=reason, channel=locked.channel.name,
        what=told(locked),
    )  # fmt: skip
    locked.delete()


def _lock(channel: Channel) -> None:
    # SQLite has no exclusion constraint, and on PostgreSQL its sentence would be the database's.
    Channel.objects.select_for_update().get(pk=channel.pk)


def _intervals(channel: Channel) -> ChannelIntervalQuerySet:
    return ChannelInterval.objects.filter(channel=channel).with_names()


def _save(interval: ChannelInterval) -> ChannelInterval:
    interval.full_clean()
    interval.save(force_insert=True)
    return interval


def told(interval: ChannelInterval) -> str:
    """Return an interval as a sentence's part: who holds it, and from when to when."""
    local = timezone.localtime
    begins = f"{local(interval.begins_at):%Y-%m-%d %H:%M}"
    until = interval.held_until
    end = f"to {local(until):%Y-%m-%d %H:%M}" if until else "with no end stated"
    what = interval.test.code if interval.test else interval.cell.code if interval.cell else interval.purpose
    more = f" ({interval.purpose})" if interval.cell and interval.purpose else ""
    who = f" by {interval.entered_by.display_name}" if interval.kind == Kind.RESERVED else ""
    return f"{what}{more} from {begins} {end}{who}"
