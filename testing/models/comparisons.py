"""Comparisons: cells of any studies put side by side, kept under a name and linked to."""

from __future__ import annotations

from django.db import models

from cells.models import Cell
from lims.models import Record, User


class Comparison(Record):
    """Some cells that somebody compares. It holds which, never their numbers: those are as they are today."""

    CODE_PREFIX = "CMP"
    name = models.CharField(max_length=200)
    question = models.TextField(blank=True, max_length=5000)
    colour_by = models.CharField(max_length=40, default="condition")

    class Meta(Record.Meta):
        pass

    @property
    def title(self) -> str:
        return self.name

    def cells_visible_to(self, user: User) -> list[Cell]:
        """Return its cells that ``user`` may see, in its order; the cells of other projects are not named."""
        places = dict(self.members.values_list("cell_id", "order"))
        found = Cell.objects.visible_to(user).with_codes().with_study().filter(pk__in=places)
        return sorted(found, key=lambda cell: places[cell.pk])


class ComparedCell(models.Model):
    """A cell's place in a comparison."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="members")
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="comparisons")
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(
                name="each_cell_compared_once",
                fields=["comparison", "cell"],
                violation_error_message="This cell is in the comparison already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cell_id} in {self.comparison_id}"

    @property
    def record(self) -> Comparison:
        """Return the record that this row belongs to."""
        return self.comparison
