"""Writing protocols: an edition never changes, what changes is a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError

from lims.audit import action, log
from lims.models import User
from lims.records import create_record, touch
from testing.calc.protocol import Step
from testing.calc.protocol_data import read_steps, steps_data
from testing.calc.protocol_text import parse
from testing.models import Protocol, ProtocolEdition


def read_protocol(*, steps: object = None, text: str = "") -> tuple[Step, ...]:
    """Return the steps of a protocol given as data or as text, or raise ValidationError that names the place."""
    if (steps is None) == (not text.strip()):
        raise ValidationError({"text": "Say the steps of the protocol, as text or as data."})
    field = "text" if text.strip() else "steps"
    try:
        return parse(text) if text.strip() else read_steps(steps)
    except ValueError as problem:
        raise ValidationError({field: str(problem)}) from problem


@action
def create_protocol(
    *, by: User, name: str, steps: Sequence[dict[str, Any]] | None = None, text: str = "", note: str = ""
) -> ProtocolEdition:
    """Enter a protocol with its first edition, its steps as data or as text."""
    told = read_protocol(steps=steps, text=text)
    protocol = create_record(Protocol(name=name, note=note), project=None, by=by)
    return _write(protocol, 1, told, by, "")


@action
def revise_protocol(
    *,
    protocol: Protocol,
    by: User,
    reason: str,
    steps: Sequence[dict[str, Any]] | None = None,
    text: str = "",
) -> ProtocolEdition:
    """Write the next edition of a protocol; tests keep the one that they were set up with."""
    told = read_protocol(steps=steps, text=text)
    if not reason.strip():
        raise ValidationError({"reason": "Say what is new in this edition."})
    locked = Protocol.objects.with_codes().select_for_update(of=("self",)).get(pk=protocol.pk)
    newest = locked.editions.order_by("-number").first()
    if newest is not None and newest.steps == steps_data(told):
        raise ValidationError({"text": f"This is what edition {newest.number} says already."})
    touch(locked)
    return _write(locked, newest.number + 1 if newest else 1, told, by, reason)


def _write(protocol: Protocol, number: int, steps: Sequence[Step], by: User, reason: str) -> ProtocolEdition:
    edition = ProtocolEdition(protocol=protocol, number=number, steps=steps_data(steps))
    edition.full_clean()
    edition.save(force_insert=True)
    log(by, "wrote an edition", protocol, reason=reason, edition=number)
    return edition
