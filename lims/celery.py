"""The Celery app. The broker is only a doorbell: what is to be done stands in the job table."""

import os

from celery import Celery
from django.conf import settings

from lims import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lims.settings")
broker.register()

app = Celery("lims")
# Without this, delay() called in the web process would look for a default app and a broker on localhost.
app.set_default()
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_enable_remote_control=not settings.EMBEDDED,
    timezone="UTC",
    task_publish_retry=False,
    # A ring that cannot be delivered must not hold up the request: the sweep finds the job.
    broker_transport_options={"socket_timeout": 2, "socket_connect_timeout": 2},
    beat_schedule={
        "sweep": {
            "task": "lims.tasks.sweep",
            "schedule": float(settings.JOB_SWEEP_S),
            # A sweep that waited behind others has nothing left to find.
            "options": {"expires": settings.JOB_SWEEP_S},
        }
    },
)
app.autodiscover_tasks()
