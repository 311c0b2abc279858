"""Coating from solution: powder is stirred in a counted solution, dried and annealed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Unpack

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from lims.audit import action, log
from lims.models import Project, User
from lims.records import touch
from materials.actions.coating_parts import RunTold, begin, draw_load, judge_measured, keep_trace
from materials.actions.count import take_count
from materials.actions.ledger import NOTHING, Despite, enter_product, lock_powders
from materials.editions import STEP_FACTS, STEP_WORDS, done_otherwise
from materials.models import (
    CoatingBatch,
    CoatingRecipeEdition,
    CoatingStep,
    CoatingStepDone,
    CountUnit,
    Equipment,
    Powder,
    Use,
)
from materials.models.counted import MILLI


@dataclass(frozen=True)
class StepDone:
    """A step of a coating from solution as it was done; what is left out was not said to differ from the recipe."""

    step: CoatingStep
    duration_s: float | None = None
    temperature_c: float | None = None
    atmosphere: str = ""
    ramp_c_min: float | None = None

    def says_something(self) -> bool:
        return bool(self.atmosphere) or any(
            value is not None for value in (self.duration_s, self.temperature_c, self.ramp_c_min)
        )

    def facts(self) -> dict[str, Any]:
        """Return what is said of the step, by the names of its fields."""
        return {name: getattr(self, name) for name in STEP_FACTS}


@action
def coat_from_solution(
    *,
    project: Project | None,
    edition: CoatingRecipeEdition,
    parent: Powder,
    load_mass_ug: int,
    recovered_mass_ug: int,
    solution: Powder,
    solution_volume_ml: Decimal,
    by: User,
    name: str = "",
    furnace: Equipment | None = None,
    steps_done: Sequence[StepDone] = (),
    balance: Equipment | None = None,
    trace: UploadedFile | None = None,
    despite: Despite = NOTHING,
    **told: Unpack[RunTold],
) -> Powder:
    """Coat ``load_mass_ug`` of ``parent`` from a counted solution and enter what was recovered after the anneal.

    ``steps_done`` says how long, how hot and in what the recipe's steps were done; what differs stands in the log too.
    """
    if edition.method != CoatingRecipeEdition.Method.SOLUTION:
        raise ValidationError({"edition": f"{edition} is an ALD recipe: enter it as an ALD run."})
    if solution.counted_in != CountUnit.ML:
        raise ValidationError({"solution": f"{solution.code} is not counted in mL."})
    _judge_steps(edition, steps_done)
    volume_milli = solution_volume_ml * MILLI
    if volume_milli != volume_milli.to_integral_value():
        raise ValidationError({"solution_volume_ml": f"{solution_volume_ml} mL is finer than 0.001 mL."})
    locked = lock_powders([parent, solution])
    empty = Powder(kind=Powder.Kind.COATING, name=name)
    empty.coated_from_solution = True
    powder, facts = begin(
        empty, told, project=project, edition=edition, parent=locked[parent.pk], load_mass_ug=load_mass_ug,
        recovered_mass_ug=recovered_mass_ug, by=by,
    )  # fmt: skip
    load = draw_load(locked[parent.pk], powder, load_mass_ug, balance=balance, by=by, despite=despite)
    take_count(
        locked[solution.pk], int(volume_milli), consumer=powder.identity,
        purpose=Use.Purpose.PRECURSOR, by=by, field="solution_volume_ml", performed_at=powder.performed_at,
        despite=despite,
    )  # fmt: skip
    batch = CoatingBatch(
        powder=powder,
        edition=edition,
        load=load,
        reactor=furnace,
        solution_volume_ml=float(solution_volume_ml),
        **facts,
    )
    judge_measured(batch)
    batch.full_clean()
    batch.save(force_insert=True)
    _enter_steps(batch, steps_done, by)
    enter_product(powder, made_ug=load_mass_ug, out_ug=recovered_mass_ug, by=by, field="recovered_mass_ug")
    touch(locked[parent.pk])
    touch(locked[solution.pk])
    keep_trace(powder, trace, by)
    return powder


def _judge_steps(edition: CoatingRecipeEdition, steps_done: Sequence[StepDone]) -> None:
    for done in steps_done:
        if done.step.edition_id != edition.pk:
            raise ValidationError({"steps_done": f"{done.step} is no step of {edition}."})
    named = Counter(done.step.order for done in steps_done)
    for order, times in named.items():
        if times > 1:
            raise ValidationError(
                {"steps_done": f"Step {order} is said {times} times: say once what was done."}
            )


def _judge_step(row: CoatingStepDone) -> None:
    """Say of which step what is wrong with it."""
    try:
        row.full_clean()
    except ValidationError as error:
        sentences = [
            f"Step {row.step.order}, {STEP_WORDS.get(name, 'all')}: {text}"
            for name, texts in error.message_dict.items()
            for text in texts
        ]
        raise ValidationError({"steps_done": sentences}) from error


def _enter_steps(batch: CoatingBatch, steps_done: Sequence[StepDone], by: User) -> None:
    changes: dict[str, list[str]] = {}
    for done in steps_done:
        if done.says_something():
            row = CoatingStepDone(batch=batch, step=done.step, **done.facts())
            _judge_step(row)
            row.save(force_insert=True)
            changes |= done_otherwise(row)
    if changes:
        log(by, "did steps otherwise", batch.powder, **dict[str, Any](changes))
