"""Studies and the conditions that they compare."""

from __future__ import annotations

from django.db import models

from lims.models import Record


class Study(Record):
    """A question, asked of several conditions with several cells each."""

    CODE_PREFIX = "STUDY"
    name = models.CharField(max_length=200)
    question = models.TextField(blank=True, max_length=5000)

    class Meta(Record.Meta):
        verbose_name_plural = "studies"

    @property
    def title(self) -> str:
        return self.name

    def cells_built(self) -> int:
        """Return how many cells its conditions have."""
        return sum(condition.cells.count() for condition in self.conditions.all())


class Condition(models.Model):
    """One of the things compared; what others call a group."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="conditions")
    order = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)

    class Meta:
        ordering = ["study", "order"]
        constraints = [
            models.UniqueConstraint(
                name="condition_named_once",
                fields=["study", "name"],
                violation_error_message="This study has a condition of this name already.",
            ),
            models.UniqueConstraint(name="condition_order", fields=["study", "order"]),
        ]

    def __str__(self) -> str:
        return self.name
