"""A real Celery worker on the embedded broker that notes each task that it ran; started by test_broker."""

import os
import sys
import time
from pathlib import Path

from celery import Celery

from lims import broker


def main(broker_file: Path, journal: Path, *worker_options: str) -> None:
    """Consume until stopped; every task appends its number to ``journal``."""
    broker.register()
    app = Celery("bells", broker=broker.broker_url(broker_file))
    # Late acknowledgement keeps a message taken while its task runs: the hardest case for the broker.
    app.conf.update(
        task_acks_late=True, task_ignore_result=True, worker_enable_remote_control=False, worker_concurrency=2
    )

    @app.task(name="ring")
    def ring(number: int) -> None:
        time.sleep(0.02)
        line = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(line, f"{number}\n".encode())  # one short write in append mode is never torn
        os.close(line)

    app.worker_main(
        ["worker", "--without-gossip", "--without-mingle", "--without-heartbeat", *worker_options]
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
