"""Work as rows: asked for in the transaction of its cause, claimed under a lease, done once.

A worker that dies lets its lease run out, and the sweep gives the job to another. A worker that was only slow
finds its token gone and its results refused, since whatever it publishes checks the token in that transaction.
"""

from __future__ import annotations

import logging
import sqlite3
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from lims import registry
from lims.celery import app
from lims.models import Identity, Job, User

logger = logging.getLogger(__name__)

# Each worker that answers rings again while work waits, so a few rings start any number of jobs.
MOST_RINGS = 8


class LeaseLost(Exception):
    """Somebody else holds the job now: whatever this worker has made is not published."""


class JobRefused(Exception):
    """The work cannot be done, and trying again would not help; the sentence says why."""


@dataclass(frozen=True)
class Lease:
    """A worker's right to one job, for a while."""

    job_id: int
    token: uuid.UUID

    def renew(self, progress: float | None = None, text: str | None = None) -> None:
        """Keep the job, and say how far it is; raises LeaseLost when it is no longer ours."""
        changes: dict[str, object] = {"lease_until": timezone.now() + settings.JOB_LEASE}
        if progress is not None:
            changes["progress"] = progress
        if text is not None:
            changes["progress_text"] = text
        if not self._mine().update(**changes):
            raise LeaseLost(f"Job {self.job_id} was given to another worker.")

    def check(self) -> None:
        """Hold the job until the transaction ends, or raise LeaseLost; called where results are published."""
        self.renew()

    def _mine(self) -> QuerySet[Job]:
        return Job.objects.filter(pk=self.job_id, lease_token=self.token, state=Job.State.RUNNING)


def enqueue(
    kind: str, target_id: int, *, by: User | None, identity: Identity | None = None, bulk: bool = False
) -> Job:
    """Ask for work in the transaction under way, and ring once it is committed.

    Asking again for what is still waiting is the same job.
    """
    if kind not in registry.job_handlers:
        raise KeyError(f"Nobody handles jobs of kind {kind!r}.")
    job, created = Job.objects.get_or_create(
        kind=kind,
        target_id=target_id,
        state=Job.State.QUEUED,
        defaults={"asked_by": by, "identity": identity, "bulk": bulk},
    )
    if not created and job.bulk and not bulk:
        Job.objects.filter(pk=job.pk).update(bulk=False)
    transaction.on_commit(ring)
    return job


def enqueue_many(
    kind: str, targets: Iterable[int], *, by: User | None, of_records: bool = False, bulk: bool = False
) -> None:
    """Ask for the same work on many things, in two queries; what already waits is not asked for again.

    of_records  The targets are primary keys of records, so that their pages can show how far the work is.
    """
    if kind not in registry.job_handlers:
        raise KeyError(f"Nobody handles jobs of kind {kind!r}.")
    keys = sorted(set(targets))
    Job.objects.bulk_create(
        (
            Job(kind=kind, target_id=key, identity_id=key if of_records else None, asked_by=by, bulk=bulk)
            for key in keys
        ),
        ignore_conflicts=True,
        batch_size=500,
    )
    if not bulk:
        waiting = Job.objects.filter(kind=kind, target_id__in=keys, state=Job.State.QUEUED, bulk=True)
        waiting.update(bulk=False)
    for _ in keys[:MOST_RINGS]:
        transaction.on_commit(ring)


def ring() -> None:
    """Wake a worker. A broker that is away only delays: the sweep finds the job."""
    try:
        app.send_task("lims.tasks.work", retry=False)
    except (BrokerError, OSError, sqlite3.Error) as error:
        logger.warning("The broker did not answer (%s); the sweep will find the job.", error)


def claim() -> Lease | None:
    """Take the next waiting job, a person's own before bulk, or return None when nothing waits."""
    while True:
        now = timezone.now()
        job = Job.objects.waiting().filter(Q(not_before=None) | Q(not_before__lte=now)).first()
        if job is None:
            return None
        token = uuid.uuid4()
        taken = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(
            state=Job.State.RUNNING,
            lease_token=token,
            lease_until=now + settings.JOB_LEASE,
            attempts=F("attempts") + 1,
            started_at=now,
            progress=0,
            progress_text="",
        )
        if taken:
            return Lease(job.pk, token)


def something_waits() -> bool:
    """Return whether a job can be taken now."""
    return Job.objects.waiting().filter(Q(not_before=None) | Q(not_before__lte=timezone.now())).exists()


def work_one() -> bool:
    """Do the next job, if there is one, and return whether there was."""
    lease = claim()
    if lease is None:
        return False
    job = Job.objects.select_related("identity", "asked_by").get(pk=lease.job_id)
    try:
        registry.job_handlers[job.kind](job, lease)
    except LeaseLost:
        logger.warning("%s: the lease was lost; its results were dropped.", job)
    except JobRefused as refusal:
        _fail(job, lease, str(refusal))
    except Exception as error:
        logger.exception("%s failed", job)
        _retry_or_fail(job, lease, f"{type(error).__name__}: {error}")
    else:
        _finish(lease)
    return True


def _finish(lease: Lease) -> None:
    lease._mine().update(
        state=Job.State.DONE,
        progress=1,
        progress_text="",
        lease_token=None,
        lease_until=None,
        finished_at=timezone.now(),
    )


def _fail(job: Job, lease: Lease, reason: str) -> None:
    with transaction.atomic():
        failed = lease._mine().update(
            state=Job.State.FAILED,
            reason=reason,
            lease_token=None,
            lease_until=None,
            finished_at=timezone.now(),
        )
        if failed and job.kind in registry.job_failures:
            registry.job_failures[job.kind](job, reason)


def _retry_or_fail(job: Job, lease: Lease, reason: str) -> None:
    if job.attempts >= settings.JOB_ATTEMPTS:
        _fail(job, lease, f"Given up after {job.attempts} attempts. {reason}")
        return
    _requeue(job, reason, lease._mine())


def _requeue(job: Job, reason: str, rows: QuerySet[Job]) -> None:
    wait = timedelta(seconds=2 ** min(job.attempts, 6))
    twin = Job.objects.filter(kind=job.kind, target_id=job.target_id, state=Job.State.QUEUED).exclude(
        pk=job.pk
    )
    if twin.exists():
        # The same work has been asked for again meanwhile: that job does it.
        rows.update(
            state=Job.State.DONE,
            reason=reason,
            lease_token=None,
            lease_until=None,
            finished_at=timezone.now(),
        )
        return
    rows.update(
        state=Job.State.QUEUED,
        reason=reason,
        lease_token=None,
        lease_until=None,
        not_before=timezone.now() + wait,
    )


def sweep() -> int:
    """Give back the jobs of workers that died, do what waits, and return how many jobs were given back."""
    given_back = 0
    late = Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=timezone.now())
    for job in late.order_by("pk"):
        # The lease as it was read: a worker that was only slow may have renewed it since.
        rows = Job.objects.filter(
            pk=job.pk, lease_token=job.lease_token, lease_until=job.lease_until, state=Job.State.RUNNING
        )
        with transaction.atomic():
            if job.attempts >= settings.JOB_ATTEMPTS:
                _give_up(job, rows)
            else:
                _requeue(job, "The worker that had it fell silent.", rows)
        given_back += 1
    return given_back


def _give_up(job: Job, rows: QuerySet[Job]) -> None:
    reason = f"Given up after {job.attempts} attempts: each worker that tried fell silent."
    failed = rows.update(
        state=Job.State.FAILED, reason=reason, lease_token=None, lease_until=None, finished_at=timezone.now()
    )
    if failed and job.kind in registry.job_failures:
        registry.job_failures[job.kind](job, reason)


def work_all() -> int:
    """Do every job that waits and return how many were done; what tests and the sweep call."""
    done = 0
    while work_one():
        done += 1
    return done
