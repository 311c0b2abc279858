"""Work as rows: claimed once, given back when its worker falls silent, given up with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from lims import jobs, registry
from lims.audit import action, log
from lims.jobs import JobRefused, Lease, LeaseLost
from lims.models import Job, LogEntry
from tests.threads import at_once, succeed

pytestmark = pytest.mark.django_db
Handler = Callable[[Job, Lease], None]


def do_nothing(job: Job, lease: Lease) -> None:
    """Be done at once."""


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Handler], None]]:
    """Let a test say what the kind ``work`` does."""

    def use(handler: Handler) -> None:
        monkeypatch.setitem(registry.job_handlers, "work", handler)

    use(do_nothing)
    yield use


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setitem(registry.job_failures, "work", lambda _, reason: told.append(reason))
    return told


def ask(target_id: int = 1, **facts: Any) -> Job:
    return jobs.enqueue("work", target_id, by=None, **facts)


def fall_silent(job: Job) -> None:
    """Let the worker that has the job miss its lease."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def now(job: Job) -> Job:
    job.refresh_from_db()
    return job


def test_nobody_asks_for_work_that_nobody_does() -> None:
    with pytest.raises(KeyError, match="unheard-of"):
        jobs.enqueue("unheard-of", 1, by=None)


@pytest.mark.usefixtures("handle")
def test_what_a_person_waits_for_comes_before_bulk_and_the_oldest_first() -> None:
    bulk, first, second = ask(1, bulk=True), ask(2), ask(3)
    claimed = [lease.job_id for lease in (jobs.claim(), jobs.claim(), jobs.claim()) if lease]
    assert claimed == [first.pk, second.pk, bulk.pk]
    assert jobs.claim() is None


@pytest.mark.usefixtures("handle")
def test_asking_again_while_it_waits_is_the_same_job() -> None:
    assert ask(7).pk == ask(7).pk
    assert Job.objects.count() == 1


@pytest.mark.usefixtures("handle")
def test_a_person_who_asks_for_bulk_work_need_not_wait_for_bulk() -> None:
    job = ask(7, bulk=True)
    ask(7)
    assert not now(job).bulk


@pytest.mark.usefixtures("handle")
def test_asking_again_once_it_has_begun_is_another_job() -> None:
    ask(7)
    jobs.claim()
    ask(7)
    assert Job.objects.count() == 2


@pytest.mark.usefixtures("handle")
def test_work_asked_for_in_an_action_that_fails_is_not_done() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ask()
        raise ZeroDivisionError
    assert jobs.claim() is None


def test_a_job_done_is_done(handle: Callable[[Handler], None]) -> None:
    handle(lambda _, lease: lease.renew(0.5, "half way"))
    job = ask()
    assert jobs.work_all() == 1
    assert (now(job).state, job.progress, job.attempts, job.lease_token) == ("done", 1, 1, None)
    assert job.finished_at is not None


def test_progress_is_seen_while_the_work_is_done(handle: Callable[[Handler], None]) -> None:
    seen: list[tuple[float, str]] = []

    def work(job: Job, lease: Lease) -> None:
        lease.renew(0.25, "reading")
        seen.append((now(job).progress, job.progress_text))

    handle(work)
    ask()
    jobs.work_all()
    assert seen == [(0.25, "reading")]


@pytest.mark.usefixtures("handle")
@pytest.mark.parametrize("progress", [-0.01, 1.01, 50])
def test_progress_is_a_fraction_or_refused(progress: float) -> None:
    ask()
    lease = jobs.claim()
    assert lease is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        lease.renew(progress)


@pytest.mark.usefixtures("handle")
def test_a_running_job_without_a_lease_cannot_be() -> None:
    job = ask()
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING)


def test_who_has_lost_the_lease_publishes_nothing(handle: Callable[[Handler], None]) -> None:
    @action
    def publish(lease: Lease) -> None:
        log(None, "published", "a result")
        lease.check()

    def slow(job: Job, lease: Lease) -> None:
        fall_silent(job)
        jobs.sweep()
        publish(lease)

    handle(slow)
    job = ask()
    assert jobs.work_one()
    assert not LogEntry.objects.filter(verb="published").exists()
    assert now(job).state == Job.State.QUEUED


@pytest.mark.usefixtures("handle")
def test_the_slow_worker_s_end_does_not_touch_the_next_one_s_job() -> None:
    job = ask()
    slow = jobs.claim()
    fall_silent(job)
    jobs.sweep()
    Job.objects.update(not_before=None)
    quick = jobs.claim()
    assert slow is not None
    assert quick is not None
    jobs._finish(slow)
    assert now(job).state == Job.State.RUNNING
    with pytest.raises(LeaseLost):
        slow.renew(0.9)
    quick.renew(0.9)


@pytest.mark.usefixtures("handle")
def test_a_renewed_lease_is_not_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker renews between the sweep's look and its grasp."""
    job = ask()
    lease = jobs.claim()
    fall_silent(job)
    requeue = jobs._requeue

    def renew_first(*arguments: Any) -> None:
        assert lease is not None
        lease.renew()
        requeue(*arguments)

    monkeypatch.setattr(jobs, "_requeue", renew_first)
    jobs.sweep()
    assert now(job).state == Job.State.RUNNING


@pytest.mark.usefixtures("handle")
def test_the_sweep_leaves_a_living_worker_alone() -> None:
    job = ask()
    jobs.claim()
    assert jobs.sweep() == 0
    assert now(job).state == Job.State.RUNNING


@pytest.mark.usefixtures("handle")
def test_a_job_whose_workers_keep_dying_is_given_up_with_the_reason(failures: list[str]) -> None:
    job = ask()
    for attempt in range(1, settings.JOB_ATTEMPTS + 1):
        Job.objects.update(not_before=None)
        assert jobs.claim() is not None, attempt
        fall_silent(job)
        assert jobs.sweep() == 1
    assert now(job).state == Job.State.FAILED
    assert job.reason == "Given up after 4 attempts: each worker that tried fell silent."
    assert failures == [job.reason]


def test_a_handler_that_fails_waits_longer_each_time_and_then_gives_up(
    handle: Callable[[Handler], None], failures: list[str]
) -> None:
    def fail(job: Job, lease: Lease) -> None:
        raise OSError("The disk is full.")

    handle(fail)
    job = ask()
    waits = []
    for _ in range(settings.JOB_ATTEMPTS - 1):
        before = timezone.now()
        assert jobs.work_one()
        assert now(job).state == Job.State.QUEUED
        assert job.not_before is not None
        waits.append(round((job.not_before - before).total_seconds()))
        assert not jobs.work_one(), "it waits"
        Job.objects.update(not_before=None)
    assert waits == [2, 4, 8]
    assert jobs.work_one()
    assert now(job).state == Job.State.FAILED
    assert job.reason == "Given up after 4 attempts. OSError: The disk is full."
    assert failures == [job.reason]


def test_work_that_trying_again_would_not_help_is_tried_once(
    handle: Callable[[Handler], None], failures: list[str]
) -> None:
    def refuse(job: Job, lease: Lease) -> None:
        raise JobRefused("No Pango here.")

    handle(refuse)
    job = ask()
    jobs.work_all()
    assert (now(job).state, job.reason, job.attempts) == ("failed", "No Pango here.", 1)
    assert failures == ["No Pango here."]


@pytest.mark.usefixtures("handle")
def test_a_dead_worker_s_job_that_was_asked_for_again_is_done_once() -> None:
    first = ask(7)
    jobs.claim()
    second = ask(7)
    fall_silent(first)
    jobs.sweep()
    assert now(first).state == Job.State.DONE
    assert now(second).state == Job.State.QUEUED


@pytest.mark.django_db(transaction=True)
def test_workers_who_claim_at_once_never_claim_the_same(handle: Callable[[Handler], None]) -> None:
    asked = {ask(number).pk for number in range(12)}

    def claim_all() -> list[int]:
        claimed = []
        while (lease := jobs.claim()) is not None:
            claimed.append(lease.job_id)
        return claimed

    claimed = [pk for one in succeed(at_once(claim_all, claim_all, claim_all)) for pk in one]
    assert len(claimed) == 12
    assert set(claimed) == asked


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("handle")
def test_two_who_ask_at_once_get_one_job() -> None:
    first, second = succeed(at_once(lambda: ask(7).pk, lambda: ask(7).pk))
    assert first == second


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_only_delays(
    handle: Callable[[Handler], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(jobs.app, "send_task", silent)
    job = ask()
    assert jobs.work_all() == 1
    assert now(job).state == Job.State.DONE
