"""Trying a method: another version or other parameters, computed beside what is in use and compared before a switch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from cells.models import Cell
from lims import jobs
from lims.jobs import Lease
from lims.models import Job, User
from testing import analyse, methods
from testing.analyse import Chosen, all_work
from testing.inputs import gather
from testing.methods.base import run
from testing.models import MethodTrial, Metric, TrialMetric

KIND = "try_method"
# Two numbers that differ by less are the same number, computed twice.
SAME_NUMBER = 1e-12


def chosen_of(trial: MethodTrial) -> Chosen:
    """Return the method that a trial tries; raises ValueError where this software does not know it."""
    method = methods.versions(trial.name).get(trial.version)
    if method is None:
        raise ValueError(f"This software knows no version {trial.version} of {trial.name}.")
    return Chosen(method, method.judged(trial.parameters))


def compute_trial(job: Job, lease: Lease) -> None:
    """Compute a trial for every cell that has a test; one that was cut short goes on where it stopped."""
    trial = MethodTrial.objects.get(pk=job.target_id)
    if trial.state != MethodTrial.State.COMPUTING:
        return
    try:
        chosen = chosen_of(trial)
    except ValueError as problem:
        raise jobs.JobRefused(str(problem)) from problem
    done = set(trial.metrics.order_by().values_list("cell_id", flat=True).distinct())
    keys = list(
        Cell.objects.filter(tests__isnull=False).order_by("pk").distinct().values_list("pk", flat=True)
    )
    for number, key in enumerate(keys):
        if key not in done:
            lease.renew(number / len(keys), f"cell {number + 1} of {len(keys)}")
            _try_on(trial, chosen, Cell.objects.select_related("identity", "edition").get(pk=key))
    with transaction.atomic():
        lease.check()
        MethodTrial.objects.filter(pk=trial.pk, state=MethodTrial.State.COMPUTING).update(
            state=MethodTrial.State.OPEN
        )


def _try_on(trial: MethodTrial, chosen: Chosen, cell: Cell) -> None:
    gathered = gather(cell)
    rows = []
    for work in all_work(gathered, [chosen]):
        for result in run(work.method, gathered.inputs(work.method, work.test, whole=True), work.parameters):
            rows.append(TrialMetric(trial=trial, cell=cell, test=work.test, **work.fields(result)))  # noqa: PERF401
    with transaction.atomic():
        TrialMetric.objects.filter(trial=trial, cell=cell).delete()
        TrialMetric.objects.bulk_create(rows)


@dataclass(frozen=True)
class Compared:
    """One number as it is in use and as the trial has it; None where there is none."""

    cell: str
    test: str
    name: str
    variant: str
    old: Metric | None
    new: TrialMetric | None

    @property
    def difference(self) -> float | None:
        if self.old is None or self.new is None or self.old.value is None or self.new.value is None:
            return None
        return self.new.value - self.old.value

    @property
    def changed(self) -> bool:
        """Return whether somebody would read another number, or a reason in place of one."""
        difference = self.difference
        if difference is not None and self.old is not None and self.old.value is not None:
            return abs(difference) > SAME_NUMBER * max(1.0, abs(self.old.value))
        old = self.old.value if self.old else None
        new = self.new.value if self.new else None
        return (old is None) != (new is None)


def compared(trial: MethodTrial, user: User, cells: Iterable[int] | None = None) -> list[Compared]:
    """Return old beside new for the cells that ``user`` may see, in their order."""
    seen = Cell.objects.visible_to(user)
    keys = list(
        seen.filter(pk__in=cells).values_list("pk", flat=True)
        if cells is not None
        else seen.values_list("pk", flat=True)
    )
    names = [output.name for output in chosen_of(trial).method.outputs]
    related = ("cell__identity", "test__identity")
    new = {
        (row.cell_id, row.test_id, row.name, row.variant): row
        for row in trial.metrics.filter(cell__in=keys).select_related(*related)
    }
    old = {
        (row.cell_id, row.test_id, row.name, row.variant): row
        for row in Metric.objects.filter(cell__in=keys, name__in=names, method=trial.name).select_related(
            *related
        )
    }
    found = []
    for key in sorted({*new, *old}, key=lambda k: (k[0], k[1] or 0, k[2], k[3])):
        row = new.get(key) or old[key]
        found.append(
            Compared(
                cell=row.cell.code,
                test=row.test.code if row.test else "",
                name=analyse.LABELS.get(row.name, row.name),
                variant=row.variant,
                old=old.get(key),
                new=new.get(key),
            )
        )
    return found


def progress_of(trial: MethodTrial) -> str:
    """Return how far the computing of a trial is, or why it failed, in words."""
    job = Job.objects.filter(kind=KIND, target_id=trial.pk).order_by("-pk").first()
    if job is None or job.state == Job.State.QUEUED:
        return "It waits to be computed."
    if job.state == Job.State.FAILED:
        return f"It could not be computed: {job.reason}"
    return f"It is being computed: {job.progress_text or 'begun'}."
