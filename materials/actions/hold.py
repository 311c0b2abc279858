"""On hold and released; draws that needed a reason, and the manager who looks at them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone

from lims.audit import action, log
from lims.models import User
from lims.permissions import require
from lims.records import touch
from materials.actions.ledger import lock_powders
from materials.models import DrawReview, Hold, Powder


@action
def put_on_hold(*, powder: Powder, reason: str, by: User) -> Hold:
    """Put a powder on hold: drawing from it, or from its aliquots, then needs a reason."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is put on hold."})
    locked = lock_powders([powder])[powder.pk]
    hold = Hold(powder=locked, reason=reason, placed_by=by)
    hold.full_clean()
    hold.save(force_insert=True)
    touch(locked)
    log(by, "put on hold", locked, reason=reason)
    return hold


@action
def release(*, powder: Powder, reason: str, by: User) -> Hold:
    """Release a powder from its hold; managers do."""
    require(by, "review")
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is released."})
    locked = lock_powders([powder])[powder.pk]
    hold = locked.holds.filter(released_at=None).first()
    if hold is None:
        raise ValidationError(f"{locked.code} is not on hold.")
    hold.released_at, hold.released_by, hold.release_reason = timezone.now(), by, reason
    hold.full_clean()
    hold.save()
    touch(locked)
    log(by, "released", locked, reason=reason, held_for=hold.reason)
    hold.powder = locked
    return hold


@action
def review_draw(*, review: DrawReview, verdict: str, by: User) -> DrawReview:
    """Say that a manager has looked at a draw that needed a reason, and what they make of it."""
    require(by, "review")
    if not verdict.strip():
        raise ValidationError({"verdict": "Say what you make of it."})
    review = (
        DrawReview.objects.select_for_update(of=("self",))
        .select_related("use__powder__identity", "reviewed_by")
        .get(pk=review.pk)
    )
    if review.reviewed_by is not None:
        raise ValidationError(f"{review.reviewed_by.display_name} has reviewed this draw already.")
    review.reviewed_at, review.reviewed_by, review.verdict = timezone.now(), by, verdict
    review.full_clean()
    review.save()
    touch(review.use.powder)
    log(
        by,
        "reviewed a draw",
        review.use.powder,
        why=review.get_why_display(),
        given=review.reason,
        verdict=verdict,
    )
    return review
