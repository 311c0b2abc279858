"""Coating by ALD: a powder load goes into a reactor, a coated powder comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from lims.audit import action
from lims.models import Project, User
from lims.records import touch
from materials.actions.coating_parts import RunTold, begin, draw_load, judge_measured, keep_trace
from materials.actions.ledger import NOTHING, Despite, enter_product, lock_powders, open_use
from materials.models import (
    CoatingBatch,
    CoatingInterruption,
    CoatingRecipeEdition,
    CoatingStep,
    Equipment,
    Powder,
    PrecursorFill,
    Use,
)


@dataclass(frozen=True)
class Interruption:
    """That a run stood still after a cycle: for how many minutes, where known, and why."""

    after_cycle: int
    reason: str
    minutes: float | None = None


@action
def run_coating(
    *,
    project: Project | None,
    edition: CoatingRecipeEdition,
    parent: Powder,
    load_mass_ug: int,
    recovered_mass_ug: int,
    by: User,
    name: str = "",
    cycles_done: int | None = None,
    interruptions: Sequence[Interruption] = (),
    fills: Sequence[PrecursorFill] = (),
    precursors: Sequence[Powder] = (),
    reactor: Equipment | None = None,
    balance: Equipment | None = None,
    trace: UploadedFile | None = None,
    despite: Despite = NOTHING,
    **told: Unpack[RunTold],
) -> Powder:
    """Coat ``load_mass_ug`` of ``parent`` in one ALD run and enter the coated powder that was recovered.

    What comes out is what went in, plus a gain, minus a loss. Weighing sees only their sum, so the net change
    is entered as the one that it is. ``trace`` is the pressure trace of the run, kept as a file beside it.
    """
    if edition.method != CoatingRecipeEdition.Method.ALD:
        raise ValidationError(
            {"edition": f"{edition} is no ALD recipe: enter it as a coating from solution."}
        )
    reactor = _reactor_of(fills, reactor)
    locked = lock_powders([parent, *precursors, *(fill.powder for fill in fills)])
    powder, facts = begin(
        Powder(kind=Powder.Kind.COATING, name=name), told, project=project, edition=edition,
        parent=locked[parent.pk], load_mass_ug=load_mass_ug, recovered_mass_ug=recovered_mass_ug, by=by,
    )  # fmt: skip
    load = draw_load(locked[parent.pk], powder, load_mass_ug, balance=balance, by=by, despite=despite)
    batch = CoatingBatch(
        powder=powder,
        edition=edition,
        load=load,
        reactor=reactor,
        cycles_done=_cycles(edition, cycles_done, told),
        **facts,
    )
    judge_measured(batch)
    batch.full_clean()
    batch.save(force_insert=True)
    _interrupt(batch, interruptions)
    _pulse(batch, fills, precursors, locked, by=by, despite=despite)
    enter_product(powder, made_ug=load_mass_ug, out_ug=recovered_mass_ug, by=by, field="recovered_mass_ug")
    touch(locked[parent.pk])
    keep_trace(powder, trace, by)
    return powder


def _cycles(edition: CoatingRecipeEdition, done: int | None, told: RunTold) -> int | None:
    """Return how many cycles were run: all of the recipe's, unless another number is said or that nobody knows."""
    return done if done is not None or "cycles_done" in told.get("blanks", {}) else edition.cycles


def _interrupt(batch: CoatingBatch, interruptions: Sequence[Interruption]) -> None:
    for one in interruptions:
        if batch.cycles_done is not None and one.after_cycle > batch.cycles_done:
            raise ValidationError(
                {
                    "interruptions": f"The run was interrupted after cycle {one.after_cycle}, "
                    f"but only {batch.cycles_done} cycles were done."
                }
            )
        row = CoatingInterruption(
            batch=batch, after_cycle=one.after_cycle, minutes=one.minutes, reason=one.reason
        )
        row.full_clean()
        row.save(force_insert=True)


def _reactor_of(fills: Sequence[PrecursorFill], reactor: Equipment | None) -> Equipment | None:
    """Return the reactor of a run: the one that is named, which is where its fills are."""
    for fill in fills:
        if reactor is not None and fill.reactor_id != reactor.pk:
            raise ValidationError(
                {"fills": f"{fill.source} belongs to {fill.reactor.code}, but the run was in {reactor.code}."}
            )
        reactor = fill.reactor
    return reactor


def _pulse(
    batch: CoatingBatch,
    fills: Sequence[PrecursorFill],
    precursors: Sequence[Powder],
    locked: dict[int, Powder],
    *,
    by: User,
    despite: Despite,
) -> None:
    """Join the run to what was pulsed: counted in pulses, not weighed, an edge of the genealogy without a mass."""
    run = batch.powder
    for fill in fills:
        _judge_fill(fill, batch)
    batch.fills.add(*fills)
    in_sources = {fill.powder_id for fill in fills}
    for key in dict.fromkeys([*in_sources, *(precursor.pk for precursor in precursors)]):
        open_use(
            locked[key], consumer=run.identity, purpose=Use.Purpose.PRECURSOR, by=by,
            field="fills" if key in in_sources else "precursors", performed_at=run.performed_at, despite=despite,
            # The jar may be empty while its last fill is still in the source.
            may_be_finished=key in in_sources,
        )  # fmt: skip


def _judge_fill(fill: PrecursorFill, batch: CoatingBatch) -> None:
    """A fill was in its source on the day of the run, and is of a precursor that the recipe pulses."""
    run = batch.powder
    day = timezone.localdate(run.performed_at)
    in_source = f"{fill.source} of {fill.reactor.code}"
    if timezone.localdate(fill.filled_at) > day:
        raise ValidationError(
            {
                "fills": f"{in_source} was filled on {timezone.localdate(fill.filled_at)}, after the run of {day}."
            }
        )
    if fill.emptied_at is not None and timezone.localdate(fill.emptied_at) < day:
        raise ValidationError(
            {
                "fills": f"{in_source} was emptied on {timezone.localdate(fill.emptied_at)}, before the run of {day}."
            }
        )
    pulsed = {
        step.material_id: step.substance for step in batch.edition.steps.filter(kind=CoatingStep.Kind.PULSE)
    }
    if None not in pulsed and pulsed and fill.powder.material_id not in pulsed:
        raise ValidationError(
            {"fills": f"{batch.edition} pulses {' and '.join(pulsed.values())}, not what {in_source} holds."}
        )
