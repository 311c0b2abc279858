"""Results of measuring a powder."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from lims import registry
from lims.audit import action, log
from lims.models import User
from lims.models.records import judge_moment
from lims.records import touch
from materials.actions.ledger import lock_powders
from materials.models import Equipment, Powder, QualityResult, Quantity
from materials.quality import is_fraction, measured_text, value_text

# What a coated powder consists of is computed from these.
SHARE_RESTS_ON = (Quantity.SURFACE, Quantity.ELEMENT, Quantity.D50)


@action
def record_result(
    *,
    powder: Powder,
    quantity: str,
    value: float,
    method: str,
    by: User,
    element: str = "",
    uncertainty: float | None = None,
    below_detection: bool = False,
    instrument: Equipment | None = None,
    measured_at: datetime | None = None,
    measured_by: User | None = None,
    replaces: QualityResult | None = None,
    note: str = "",
) -> QualityResult:
    """Enter a result measured on ``powder``; an earlier one stays, and is replaced where ``replaces`` names it.

    ``value`` is in the unit that the quantity's name ends with; fractions are fractions. What is below detection
    has the detection limit as its value.
    """
    locked = lock_powders([powder])[powder.pk]
    result = QualityResult(
        powder=locked,
        quantity=quantity,
        element=element,
        value=value,
        uncertainty=uncertainty,
        below_detection=below_detection,
        method=method,
        instrument=instrument,
        measured_at=measured_at or timezone.now(),
        measured_by=measured_by or by,
        recorded_by=by,
        replaces=replaces,
        note=note,
    )
    _judge(result)
    result.full_clean()
    result.save(force_insert=True)
    touch(locked)
    told = [value_text(replaces), value_text(result)] if replaces else value_text(result)
    log(by, "recorded a result", locked, reason=note, method=method, **{measured_text(result): told})
    if quantity in SHARE_RESTS_ON:
        registry.facts_changed({locked.pk})
    return result


def _judge(result: QualityResult) -> None:
    """Raise ValidationError for what no column alone can tell."""
    if is_fraction(result.quantity) and result.value > 1:
        raise ValidationError({"value": f"A fraction is at most 1 (100 %), not {result.value:g}."})
    if result.below_detection and result.uncertainty:
        raise ValidationError({"uncertainty": "What is below detection has no uncertainty of its own."})
    try:
        judge_moment(result.measured_at)
    except ValidationError as error:
        raise ValidationError({"measured_at": error.messages}) from error
    earlier = result.replaces
    if earlier is None:
        return
    if earlier.powder_id != result.powder_id:
        raise ValidationError({"replaces": f"That result is not one of {result.powder.code}."})
    if (earlier.quantity, earlier.element) != (result.quantity, result.element):
        raise ValidationError(
            {"replaces": f"That result is of {measured_text(earlier)}, not of {measured_text(result)}."}
        )
    if QualityResult.objects.filter(replaces=earlier).exists():
        raise ValidationError(
            {"replaces": f"{value_text(earlier)} has been replaced already: replace the newer one."}
        )
