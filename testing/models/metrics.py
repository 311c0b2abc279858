"""Metrics: the numbers in use, the ones they replaced, those of a method that is tried, and what leaves statistics."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from cells.models import Cell
from lims.models import User
from testing.models.tests import CellTest


class Computed(models.Model):
    """A number with its unit, uncertainty, basis, method and inputs; or the reason why there is none."""

    name = models.CharField(max_length=60)
    variant = models.CharField(
        max_length=120, blank=True, help_text="Which of several of this name: a rate, a sweep, a voltage."
    )
    value = models.FloatField(null=True, help_text="Free of mass and area.")
    unit = models.CharField(max_length=20, blank=True)
    uncertainty = models.FloatField(
        null=True, help_text="Absolute, k = 1; empty where the instrument states none."
    )
    basis = models.TextField(blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    method = models.CharField(max_length=40)
    method_version = models.CharField(max_length=12)
    inputs = models.JSONField(default=dict, help_text="What it was computed from, by name.")
    inputs_sha256 = models.CharField(max_length=64)
    software_version = models.CharField(max_length=20)
    reason = models.TextField(blank=True)

    class Meta:
        abstract = True


class Metric(Computed):
    """What is in use now; of a whole cell where ``test`` is empty."""

    cell = models.ForeignKey(Cell, on_delete=models.CASCADE, related_name="metrics")
    test = models.ForeignKey(CellTest, null=True, on_delete=models.CASCADE, related_name="metrics")
    basis_version = models.PositiveIntegerField(
        null=True, help_text="Of the cell's basis, where the number rests on mass or area; 0: there was none."
    )
    stale = models.BooleanField(
        default=False, help_text="What it rests on has changed; it is being computed."
    )
    computed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["cell", "name", "variant"]
        indexes = [models.Index(fields=["name", "value"], name="metric_by_value")]
        constraints = [
            models.UniqueConstraint(
                name="one_metric_of_a_cell", fields=["cell", "name", "variant"], condition=Q(test=None)
            ),
            models.UniqueConstraint(
                name="one_metric_of_a_test", fields=["test", "name", "variant"], condition=~Q(test=None)
            ),
            models.CheckConstraint(
                name="a_metric_or_a_reason",
                condition=Q(value__isnull=False, reason="") | (Q(value=None) & ~Q(reason="")),
                violation_error_message="A metric has a value, or the reason why it has none.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.cell_id}"


class PastMetric(Computed):
    """What a metric said before, and what changed; never written again."""

    cell = models.ForeignKey(Cell, on_delete=models.CASCADE, related_name="past_metrics")
    test = models.ForeignKey(CellTest, null=True, on_delete=models.CASCADE, related_name="past_metrics")
    computed_at = models.DateTimeField()
    replaced_at = models.DateTimeField(auto_now_add=True)
    cause = models.CharField(max_length=300)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["cell", "name"], name="past_metric_of_cell")]

    def __str__(self) -> str:
        return f"{self.name} of {self.cell_id} until {self.replaced_at:%Y-%m-%d}"


class MethodInUse(models.Model):
    """Which version of a method, with which parameters, the lab's numbers are computed by."""

    name = models.CharField(max_length=40, unique=True)
    version = models.CharField(max_length=12)
    parameters = models.JSONField(default=dict, help_text="Where they differ from the method's own.")
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(auto_now=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "methods in use"

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class MethodTrial(models.Model):
    """A version of a method, or other parameters, computed beside what is in use until a manager decides."""

    class State(models.TextChoices):
        COMPUTING = "computing", "Being computed"
        OPEN = "open", "Waits for a decision"
        TAKEN = "taken", "In use"
        DROPPED = "dropped", "Dropped"

    name = models.CharField(max_length=40)
    version = models.CharField(max_length=12)
    parameters = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.COMPUTING)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    why = models.TextField()
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_trial_of_a_method",
                fields=["name"],
                condition=Q(state__in=["computing", "open"]),
                violation_error_message="Another trial of this method waits for a decision.",
            )
        ]

    def __str__(self) -> str:
        return f"trial of {self.name} {self.version}"


class TrialMetric(Computed):
    """What the method of a trial says of a cell or a test."""

    trial = models.ForeignKey(MethodTrial, on_delete=models.CASCADE, related_name="metrics")
    cell = models.ForeignKey(Cell, on_delete=models.CASCADE, related_name="+")
    test = models.ForeignKey(CellTest, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering = ["cell", "name", "variant"]
        constraints = [
            models.UniqueConstraint(
                name="one_trial_metric_of_a_cell",
                fields=["trial", "cell", "name", "variant"],
                condition=Q(test=None),
            ),
            models.UniqueConstraint(
                name="one_trial_metric_of_a_test",
                fields=["trial", "test", "name", "variant"],
                condition=~Q(test=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.cell_id} on trial"


class ExclusionQuerySet(models.QuerySet["Exclusion"]):
    """Questions about what stays out of statistics."""

    def standing(self) -> ExclusionQuerySet:
        """Return the exclusions that nobody has lifted."""
        return self.filter(lifted_at=None)


class Exclusion(models.Model):
    """That a person keeps a cell's numbers out of statistics, and why; both results are then shown."""

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="exclusions")
    metric = models.CharField(
        max_length=60, blank=True, help_text="The metric that it concerns; empty: all of the cell's."
    )
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_reason = models.TextField(blank=True)

    objects = ExclusionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="excluded_once",
                fields=["cell", "metric"],
                condition=Q(lifted_at=None),
                violation_error_message="This is kept out of the statistics already.",
            ),
            models.CheckConstraint(
                name="exclusion_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message="Say why it is kept out.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cell_id} kept out"

    @property
    def record(self) -> Cell:
        """Return the record that this row belongs to."""
        return self.cell

    def covers(self, metric: str) -> bool:
        return self.metric in ("", metric)
