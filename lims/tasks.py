"""What the doorbell starts."""

from celery import shared_task

from lims import jobs, registry


@shared_task
def work() -> None:
    """Do the next job, if another worker has not taken it, and ring for the one after it."""
    if jobs.work_one() and jobs.something_waits():
        jobs.ring()


@shared_task
def sweep() -> None:
    """Give back the jobs of dead workers, look for what nobody sends, and do what no ring has announced."""
    jobs.sweep()
    for look in registry.periodic:
        look()
    jobs.work_all()
