"""Plans of building: which cells were planned together, in what order, and by which seed."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from cells.models.study import Study
from lims.models import User


class BuildPlan(models.Model):
    """Cells of a study planned in one go; with a seed their order was drawn by lot and can be drawn again."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="plans")
    first_day = models.DateField()
    days = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(60)])
    seed = models.BigIntegerField(
        null=True, blank=True, help_text="Empty where the order was not drawn by lot."
    )
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"plan {self.pk} of {self.study_id}"

    @property
    def record(self) -> Study:
        """Return the record that this row belongs to."""
        return self.study
