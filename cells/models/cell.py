"""Cells: what was pressed from what, with which pressure, and what became of it."""

from __future__ import annotations

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from cells.models.design import CellDesignEdition, LayerRole
from cells.models.plan import BuildPlan
from cells.models.stack import DesignPress
from cells.models.study import Condition, Study
from lims.models import Record, RecordQuerySet
from materials.models import Equipment


class CellQuerySet(RecordQuerySet):
    """Questions about cells."""

    def of_study(self, code: str) -> Self:
        return self.filter(condition__study__identity__code=code)

    def with_study(self) -> Self:
        return self.select_related("condition__study__identity", "edition__design__identity", "die__identity")


class Cell(Record):
    """One cell."""

    CODE_PREFIX = "CELL"

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        BUILDING = "building", "Building"
        BUILT = "built", "Built"
        TESTING = "testing", "Testing"
        FINISHED = "finished", "Finished"
        FAILED = "failed", "Failed"
        SHORTED = "shorted", "Shorted"
        DISMANTLED = "dismantled", "Dismantled"

    # From each state, the states that an action may move a cell to.
    MOVES: dict[str, tuple[str, ...]] = {
        State.PLANNED: (State.BUILDING, State.FAILED),
        State.BUILDING: (State.BUILT, State.FAILED, State.SHORTED),
        State.BUILT: (State.TESTING, State.FAILED, State.SHORTED, State.DISMANTLED),
        State.TESTING: (State.FINISHED, State.FAILED, State.SHORTED),
        State.FINISHED: (State.TESTING, State.DISMANTLED),
        State.FAILED: (State.DISMANTLED,),
        State.SHORTED: (State.DISMANTLED,),
        State.DISMANTLED: (),
    }
    # What is told of its layers and presses by rows of their own, and may be said to be missing on the cell.
    MORE_BLANKS = frozenset(
        {f"{role}_{what}" for role in LayerRole.values for what in ("lost", "pressure", "balance", "height")}
    )

    condition = models.ForeignKey(Condition, on_delete=models.PROTECT, related_name="cells")
    edition = models.ForeignKey(CellDesignEdition, on_delete=models.PROTECT, related_name="cells")
    die = models.ForeignKey(
        Equipment, on_delete=models.PROTECT, related_name="+", limit_choices_to={"kind": "die"}
    )
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED, editable=False)
    open_circuit_voltage_v = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(-1), MaxValueValidator(6)]
    )
    resistance_1khz_ohm = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    assembly_temperature_c = models.FloatField(
        null=True, blank=True, help_text="Of the cell while these two were measured."
    )
    assembled_at = models.DateTimeField(null=True, editable=False)
    glovebox = models.ForeignKey(
        Equipment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to={"kind": "glovebox"},
    )
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by", editable=False,
        help_text="The cell that was built anew as this one; its tests stay its own.",
    )  # fmt: skip

    plan = models.ForeignKey(
        BuildPlan, null=True, blank=True, on_delete=models.PROTECT, related_name="cells", editable=False
    )
    planned_on = models.DateField(null=True, blank=True, help_text="The day on which it is to be built.")
    plan_turn = models.PositiveSmallIntegerField(null=True, editable=False)

    objects = CellQuerySet.as_manager()  # type: ignore[misc]  # narrower than Record's

    class Meta(Record.Meta):
        pass

    @property
    def ended(self) -> bool:
        """Return whether nothing more is built or measured on it."""
        return self.state in (self.State.FAILED, self.State.SHORTED, self.State.DISMANTLED)

    @property
    def study(self) -> Study:
        return self.condition.study

    @property
    def group(self) -> str:
        """Return the condition's name; the API calls it group."""
        return self.condition.name

    def next_press(self) -> DesignPress | None:
        """Return the first step of the design's press schedule whose layer is not in the cell yet, or None."""
        pressed = set(self.layers.values_list("role", flat=True))
        return next((s for s in self.edition.press_schedule.all() if s.role and s.role not in pressed), None)
