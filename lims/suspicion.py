"""Suspect records: marking one flags all that it touched, and what is made of it later is flagged as it is made."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from lims.audit import action, log
from lims.models import Identity, SuspectFlag, Suspicion, User
from lims.models.suspicion import SuspectFlagQuerySet
from lims.trace import chunks, descendants_of


@action
def mark_suspect(*, identity: Identity, reason: str, by: User) -> Suspicion:
    """Mark a record as suspect and flag it with everything that was made of it or measured on it."""
    if not reason.strip():
        raise ValidationError({"reason": "Say what is suspected."})
    suspicion = Suspicion(identity=identity, reason=reason.strip(), by=by)
    suspicion.full_clean()
    suspicion.save(force_insert=True)
    touched = _locked_below(identity.pk)
    for keys in chunks(touched):
        SuspectFlag.objects.bulk_create(SuspectFlag(suspicion=suspicion, identity_id=key) for key in keys)
    log(by, "marked as suspect", identity, reason=reason, touched=len(touched) - 1)
    return suspicion


def _locked_below(start: int) -> set[int]:
    """Return a record with all that is below it, none of which can be drawn from until the transaction ends.

    Whoever draws holds the identity of what they draw from. So a draw that was under way when the first walk
    passed has ended when the lock is given, and the next walk finds what it made.
    """
    locked: set[int] = set()
    while True:
        found = {start} | {target for _, target, _ in descendants_of([start])}
        if found <= locked:
            return locked
        hold(found - locked)
        locked |= found


def hold(identities: Iterable[int]) -> None:
    """Lock these identities until the transaction ends, in their order, but let others refer to them."""
    for keys in chunks(identities):
        rows = Identity.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
        list(rows.values_list("pk", flat=True))


@action
def clear_flags(*, flags: Iterable[SuspectFlag], reason: str, by: User) -> int:
    """Clear these flags, each logged on its own record; return how many still stood."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is clear."})
    cleared = 0
    for keys in chunks(flag.pk for flag in flags):
        standing = list(
            SuspectFlag.objects.standing()
            .filter(pk__in=keys)
            .order_by("pk")
            .select_for_update(of=("self",))
            .select_related("identity")
        )
        for flag in standing:
            flag.cleared_at, flag.cleared_by, flag.clear_reason = timezone.now(), by, reason.strip()
            # The other fields were judged when they were written, and there may be thousands of flags.
            flag.clean_fields(exclude=["suspicion", "identity", "cleared_by"])
            log(by, "cleared of suspicion", flag.identity, reason=reason, suspicion=flag.suspicion_id)
        SuspectFlag.objects.bulk_update(
            standing, ["cleared_at", "cleared_by", "clear_reason"], batch_size=500
        )
        cleared += len(standing)
    return cleared


def carry(sources: int | Iterable[int], target: int) -> None:
    """Flag what is being made of flagged records, for the same suspicions; called inside the making action."""
    keys = {sources} if isinstance(sources, int) else set(sources)
    # A suspicion that is being entered at this moment waits for us, or we wait for it: none passes the other.
    hold(keys)
    standing = SuspectFlag.objects.standing().filter(identity__in=keys)
    suspicions = sorted(set(standing.values_list("suspicion_id", flat=True)))
    if not suspicions:
        return
    # What is drawn into something that was made long ago reaches what has been made of that since.
    touched = {target} | {below for _, below, _ in descendants_of([target])}
    SuspectFlag.objects.bulk_create(
        (
            SuspectFlag(suspicion_id=number, identity_id=key)
            for number in suspicions
            for key in sorted(touched)
        ),
        ignore_conflicts=True,
    )


def is_suspect(identity_id: int) -> bool:
    """Return whether a flag stands on this record."""
    return SuspectFlag.objects.standing().filter(identity=identity_id).exists()


def flags_visible_to(user: User) -> SuspectFlagQuerySet:
    """Return the flags on records that ``user`` may see, with what pages print of them."""
    return SuspectFlag.objects.filter(identity__in=Identity.objects.visible_to(user)).select_related(
        "identity__project", "suspicion__identity__project", "suspicion__by", "cleared_by"
    )


def suspicions_visible_to(user: User) -> QuerySet[Suspicion]:
    """Return the suspicions that touch a record that ``user`` may see, newest first."""
    touched = flags_visible_to(user).order_by().values("suspicion")
    return Suspicion.objects.filter(pk__in=touched).select_related("identity__project", "by").order_by("-pk")
