"""Precursor fills: what is in the sources of a reactor, from when until when."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from lims.audit import action, log
from lims.models import User
from lims.models.records import judge_moment
from lims.records import touch
from materials.actions.count import take_count
from materials.actions.ledger import NOTHING, Despite, lock_powders
from materials.models import Equipment, Material, Powder, PrecursorFill, Use, count_text


@action
def fill_source(
    *,
    powder: Powder,
    reactor: Equipment,
    source: str,
    count_milli: int,
    by: User,
    filled_at: datetime | None = None,
    pulses_before: int = 0,
    despite: Despite = NOTHING,
) -> PrecursorFill:
    """Fill a reactor's source from a precursor's lot; the pulses of the runs that use it are counted from then."""
    source, at = source.strip(), filled_at or timezone.now()
    locked = lock_powders([powder])[powder.pk]
    _judge_fill(locked, reactor, source, at)
    use = take_count(
        locked, count_milli, consumer=None, purpose=Use.Purpose.FILLED, by=by, performed_at=at,
        purpose_text=f"{source} of {reactor.code}", despite=despite,
    )  # fmt: skip
    fill = PrecursorFill(
        powder=locked, use=use, reactor=reactor, source=source, filled_at=at, filled_by=by, pulses_before=pulses_before
    )  # fmt: skip
    fill.full_clean()
    fill.save(force_insert=True)
    touch(locked)
    filled = {"source": f"{source} of {reactor.code}", "count": count_text(count_milli, locked.counted_in)}
    log(by, "filled a source", locked, **filled)
    log(by, "filled a source", reactor, source=source, lot=locked.code, count=filled["count"])
    return fill


def _judge_fill(powder: Powder, reactor: Equipment, source: str, at: datetime) -> None:
    if not Material.objects.in_role(Material.Role.PRECURSOR).filter(pk=powder.material_id).exists():
        raise ValidationError(
            {
                "powder": f"{powder.code} is no precursor: give its material that role first if it serves as one."
            }
        )
    if reactor.kind != Equipment.Kind.ALD_REACTOR:
        raise ValidationError({"reactor": f"{reactor.code} {reactor.name} is no ALD reactor."})
    _judge_past(at, "filled_at")
    # "Source 1" and "source 1" are one.
    held = (
        PrecursorFill.objects.in_use().filter(reactor=reactor, source__iexact=source).order_by("pk").first()
    )
    if held is not None:
        raise ValidationError(
            {
                "source": f"{held.source} of {reactor.code} was filled on "
                f"{timezone.localdate(held.filled_at):%Y-%m-%d} and holds that fill still: empty it first."
            }
        )


def _judge_past(moment: datetime, field: str) -> None:
    try:
        judge_moment(moment)
    except ValidationError as error:
        raise ValidationError({field: error.messages}) from error


@action
def empty_source(*, fill: PrecursorFill, by: User, emptied_at: datetime | None = None) -> PrecursorFill:
    """Say that a source has been emptied, so that it can be filled anew."""
    fill = (
        PrecursorFill.objects.select_for_update(of=("self",))
        .select_related("powder__identity", "reactor__identity")
        .get(pk=fill.pk)
    )
    at = emptied_at or timezone.now()
    if fill.emptied_at is not None:
        emptied_on = timezone.localdate(fill.emptied_at)
        raise ValidationError(
            f"{fill.source} of {fill.reactor.code} was emptied on {emptied_on:%Y-%m-%d} already."
        )
    _judge_past(at, "emptied_at")
    if at < fill.filled_at:
        raise ValidationError(
            {
                "emptied_at": f"It was filled on {timezone.localtime(fill.filled_at):%Y-%m-%d %H:%M}, after that."
            }
        )
    fill.emptied_at = at
    fill.save()
    touch(fill.powder)
    log(by, "emptied a source", fill.powder, source=f"{fill.source} of {fill.reactor.code}")
    log(by, "emptied a source", fill.reactor, source=fill.source, lot=fill.powder.code)
    return fill


def pulses_so_far(fill: PrecursorFill) -> int:
    """Return how often a fill has been pulsed; see `PrecursorFillQuerySet.with_pulses`."""
    return PrecursorFill.objects.with_pulses().get(pk=fill.pk).pulses
