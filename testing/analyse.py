"""From cycles and spectra to stored metrics: each a number with its basis and inputs, or the reason why there is none.

Whatever changes a cell's data, basis or methods asks for the cell; a worker then computes what its inputs' hash says
is new. Asking a hundred times while one waits is one calculation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from cells.models import Cell, CellBasis
from lims import jobs, registry
from lims.audit import action
from lims.jobs import Lease
from lims.models import Identity, Job, User
from lims.trace import descendants_of
from testing import judging, methods
from testing.inputs import Gathered, gather, sha256_of, summaries
from testing.keeping import Work, forget, store
from testing.methods.base import Method, Result, run
from testing.methods.first_cycle import FIRST_CHARGE, FIRST_DISCHARGE, ICE
from testing.models import CellTest, MethodInUse, Metric

__all__ = ["FIRST_CHARGE", "FIRST_DISCHARGE", "ICE", "KIND", "LABELS", "UNITS", "summaries"]

KIND = "compute_metrics"
LABELS = {name: each.output.label for name, each in methods.named().items()}
UNITS = {name: each.output.unit for name, each in methods.named().items()}


@dataclass(frozen=True)
class Chosen:
    """A method as the lab uses it."""

    method: Method
    parameters: Mapping[str, Any]


def in_use() -> list[Chosen]:
    """Return every method in the version and with the parameters that the lab has decided on.

    A method that was never used before begins with its newest version.
    """
    decided = {row.name: row for row in MethodInUse.objects.all()}
    chosen = []
    for name, newest in methods.newest().items():
        row = decided.get(name)
        if row is None:
            row, _ = MethodInUse.objects.get_or_create(name=name, defaults={"version": newest.version})
        # Software that no longer knows the version in use computes by the newest, and says so with each number.
        method = methods.versions(name).get(row.version, newest)
        known = {parameter.name for parameter in method.parameters}
        parameters = {key: value for key, value in row.parameters.items() if key in known}
        chosen.append(Chosen(method, method.judged(parameters)))
    return chosen


def request(cells: Iterable[int], *, by: User | None = None, bulk: bool = False) -> None:
    """Ask for the metrics of these cells; called inside the action that changed what they rest on."""
    jobs.enqueue_many(KIND, cells, by=by, of_records=True, bulk=bulk)


def request_below(identities: frozenset[int]) -> None:
    """Ask for the metrics that rest on a basis which is no longer the cell's; what a corrected mass calls.

    The old number stays until the new one is there, and is marked as stale from the same transaction on.
    """
    below = {target for _, target, _ in descendants_of(identities)} | identities
    now = CellBasis.objects.filter(cell=OuterRef("cell"), current=True).values("version")[:1]
    behind = (
        Metric.objects.filter(cell__in=below, basis_version__isnull=False)
        .annotate(now=Coalesce(Subquery(now), Value(0)))
        .exclude(basis_version=F("now"))
    )
    keys = set(behind.order_by().values_list("cell", flat=True))
    if keys:
        Metric.objects.filter(cell__in=keys, basis_version__isnull=False).update(stale=True)
        request(keys, bulk=len(keys) > 1)


def compute_metrics(job: Job, lease: Lease) -> None:
    """Compute what is new of one cell; the handler of its job."""
    _compute(Cell.objects.select_related("identity", "edition").get(pk=job.target_id), lease)


def compute(cell: Cell) -> None:
    """Compute what is new of ``cell`` here and now."""
    _compute(cell, None)


def _compute(cell: Cell, lease: Lease | None) -> None:
    gathered = gather(cell)
    wanted = _stale_work(gathered)
    found = []
    for number, work in enumerate(wanted):
        if lease:
            lease.renew(number / len(wanted), work.method.outputs[0].label)
        answers = run(work.method, gathered.inputs(work.method, work.test, whole=True), work.parameters)
        found.append((work, answers))
    _publish(cell, found, lease)
    judging.judge(gathered, lease)


def all_work(gathered: Gathered, chosen: Iterable[Chosen]) -> Iterator[Work]:
    """Return what these methods can be asked of a cell."""
    for each in chosen:
        tests: Iterable[CellTest | None] = gathered.tests if each.method.scope == "test" else (None,)
        for test in tests:
            if each.method.applies(gathered.inputs(each.method, test)):
                identity = gathered.identity(each.method, test, each.parameters)
                yield Work(each.method, each.parameters, test, identity, sha256_of(identity))


def _stale_work(gathered: Gathered) -> list[Work]:
    """Return what has to be computed: where no stored number of the method has these inputs."""
    stored: dict[tuple[str, int | None], set[str]] = {}
    rows = Metric.objects.filter(cell=gathered.cell).order_by()
    for method, test, sha256 in rows.values_list("method", "test", "inputs_sha256"):
        stored.setdefault((method, test), set()).add(sha256)
    return [work for work in all_work(gathered, in_use()) if stored.get(work.key) != {work.sha256}]


@action
def _publish(cell: Cell, found: Sequence[tuple[Work, list[Result]]], lease: Lease | None) -> None:
    """Store what was computed, unless what it was computed from has changed meanwhile: then another job waits."""
    if lease:
        lease.check()
    # Two workers at one cell: the second one waits, and finds out whether its inputs still hold.
    Identity.objects.select_for_update(no_key=True).get(pk=cell.pk)
    now = {work.key: work.sha256 for work in all_work(gather(cell), in_use())}
    changed = forget(cell, set(now))
    for work, answers in found:
        if now.get(work.key) == work.sha256:
            changed |= store(cell, work, answers)
    Metric.objects.filter(cell=cell, stale=True, inputs_sha256__in=list(now.values())).update(stale=False)
    if changed:
        registry.facts_changed({cell.pk})
