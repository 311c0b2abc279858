"""Keeping a cell out of statistics, and taking it back in: a person's decision, with the reason, shown beside both."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone

from cells.models import Cell
from lims import registry
from lims.audit import action, log
from lims.models import User
from testing import methods
from testing.models import Exclusion


@action
def exclude_cell(*, cell: Cell, reason: str, by: User, metric: str = "") -> Exclusion:
    """Keep a cell's numbers, or one of them, out of statistics from now on."""
    if metric and metric not in methods.named():
        raise ValidationError({"metric": f"{metric!r} is no metric."})
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is kept out."})
    Cell.objects.select_for_update(of=("self",)).get(pk=cell.pk)
    standing = cell.exclusions.standing()
    if standing.filter(metric="").exists():
        raise ValidationError(f"{cell.code} is kept out of the statistics already.")
    exclusion = Exclusion(cell=cell, metric=metric, reason=reason.strip(), by=by)
    exclusion.full_clean()
    exclusion.save(force_insert=True)
    log(by, "kept out of statistics", cell, reason=reason, metric=metric or "all")
    registry.facts_changed({cell.pk})
    return exclusion


@action
def lift_exclusion(*, exclusion: Exclusion, reason: str, by: User) -> Exclusion:
    """Let the statistics count again what somebody had kept out."""
    locked = (
        Exclusion.objects.select_for_update(of=("self",))
        .select_related("cell__identity")
        .get(pk=exclusion.pk)
    )
    if locked.lifted_at is not None:
        raise ValidationError("It has been taken back in already.")
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is counted again."})
    locked.lifted_by, locked.lifted_at, locked.lift_reason = by, timezone.now(), reason.strip()
    locked.save()
    log(by, "took back into statistics", locked.cell, reason=reason, metric=locked.metric or "all")
    registry.facts_changed({locked.cell_id})
    return locked
