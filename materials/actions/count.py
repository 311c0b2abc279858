"""Counting: foils, gases, solutions and precursors come in and are used in their own unit."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError

from lims.audit import action, log
from lims.models import Identity, User
from lims.records import touch
from materials.actions.ledger import NOTHING, Despite, judge_open, lock_powders, open_use
from materials.models import CountEntry, Powder, Use, count_text
from materials.models.counted import MILLI, WHOLE_UNITS

# A million of anything is more than a shelf holds; sums stay inside 64 bits.
MAX_COUNT_MILLI = 1_000_000 * MILLI


def append_count(
    powder: Powder,
    kind: CountEntry.Kind,
    change_milli: int,
    *,
    by: User,
    use: Use | None = None,
    reason: str = "",
    field: str = "count_milli",
) -> CountEntry:
    """Write the next count of a lot that the caller has locked, or raise ValidationError on ``field``."""
    _judge_counted(powder, field)
    if powder.counted_in in WHOLE_UNITS and change_milli % MILLI:
        raise ValidationError(
            {field: f"{powder.code} is counted in whole {powder.get_counted_in_display()}."}
        )
    newest = powder.counts.order_by("-seq").first()
    balance = newest.balance_after_milli if newest else 0
    if abs(change_milli) > MAX_COUNT_MILLI or balance + change_milli > MAX_COUNT_MILLI:
        raise ValidationError({field: f"{count_text(abs(change_milli), powder.counted_in)} is too many."})
    if balance + change_milli < 0:
        raise ValidationError({field: _short(powder, balance, -change_milli)})
    entry = CountEntry(
        powder=powder,
        seq=(newest.seq if newest else 0) + 1,
        kind=kind,
        change_milli=change_milli,
        balance_after_milli=balance + change_milli,
        use=use,
        reason=reason,
        by=by,
    )
    entry.full_clean()
    entry.save(force_insert=True)
    return entry


def _judge_counted(powder: Powder, field: str) -> None:
    if not powder.counted_in:
        raise ValidationError({field: f"{powder.code} is weighed, not counted."})


def _short(powder: Powder, balance_milli: int, wanted_milli: int) -> str:
    holds, wanted = (count_text(milli, powder.counted_in) for milli in (balance_milli, wanted_milli))
    return f"{powder.code} holds only {holds}; {wanted} cannot be taken."


def take_count(
    powder: Powder,
    count_milli: int,
    *,
    consumer: Identity | None,
    purpose: Use.Purpose,
    by: User,
    purpose_text: str = "",
    field: str = "count_milli",
    performed_at: datetime | None = None,
    despite: Despite = NOTHING,
) -> Use:
    """Take ``count_milli`` thousandths of the unit of a locked lot into ``consumer``; judged as `take` judges."""
    _judge_counted(powder, field)
    if count_milli <= 0:
        raise ValidationError({field: "What is taken is above 0."})
    use = open_use(
        powder, consumer=consumer, purpose=purpose, by=by, purpose_text=purpose_text, field=field,
        performed_at=performed_at, despite=despite,
    )  # fmt: skip
    balance = powder.count_now_milli()
    if count_milli > balance:
        if not despite.book_reason.strip():
            raise ValidationError(
                {
                    field: _short(powder, balance, count_milli),
                    "book_reason": f"If {powder.code} does hold it, say why the book is wrong: "
                    "it is corrected and the draw goes on.",
                }
            )
        append_count(
            powder,
            CountEntry.Kind.ADJUSTED,
            count_milli - balance,
            by=by,
            reason=despite.book_reason.strip(),
            field=field,
        )
    append_count(powder, CountEntry.Kind.USED, -count_milli, by=by, use=use, field=field)
    return use


@action
def use_count(
    *, powder: Powder, count_milli: int, purpose: str, by: User, despite: Despite = NOTHING
) -> CountEntry:
    """Take some of a counted lot for what is no run or cell, or raise ValidationError if it holds less."""
    if not purpose.strip():
        raise ValidationError({"purpose": "Say what it is taken for."})
    locked = lock_powders([powder])[powder.pk]
    use = take_count(
        locked, count_milli, consumer=None, purpose=Use.Purpose.OTHER, purpose_text=purpose, by=by, despite=despite
    )  # fmt: skip
    touch(locked)
    log(by, "used", locked, count=count_text(count_milli, locked.counted_in), purpose=purpose)
    entry = use.counts.get()
    entry.powder = locked
    return entry


@action
def adjust_count(*, powder: Powder, count_milli: int, reason: str, by: User) -> CountEntry:
    """Say that a counted lot holds ``count_milli`` thousandths of its unit, whatever the book says."""
    if not reason.strip():
        raise ValidationError({"reason": "A correction needs its reason."})
    locked = lock_powders([powder])[powder.pk]
    judge_open(locked, "count_milli")
    _judge_counted(locked, "count_milli")
    if count_milli < 0:
        raise ValidationError({"count_milli": f"{locked.code} cannot hold less than nothing."})
    before = locked.count_now_milli()
    if count_milli == before:
        raise ValidationError(
            {"count_milli": f"{count_text(before, locked.counted_in)} is what the book says already."}
        )
    entry = append_count(locked, CountEntry.Kind.ADJUSTED, count_milli - before, by=by, reason=reason)
    touch(locked)
    told = [count_text(milli, locked.counted_in) for milli in (before, count_milli)]
    log(by, "counted", locked, reason=reason, left=told)
    return entry
