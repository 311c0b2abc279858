"""Taking samples out of cells and powders, and entering what was found in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from cells.models import Cell
from lims import registry, suspicion
from lims.audit import action
from lims.models import Project, User
from lims.records import create_record
from materials.models import Powder
from testing.models import CellTest, Characterisation, CharacterisedValue, Sample


@action
def take_sample(
    *,
    by: User,
    name: str,
    kind: str,
    project: Project | None = None,
    cell: Cell | None = None,
    after_test: CellTest | None = None,
    powder: Powder | None = None,
    washes: Sequence[Mapping[str, Any]] = (),
    **facts: Any,
) -> Sample:
    """Enter a sample of a cell or of a powder; one without either needs a project and is told as an orphan."""
    parent = cell or powder
    own = parent.project if parent is not None else project
    if own is None:
        raise ValidationError({"project": "Say which project the sample belongs to."})
    sample = Sample(
        name=name,
        kind=kind,
        cell=cell,
        after_test=after_test,
        powder=powder,
        washes=[dict(wash) for wash in washes],
        **facts,
    )
    create_record(sample, project=own, by=by, verb="took", of=parent.code if parent else "", name=name)
    if parent is not None:
        suspicion.carry(parent.pk, sample.pk)
        registry.facts_changed({parent.pk})
    return sample


@action
def record_characterisation(
    *,
    by: User,
    technique: str,
    instrument: str,
    sample: Sample | None = None,
    powder: Powder | None = None,
    values: Sequence[Mapping[str, Any]] = (),
    flags: Sequence[str] = (),
    **facts: Any,
) -> Characterisation:
    """Enter what a technique found: numbers with unit and sites, what it says in words, and what to look out for."""
    subject = sample or powder
    if subject is None:
        raise ValidationError({"sample": "Say which sample or powder was measured."})
    found = Characterisation(
        sample=sample,
        powder=powder,
        technique=technique,
        instrument=instrument,
        flags=[flag.strip() for flag in flags if flag.strip()],
        **facts,
    )
    if not values and not found.findings.strip():
        raise ValidationError({"findings": "Enter a number, or say in words what was found."})
    create_record(found, project=subject.project, by=by, verb="entered", of=subject.code, technique=technique)
    for value in values:
        row = CharacterisedValue(characterisation=found, **value)
        row.full_clean()
        row.save(force_insert=True)
    suspicion.carry(subject.pk, found.pk)
    registry.facts_changed({subject.pk})
    return found
