"""Writing designs: a stack, its press schedule and its limits, in editions that stay as they were written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError

from cells.actions.design_layers import LayerFacts, judge_stack, write_layers
from cells.differences import differences
from cells.models import Architecture, AssemblyLimit, CellDesign, CellDesignEdition, DesignPress, LayerRole
from lims.audit import action, log
from lims.models import Project, User
from lims.records import create_record, touch

# What goes in (or nothing), pressure in MPa and hold in s (or neither).
Press = tuple[str, float | None, float | None]


@action
def create_design(
    *,
    by: User,
    project: Project | None,
    name: str,
    layers: Sequence[LayerFacts],
    press_schedule: Sequence[Press],
    note: str = "",
    limits: Sequence[dict[str, Any]] = (),
    **edition: Any,
) -> CellDesignEdition:
    """Enter a design with its first edition: what lies in the stack, and in which order it is pressed."""
    design = create_record(CellDesign(name=name, note=note), project=project, by=by)
    first = _write(design, 1, layers, press_schedule, **edition)
    for limit in limits:
        _write_limit(first, **limit)
    log(by, "wrote an edition", design, edition=1, **_told(first))
    return first


@action
def write_design_edition(
    *,
    design: CellDesign,
    by: User,
    reason: str,
    layers: Sequence[LayerFacts],
    press_schedule: Sequence[Press],
    based_on: int | None = None,
    **edition: Any,
) -> CellDesignEdition:
    """Write the next edition of a design; those before it stay, and so do the cells built by them.

    ``based_on`` is the number of the newest edition that the writer has seen. Limits after assembly are carried over.
    Raises ValidationError where another was written meanwhile, or where nothing differs from the newest.
    """
    if not reason.strip():
        raise ValidationError({"reason": "Say why a new edition is written."})
    locked = CellDesign.objects.with_codes().select_for_update(of=("self",)).get(pk=design.pk)
    newest = locked.editions.order_by("-number")[0]
    if based_on is not None and based_on != newest.number:
        raise ValidationError(
            f"Edition {newest.number} of {locked.code} has been written meanwhile"
            f"{f' ({newest.reason})' if newest.reason else ''}. Look at it before you write the next."
        )
    written = _write(locked, newest.number + 1, layers, press_schedule, reason=reason, **edition)
    found = differences(newest, written)
    if not found:
        raise ValidationError(f"This says what edition {newest.number} says: there is nothing new to write.")
    for limit in newest.limits.all():
        limit.pk, limit.edition = None, written
        limit.save(force_insert=True)
    touch(locked)
    changes = {one.label: [one.old, one.new] for one in found}
    log(by, "wrote an edition", locked, reason=reason, edition=written.number, **changes)
    return written


@action
def set_assembly_limits(
    *, edition: CellDesignEdition, temperature_c: float, by: User, reason: str = "", **limits: Any
) -> AssemblyLimit:
    """Say what a cell of this edition shows after assembly at one temperature, anew where that was said before."""
    design = CellDesign.objects.with_codes().select_for_update(of=("self",)).get(pk=edition.design_id)
    before = AssemblyLimit.objects.filter(edition=edition, temperature_c=temperature_c).first()
    if before is None:
        row = _write_limit(edition, temperature_c=temperature_c, **limits)
        log(
            by,
            "set limits",
            design,
            reason=reason,
            edition=edition.number,
            temperature_c=temperature_c,
            **limits,
        )
    else:
        if not reason.strip():
            raise ValidationError(
                {"reason": f"{edition} has limits at this temperature: say why they change."}
            )
        changes = {
            name: [getattr(before, name), new] for name, new in limits.items() if getattr(before, name) != new
        }
        if not changes:
            raise ValidationError("These are the limits already.")
        row = before
        for name, (_, new) in changes.items():
            setattr(row, name, new)
        row.full_clean()
        row.save()
        log(
            by, "changed limits", design, reason=reason, edition=edition.number, temperature_c=temperature_c,
            **changes,
        )  # fmt: skip
    touch(design)
    return row


def _write_limit(edition: CellDesignEdition, **limits: Any) -> AssemblyLimit:
    row = AssemblyLimit(edition=edition, **limits)
    row.full_clean()
    row.save(force_insert=True)
    return row


def _write(
    design: CellDesign,
    number: int,
    layers: Sequence[LayerFacts],
    press_schedule: Sequence[Press],
    **facts: Any,
) -> CellDesignEdition:
    edition = CellDesignEdition(design=design, number=number, **facts)
    edition.full_clean()
    judge_stack(Architecture(edition.architecture), layers)
    _judge_schedule([layer["role"] for layer in layers], press_schedule)
    edition.save(force_insert=True)
    write_layers(edition, layers)
    for order, (role, pressure_mpa, hold_s) in enumerate(press_schedule, start=1):
        step = DesignPress(edition=edition, order=order, role=role, pressure_mpa=pressure_mpa, hold_s=hold_s)
        step.full_clean()
        step.save(force_insert=True)
    return edition


def _judge_schedule(roles: Sequence[str], schedule: Sequence[Press]) -> None:
    """Every layer goes in once, nothing that the stack lacks does, and what is laid in is pressed in the end."""
    laid = [role for role, _, _ in schedule if role]
    problems = []
    missing = [LayerRole(role).label for role in roles if role not in laid]
    if missing:
        problems.append(f"The press schedule leaves out: {', '.join(missing)}.")
    strange = [LayerRole(role).label for role in laid if role not in roles]
    if strange:
        problems.append(f"The press schedule lays in what the stack does not have: {', '.join(strange)}.")
    twice = sorted({LayerRole(role).label for role in laid if laid.count(role) > 1})
    if twice:
        problems.append(f"A layer goes in once; the press schedule lays in twice: {', '.join(twice)}.")
    if schedule and schedule[-1][1] is None:
        problems.append("The last step presses; what is laid in after the last press is never pressed.")
    if problems:
        raise ValidationError({"press_schedule": problems})


def _told(edition: CellDesignEdition) -> dict[str, Any]:
    return {
        "architecture": edition.get_architecture_display(),
        "layers": "; ".join(str(layer) for layer in edition.layers.select_related("material")),
        "press_schedule": "; ".join(str(step) for step in edition.press_schedule.all()),
    }
