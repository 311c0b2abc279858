"""Entering what the lab works with: substances, suppliers, equipment, recipes, formulations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lims.audit import action, log
from lims.models import User
from lims.records import create_record
from materials.actions.change import judge_roles, state_roles, write_capacity
from materials.models import (
    Equipment,
    Material,
    Supplier,
)


@action
def create_supplier(*, by: User, **facts: Any) -> Supplier:
    """Enter a supplier; suppliers are shared by the whole lab."""
    return create_record(Supplier(**facts), project=None, by=by)


@action
def create_equipment(*, by: User, **facts: Any) -> Equipment:
    """Enter a balance, die, press, reactor, …; equipment is shared by the whole lab."""
    return create_record(Equipment(**facts), project=None, by=by)


@action
def create_material(
    *, by: User, roles: Sequence[str], capacities: Sequence[dict[str, Any]] = (), **facts: Any
) -> Material:
    """Enter a substance with its roles and specific capacities; substances are shared by the whole lab."""
    judge_roles(roles)
    material = create_record(Material(**facts), project=None, by=by)
    state_roles(material, roles)
    log(by, "stated roles", material, roles=material.roles_text())
    for capacity in capacities:
        write_capacity(material, by=by, **capacity)
    return material
