"""Check constraints judged together: one question to the database instead of one for each of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models import CheckConstraint, Q


class ChecksTogether(models.Model):
    """A model whose check constraints are asked in one question, and one by one only where one of them is broken.

    Django asks the database about each constraint in a savepoint of its own: a ledger entry with four of them takes
    twelve round trips before it is written.
    """

    _checks_hold: bool

    class Meta:
        abstract = True

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Raise ValidationError with the sentence of each constraint that does not hold."""
        self._checks_hold = self._all_checks_hold(set(exclude or ()))
        try:
            super().validate_constraints(exclude=exclude)
        finally:
            del self._checks_hold

    def get_constraints(self) -> list[tuple[type[models.Model], Sequence[models.BaseConstraint]]]:
        """Return the constraints that are still to be judged."""
        found = super().get_constraints()
        if not getattr(self, "_checks_hold", False):
            return found
        return [(model, [c for c in own if not isinstance(c, CheckConstraint)]) for model, own in found]

    def _all_checks_hold(self, exclude: set[str]) -> bool:
        conditions = [c.condition for c in self._meta.constraints if isinstance(c, CheckConstraint)]
        if not conditions:
            return True
        # Django's own constraints read the values in this way too; its stubs know nothing of it.
        values: dict[str, Any] = self._get_field_expression_map(  # type: ignore[attr-defined]
            meta=self._meta, exclude=exclude
        )
        try:
            return bool(Q(*conditions).check(values))
        except FieldError:
            # A constraint names a field that is left out: Django itself skips that one.
            return False
