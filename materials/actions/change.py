"""Changing what the library says: data sheets, capacities, limits, suppliers, equipment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q

from lims import registry
from lims.audit import action, log
from lims.models import User
from lims.records import StaleRecord, change_record, touch
from materials.models import (
    CoatingBatch,
    Equipment,
    Material,
    MaterialCapacity,
    MaterialLimit,
    MaterialRole,
    Supplier,
)
from materials.quality import limit_text, measured_text

# A coating's share of its powder is computed from these.
SHARE_RESTS_ON = ("density_g_cm3", "formula")


@action
def change_supplier(
    *, supplier: Supplier, by: User, reason: str, expected_version: int | None = None, **facts: Any
) -> Supplier:
    """Say anew who a supplier is."""
    return change_record(supplier, by=by, reason=reason, expected_version=expected_version, **facts)


@action
def change_equipment(
    *, equipment: Equipment, by: User, reason: str, expected_version: int | None = None, **facts: Any
) -> Equipment:
    """Say anew what a piece of equipment is; its kind stays, since what was done on it rests on that."""
    if facts.get("kind", equipment.kind) != equipment.kind:
        raise ValidationError(
            {
                "kind": f"{equipment.code} is a {equipment.get_kind_display().lower()} wherever it was used: "
                "enter another piece of equipment instead."
            }
        )
    return change_record(equipment, by=by, reason=reason, expected_version=expected_version, **facts)


@action
def change_material(
    *,
    material: Material,
    by: User,
    reason: str,
    expected_version: int | None = None,
    roles: Sequence[str] | None = None,
    **facts: Any,
) -> Material:
    """Say anew what a data sheet says of a substance; its capacities and limits have actions of their own."""
    before = _lock(material, expected_version)
    changed = change_record(material, by=by, reason=reason, **facts)
    if roles is not None:
        _restate_roles(changed, roles, by=by, reason=reason)
    if any(getattr(before, name) != getattr(changed, name) for name in SHARE_RESTS_ON):
        coated = CoatingBatch.objects.filter(
            Q(edition__recipe__coating=changed.pk) | Q(powder__material=changed.pk)
        )
        registry.facts_changed({changed.pk, *coated.values_list("pk", flat=True)})
    return changed


def _lock(material: Material, expected_version: int | None) -> Material:
    """Return the locked material, or raise StaleRecord where the version is no longer its own."""
    locked: Material = Material.objects.with_codes().select_for_update(of=("self",)).get(pk=material.pk)
    if expected_version is not None and locked.version != expected_version:
        raise StaleRecord(locked, expected_version)
    return locked


def state_roles(material: Material, roles: Sequence[str]) -> None:
    """Write down what a substance serves as; called inside the action that says so."""
    for role in roles:
        served = MaterialRole(material=material, role=role)
        served.full_clean()
        served.save(force_insert=True)


def judge_roles(roles: Sequence[str]) -> None:
    """Raise ValidationError where a substance would serve as nothing."""
    if not roles:
        raise ValidationError({"roles": "A substance serves as at least one thing: choose its roles."})


def _restate_roles(material: Material, roles: Sequence[str], *, by: User, reason: str) -> None:
    judge_roles(roles)
    known = set(material.roles.values_list("role", flat=True))
    if known == set(roles):
        return
    before = material.roles_text()
    state_roles(material, [role for role in roles if role not in known])
    material.roles.exclude(role__in=roles).delete()
    touch(material)
    log(by, "stated roles", material, reason=reason, roles=[before, material.roles_text()])


@action
def add_capacity(*, material: Material, by: User, **capacity: Any) -> Material:
    """State a specific capacity up to a cut-off that had none."""
    locked = _lock(material, None)
    write_capacity(locked, by=by, **capacity)
    touch(locked)
    return locked


def write_capacity(material: Material, *, by: User, **capacity: Any) -> None:
    """Write a capacity down and log it; called inside the action that states it."""
    row = MaterialCapacity(material=material, **capacity)
    row.full_clean()
    row.save(force_insert=True)
    log(by, "stated a capacity", material, capacity=str(row), reference=row.reference)


@action
def correct_capacity(
    *,
    material: Material,
    upper_cut_off_v: float | None,
    specific_capacity_mah_g: float,
    reference: str,
    reason: str,
    by: User,
    expected_version: int | None = None,
) -> Material:
    """Say anew what the capacity up to a cut-off is; designs keep the number that they were written with."""
    if not reason.strip():
        raise ValidationError({"reason": "A correction needs its reason."})
    locked = _lock(material, expected_version)
    row = locked.capacities.filter(upper_cut_off_v=upper_cut_off_v).first()
    if row is None:
        cut_off = "without a cut-off" if upper_cut_off_v is None else f"up to {upper_cut_off_v:g} V"
        raise ValidationError({"upper_cut_off_v": f"{locked.code} has no capacity {cut_off} to correct."})
    before, old_reference = str(row), row.reference
    row.specific_capacity_mah_g, row.reference = specific_capacity_mah_g, reference
    row.full_clean()
    if (before, old_reference) == (str(row), reference):
        raise ValidationError({"specific_capacity_mah_g": f"{row} is what it says already."})
    row.save()
    touch(locked)
    log(
        by,
        "corrected a capacity",
        locked,
        reason=reason,
        capacity=[before, str(row)],
        reference=[old_reference, reference],
    )
    registry.facts_changed({locked.pk})
    return locked


@action
def set_limit(
    *,
    material: Material,
    quantity: str,
    source: str,
    by: User,
    element: str = "",
    lower: float | None = None,
    upper: float | None = None,
    reason: str = "",
    expected_version: int | None = None,
) -> Material:
    """State what results of a material must keep to; one that has been stated is changed with its reason."""
    locked = _lock(material, expected_version)
    row = locked.limits.filter(quantity=quantity, element=element).first()
    before = limit_text(row) if row else None
    if row and not reason.strip():
        raise ValidationError({"reason": f"{row} has a limit already: say why it is changed."})
    row = row or MaterialLimit(material=locked, quantity=quantity, element=element)
    row.lower, row.upper, row.source = lower, upper, source
    row.full_clean()
    row.save()
    touch(locked)
    told = {f"limit of {measured_text(row)}": [before, limit_text(row)], "source": source}
    log(by, "changed a limit" if before else "stated a limit", locked, reason=reason, **told)
    return locked


@action
def lift_limit(
    *,
    material: Material,
    quantity: str,
    reason: str,
    by: User,
    element: str = "",
    expected_version: int | None = None,
) -> Material:
    """Say that there is no limit for this any more."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why the limit is lifted."})
    locked = _lock(material, expected_version)
    row = locked.limits.filter(quantity=quantity, element=element).first()
    if row is None:
        raise ValidationError({"quantity": f"{locked.code} has no such limit."})
    told = {f"limit of {measured_text(row)}": [limit_text(row), "none"]}
    row.delete()
    touch(locked)
    log(by, "lifted a limit", locked, reason=reason, **told)
    return locked
