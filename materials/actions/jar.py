"""What happens to one jar: drawn from, returned to, spilled, weighed, thrown away."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from lims.audit import action, log
from lims.models import User
from lims.records import touch
from lims.units import mass_text
from materials.actions.count import append_count
from materials.actions.ledger import NOTHING, Despite, append_entry, lock_powders, take
from materials.models import CountEntry, Equipment, MassEntry, Powder, Use, count_text


@action
def draw_mass(
    *,
    powder: Powder,
    mass_ug: int,
    purpose: str,
    by: User,
    balance: Equipment | None = None,
    despite: Despite = NOTHING,
) -> MassEntry:
    """Take ``mass_ug`` out of ``powder``, or raise ValidationError if it holds less."""
    locked = lock_powders([powder])[powder.pk]
    use = take(
        locked,
        mass_ug,
        consumer=None,
        purpose=Use.Purpose.OTHER,
        purpose_text=purpose,
        balance=balance,
        by=by,
        despite=despite,
    )
    touch(locked)
    log(by, "drew", locked, mass=mass_text(mass_ug), purpose=purpose)
    entry = use.entries.get(kind=MassEntry.Kind.DRAWN)
    entry.powder = locked
    return entry


@action
def return_mass(*, use: Use, mass_ug: int, reason: str, by: User) -> MassEntry:
    """Put back some of what was drawn, at most as much; what went into a product is corrected there instead."""
    if use.consumer_id is not None:
        raise ValidationError(f"That draw went into {use.consumer}: correct its mass there.")
    locked = _lock_open(use.powder)
    out_ug = Use.objects.with_mass().get(pk=use.pk).mass_ug
    if mass_ug > out_ug:
        raise ValidationError(
            {
                "mass_ug": f"Only {mass_text(out_ug)} of that draw is out; {mass_text(mass_ug)} cannot come back."
            }
        )
    entry = append_entry(locked, MassEntry.Kind.RETURNED, mass_ug, by=by, use=use, reason=reason)
    touch(locked)
    log(by, "returned", locked, mass=mass_text(mass_ug), drawn_for=use.purpose_text, reason=reason)
    return entry


@action
def gain_mass(*, powder: Powder, mass_ug: int, reason: str, by: User) -> MassEntry:
    """Enter that a powder has become heavier in its jar, such as by moisture."""
    return _change(powder, MassEntry.Kind.GAINED, mass_ug, reason, by)


@action
def lose_mass(*, powder: Powder, mass_ug: int, reason: str, by: User) -> MassEntry:
    """Enter that some of a powder is gone for nothing: spilled, left on the wall."""
    return _change(powder, MassEntry.Kind.LOST, -mass_ug, reason, by)


def _change(powder: Powder, kind: MassEntry.Kind, change_ug: int, reason: str, by: User) -> MassEntry:
    if not reason.strip():
        # A gain or loss without a reason is the making process's own.
        raise ValidationError({"reason": "A gain or loss in the jar needs its reason."})
    locked = _lock_open(powder)
    entry = append_entry(locked, kind, change_ug, by=by, reason=reason)
    touch(locked)
    log(by, kind.label.lower(), locked, mass=mass_text(abs(change_ug)), reason=reason)
    return entry


def _lock_open(powder: Powder) -> Powder:
    """Lock a powder that is open: what was finished is opened again before its book is written on."""
    locked = lock_powders([powder])[powder.pk]
    if locked.state != Powder.State.OPEN:
        raise ValidationError(
            f"{locked.code} is {locked.get_state_display().lower()}: open it again first if there is some of it."
        )
    return locked


@action
def adjust_mass(*, powder: Powder, mass_ug: int, reason: str, by: User) -> MassEntry:
    """Say that ``powder`` holds ``mass_ug``, whatever the book says; the difference is entered with its reason."""
    if not reason.strip():
        raise ValidationError({"reason": "A correction needs its reason."})
    locked = _lock_open(powder)
    before_ug = locked.balance_now_ug()
    if mass_ug == before_ug:
        raise ValidationError({"mass_ug": f"{mass_text(mass_ug)} is what the book says already."})
    entry = append_entry(locked, MassEntry.Kind.ADJUSTED, mass_ug - before_ug, by=by, reason=reason)
    touch(locked)
    log(by, "adjusted", locked, reason=reason, left=[mass_text(before_ug), mass_text(mass_ug)])
    return entry


@action
def weigh_jar(
    *,
    powder: Powder,
    gross_ug: int,
    by: User,
    balance: Equipment | None = None,
    tare_ug: int | None = None,
    reason: str = "",
) -> Powder:
    """Weigh the jar as it stands and let the book follow: what it holds is the gross mass less its tare.

    ``tare_ug`` is kept for the next time. A jar that weighs what the book says changes nothing but the log.
    """
    locked = _lock_open(powder)
    if locked.counted_in:
        raise ValidationError(
            {"gross_ug": f"{locked.code} is counted in {locked.get_counted_in_display()} and has no mass."}
        )
    tare_ug = _judge_tare(locked, tare_ug, gross_ug)
    if tare_ug != locked.container_tare_ug:
        log(
            by,
            "stated the tare",
            locked,
            tare=[locked.container_tare_ug and mass_text(locked.container_tare_ug), mass_text(tare_ug)],
        )
        Powder.objects.filter(pk=locked.pk).update(container_tare_ug=tare_ug)
        locked.container_tare_ug = tare_ug
    before_ug, after_ug = locked.balance_now_ug(), gross_ug - tare_ug
    weighed = f"jar weighed: {mass_text(gross_ug)} gross, tare {mass_text(tare_ug)}"
    if balance is not None:
        weighed += f", on {balance.code}"
    if reason.strip():
        weighed += f"; {reason.strip()}"
    if after_ug != before_ug:
        append_entry(
            locked, MassEntry.Kind.ADJUSTED, after_ug - before_ug, by=by, reason=weighed, field="gross_ug"
        )
    touch(locked)
    log(by, "weighed the jar", locked, reason=weighed, left=[mass_text(before_ug), mass_text(after_ug)])
    return locked


def _judge_tare(locked: Powder, tare_ug: int | None, gross_ug: int) -> int:
    """Return the tare that was typed or is known, if the jar can weigh ``gross_ug`` with it."""
    known_ug = locked.container_tare_ug if tare_ug is None else tare_ug
    if known_ug is None:
        raise ValidationError(
            {"tare_ug": f"The tare of {locked.code} is not known: enter what its container weighs."}
        )
    if known_ug <= 0:
        raise ValidationError({"tare_ug": f"A container weighs more than {mass_text(known_ug)}."})
    if gross_ug < known_ug:
        raise ValidationError(
            {"gross_ug": f"{mass_text(gross_ug)} is less than the empty container's {mass_text(known_ug)}."}
        )
    return known_ug


@action
def dispose(*, powder: Powder, reason: str, by: User) -> Powder:
    """Throw away what is left, and close the powder."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is thrown away."})
    locked = lock_powders([powder])[powder.pk]
    if locked.state != Powder.State.OPEN:
        raise ValidationError(f"{locked.code} is {locked.get_state_display().lower()} already.")
    if locked.counted_in:
        left = locked.count_now_milli()
        told = count_text(left, locked.counted_in)
        if left:
            append_count(locked, CountEntry.Kind.DISPOSED, -left, by=by, reason=reason)
    else:
        left = locked.balance_now_ug()
        told = mass_text(left)
        if left:
            append_entry(locked, MassEntry.Kind.DISPOSED, -left, by=by, reason=reason)
    close(locked)
    log(by, "disposed of", locked, reason=reason, left=told)
    return locked


def close(locked: Powder) -> None:
    """Finish a locked powder: nothing can be drawn from it until it is opened again."""
    Powder.objects.filter(pk=locked.pk).update(state=Powder.State.FINISHED)
    locked.state = Powder.State.FINISHED
    touch(locked)


@action
def reopen(*, powder: Powder, reason: str, by: User) -> Powder:
    """Open a finished powder again, because there is some of it after all."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is opened again."})
    locked = lock_powders([powder])[powder.pk]
    if locked.state != Powder.State.FINISHED:
        raise ValidationError(f"{locked.code} is open already.")
    Powder.objects.filter(pk=locked.pk).update(state=Powder.State.OPEN)
    locked.state = Powder.State.OPEN
    touch(locked)
    log(by, "reopened", locked, reason=reason)
    return locked
