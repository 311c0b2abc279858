"""Keeping what methods said: the number in use replaced, the one before it kept with what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from cells.models import Cell
from lims.audit import log
from testing.methods.base import Method, Result
from testing.models import CellTest, Metric, PastMetric
from testing.models.metrics import Computed

COMPUTED = [field.name for field in Computed._meta.fields]
# What a reader would see change; a new hash under the same number is no news.
SAID = ("value", "uncertainty", "basis", "reason", "method_version", "parameters")
Key = tuple[str, int | None]


@dataclass(frozen=True)
class Work:
    """One method's share of a cell: of the whole of it where ``test`` is None, or of one of its tests."""

    method: Method
    parameters: Mapping[str, Any]
    test: CellTest | None
    identity: Mapping[str, Any]
    sha256: str

    @property
    def key(self) -> Key:
        return self.method.name, self.test.pk if self.test else None

    def fields(self, result: Result) -> dict[str, Any]:
        """Return a result as its row keeps it."""
        return {
            "name": result.name,
            "variant": result.variant,
            "value": result.value,
            "unit": result.unit,
            "uncertainty": result.uncertainty,
            "basis": result.basis,
            "reason": result.reason,
            "parameters": dict(self.parameters),
            "method": self.method.name,
            "method_version": self.method.version,
            "inputs": dict(self.identity),
            "inputs_sha256": self.sha256,
            "software_version": settings.VERSION,
        }


def store(cell: Cell, work: Work, results: Sequence[Result]) -> bool:
    """Put these results in place of the method's last ones and return whether a reader would see a change."""
    before = {
        (row.name, row.variant): row
        for row in Metric.objects.select_for_update().filter(
            cell=cell, test=work.test, method=work.method.name
        )
    }
    fresh, kept, past = [], [], []
    basis_version = work.identity.get("basis_version")
    for result in results:
        facts = work.fields(result)
        row = before.pop((result.name, result.variant), None)
        if row is None:
            fresh.append(Metric(cell=cell, test=work.test, basis_version=basis_version, **facts))
            continue
        if any(getattr(row, name) != facts[name] for name in SAID):
            past.append(_past(row, cause_of(row.inputs, work.identity)))
        for name, value in facts.items():
            setattr(row, name, value)
        row.stale, row.basis_version = False, basis_version
        kept.append(row)
    past += [_past(row, "It is no longer asked for.") for row in before.values()]
    _tell(cell, past, kept)
    Metric.objects.filter(pk__in=[row.pk for row in before.values()]).delete()
    PastMetric.objects.bulk_create(past)
    Metric.objects.bulk_create(fresh)
    for row in kept:
        row.save()
    return bool(fresh or past)


def forget(cell: Cell, asked: Iterable[Key]) -> bool:
    """Move to the past what no method is asked for any more; return whether there was any."""
    wanted = set(asked)
    gone = [row for row in Metric.objects.filter(cell=cell) if (row.method, row.test_id) not in wanted]
    PastMetric.objects.bulk_create(_past(row, "It is no longer asked for.") for row in gone)
    Metric.objects.filter(pk__in=[row.pk for row in gone]).delete()
    return bool(gone)


def _past(row: Metric, cause: str) -> PastMetric:
    return PastMetric(
        cell_id=row.cell_id,
        test_id=row.test_id,
        computed_at=row.computed_at,
        cause=cause[:300],
        **{name: getattr(row, name) for name in COMPUTED},
    )


def _tell(cell: Cell, past: Sequence[PastMetric], kept: Sequence[Metric]) -> None:
    now = {(row.name, row.variant): row for row in kept}
    changed = {}
    for old in past:
        new = now.get((old.name, old.variant))
        if new is not None and old.value != new.value:
            changed[f"{old.name} {old.variant}".strip()] = [old.value, new.value]
    if changed:
        log(None, "recomputed", cell, reason=past[0].cause, **changed)


def cause_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Say in words which inputs are others than before.

    >>> cause_of({"basis_version": 1, "method_version": "1"}, {"basis_version": 2, "method_version": "1"})
    'basis 2 of the cell in place of 1'
    """
    told = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if name == "method_version":
            told.append(f"version {new} of the method in place of {old}")
        elif name == "basis_version":
            told.append(f"basis {new} of the cell in place of {old}")
        elif name == "parameters":
            told.append("other parameters")
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            parts = sorted(part for part in {*old, *new} if old.get(part) != new.get(part))
            told.append(f"other {' and '.join(PARTS.get(part, part) for part in parts)} of {name}")
        elif old is None:
            told.append(f"{name} was added")
    return "; ".join(told) or "computed again"


PARTS = {"test": "conditions", "rows": "points", "protocol": "protocol"}
