"""Mass in and out: the only code that writes ledger entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from lims import suspicion
from lims.models import Identity, User
from lims.units import MAX_MASS_UG, mass_text
from materials.models import DrawReview, Equipment, Hold, MassEntry, Powder, Use


@dataclass(frozen=True)
class Despite:
    """Why a draw goes on although something speaks against it, in the words of who draws.

    lot_reason   The powder is on hold, expired or suspect: a manager looks at the draw later.
    book_reason  The book says that less is left: it is corrected and the draw goes on, in one transaction.
    """

    lot_reason: str = ""
    book_reason: str = ""


NOTHING = Despite()


def lock_powders(powders: Iterable[Powder]) -> dict[int, Powder]:
    """Lock these powders until the transaction ends, in the order of their ids so that nobody deadlocks.

    Their identities are locked with them, so that whoever marks one as suspect waits for what is being drawn. Others
    may still refer to both: whoever writes the log refers to identities while everybody waits for the log.
    """
    keys = sorted({powder.pk for powder in powders})
    rows = Powder.objects.filter(pk__in=keys).order_by("pk")
    locked = rows.select_for_update(of=("self", "identity"), no_key=True)
    return {powder.pk: powder for powder in locked.select_related("identity__project", "material")}


def append_entry(
    powder: Powder,
    kind: MassEntry.Kind,
    change_ug: int,
    *,
    by: User,
    use: Use | None = None,
    reason: str = "",
    field: str = "mass_ug",
) -> MassEntry:
    """Write the next entry of a powder that the caller has locked, or raise ValidationError on ``field``."""
    if powder.counted_in:
        raise ValidationError(
            {field: f"{powder.code} is counted in {powder.get_counted_in_display()} and has no mass."}
        )
    newest = powder.entries.order_by("-seq").first()
    balance_ug = newest.balance_after_ug if newest else 0
    if abs(change_ug) > MAX_MASS_UG or balance_ug + change_ug > MAX_MASS_UG:
        raise ValidationError({field: f"{mass_text(abs(change_ug))} is more than a container holds."})
    if balance_ug + change_ug < 0:
        raise ValidationError(
            {
                field: f"{powder.code} holds only {mass_text(balance_ug)}; {mass_text(-change_ug)} cannot be taken."
            }
        )
    entry = MassEntry(
        powder=powder,
        seq=(newest.seq if newest else 0) + 1,
        kind=kind,
        change_ug=change_ug,
        balance_after_ug=balance_ug + change_ug,
        use=use,
        reason=reason,
        by=by,
    )
    # The powder is locked, so nobody can take its next place; the use and the person were read in this transaction.
    entry.full_clean(exclude=["powder", "use", "by"])
    entry.save(force_insert=True)
    return entry


def take(
    powder: Powder,
    mass_ug: int,
    *,
    consumer: Identity | None,
    purpose: Use.Purpose,
    by: User,
    balance: Equipment | None = None,
    purpose_text: str = "",
    field: str = "mass_ug",
    performed_at: datetime | None = None,
    despite: Despite = NOTHING,
) -> Use:
    """Draw ``mass_ug`` of a locked powder into ``consumer`` and return the use that groups it.

    Raises ValidationError on ``field`` where the powder is finished or holds less, on ``lot_reason`` where
    something speaks against the powder, and on ``book_reason`` beside the former, unless ``despite`` says why.
    """
    use = open_use(
        powder, consumer=consumer, purpose=purpose, by=by, balance=balance, purpose_text=purpose_text,
        field=field, performed_at=performed_at, despite=despite,
    )  # fmt: skip
    cover(powder, mass_ug, by=by, field=field, despite=despite)
    append_entry(powder, MassEntry.Kind.DRAWN, -mass_ug, by=by, use=use, field=field)
    return use


def cover(powder: Powder, mass_ug: int, *, by: User, field: str, despite: Despite) -> None:
    """Correct the book where a locked powder holds less than ``mass_ug`` in it, if ``despite`` says why it is wrong."""
    missing_ug = mass_ug - powder.balance_now_ug()
    if missing_ug > 0 and not powder.counted_in:
        judge_book([(powder, mass_ug, field)], despite)
        reason = despite.book_reason.strip()
        append_entry(powder, MassEntry.Kind.ADJUSTED, missing_ug, by=by, field=field, reason=reason)


def judge_book(draws: Iterable[tuple[Powder, int, str]], despite: Despite) -> None:
    """Raise ValidationError naming each of these draws (powder, mass in ug, field) that the book cannot cover.

    Several at once are judged before the first is made: the one reason that is given then stands for all of them,
    and none is corrected that nobody was told of.
    """
    problems: dict[str, list[str]] = {}
    for powder, mass_ug, field in draws:
        if mass_ug > powder.balance_now_ug() and not powder.counted_in:
            for name, sentence in _short(powder, mass_ug, field).items():
                problems.setdefault(name, []).append(sentence)
    if problems and not despite.book_reason.strip():
        raise ValidationError(problems)


def judge_open(powder: Powder, field: str) -> None:
    """Raise ValidationError on ``field`` where a powder is finished."""
    if powder.state != Powder.State.OPEN:
        raise ValidationError(
            {field: f"{powder.code} is {powder.get_state_display().lower()} and cannot be drawn from."}
        )


def _short(powder: Powder, mass_ug: int, field: str) -> dict[str, str]:
    holds, wanted = mass_text(powder.balance_now_ug()), mass_text(mass_ug)
    return {
        field: f"{powder.code} holds only {holds}; {wanted} cannot be taken.",
        "book_reason": f"The book says that {powder.code} holds {holds}. If it does hold {wanted}, say why the "
        "book is wrong: it is corrected and the draw goes on.",
    }


def open_use(
    powder: Powder,
    *,
    consumer: Identity | None,
    purpose: Use.Purpose,
    by: User,
    balance: Equipment | None = None,
    purpose_text: str = "",
    field: str = "mass_ug",
    performed_at: datetime | None = None,
    despite: Despite = NOTHING,
    may_be_finished: bool = False,
) -> Use:
    """Return a new use of a locked powder, judged but without a mass or count yet.

    ``may_be_finished`` is for what was taken out of its jar before: a fill in a reactor's source.
    """
    if not may_be_finished:
        judge_open(powder, field)
    against = what_speaks_against(powder, timezone.localdate(performed_at or timezone.now()))
    if against and not despite.lot_reason.strip():
        sentences = [
            f"{sentence} Say why it is used all the same; a manager looks at it later."
            for sentence in against.values()
        ]
        raise ValidationError({"lot_reason": sentences})
    use = Use(powder=powder, consumer=consumer, purpose=purpose, purpose_text=purpose_text, balance=balance)
    use.full_clean()
    use.save(force_insert=True)
    for why in against:
        review = DrawReview(use=use, why=why, reason=despite.lot_reason, by=by)
        review.full_clean()
        review.save(force_insert=True)
    if consumer is not None:
        suspicion.carry(powder.pk, consumer.pk)
    return use


def what_speaks_against(powder: Powder, on: date) -> dict[DrawReview.Why, str]:
    """Return why ``powder`` should not be drawn from on this day, each with its sentence; usually nothing."""
    against = {}
    jars = jars_parted_from(powder)
    hold = Hold.objects.filter(powder__in=[jar.pk for jar in jars], released_at=None).first()
    if hold is not None:
        against[DrawReview.Why.ON_HOLD] = f"{powder.code} is on hold: {hold.reason}."
    root = jars[-1]
    expires_on = root.lot.expires_on if root.kind == Powder.Kind.LOT else None
    if expires_on is not None and expires_on < on:
        against[DrawReview.Why.EXPIRED] = f"{powder.code} expired on {expires_on:%Y-%m-%d}."
    if suspicion.is_suspect(powder.pk):
        against[DrawReview.Why.SUSPECT] = f"{powder.code} is suspect."
    return against


def jars_parted_from(powder: Powder) -> list[Powder]:
    """Return ``powder`` and, of an aliquot, the jars that it was parted from: what holds for them holds for it."""
    jars = [powder]
    while jars[-1].kind == Powder.Kind.ALIQUOT:
        parted = Use.objects.select_related("powder__identity").get(
            consumer=jars[-1].pk, purpose=Use.Purpose.PARTED
        )
        jars.append(parted.powder)
    return jars


def enter_product(powder: Powder, *, made_ug: int, out_ug: int, by: User, field: str) -> None:
    """Enter what was made, and the difference to what was taken out, so that the mass balance closes."""
    append_entry(powder, MassEntry.Kind.MADE, made_ug, by=by, field=field)
    change_ug = out_ug - made_ug
    if change_ug > 0:
        append_entry(powder, MassEntry.Kind.GAINED, change_ug, by=by, field=field)
    elif change_ug < 0:
        append_entry(powder, MassEntry.Kind.LOST, change_ug, by=by, field=field)
