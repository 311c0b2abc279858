"""What the doorbell starts."""

from celery import shared_task

from lims import jobs


@shared_task
def work() -> None:
    """Do the next job, if another worker has not taken it."""
    jobs.work_one()


@shared_task
def sweep() -> None:
    """Give back the jobs of dead workers, and do what no ring has announced."""
    jobs.sweep()
    jobs.work_all()
