"""The embedded broker: a kombu transport on the standard library's sqlite3, for a lab without Redis.

The job rows are the truth and this file only rings the bell, so a lost or doubled message costs time, never
work. It still loses none: a worker marks the messages that it takes and holds a lock on one byte of a file
beside the database for as long as it lives. The kernel drops that lock however the worker dies, and the next
worker that looks gives the marked messages back. A lease would need a renewal or a guess at the longest wait
behind a slow task; a process number means nothing in another container; a lock is never wrong.

Known limit: one machine, because the lock and the write-ahead log both need one kernel. More machines
use Redis.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any
from urllib.parse import quote

from kombu.transport import TRANSPORT_ALIASES, virtual

SCHEME = "sqlite3"
BUSY_TIMEOUT_S = 5.0
# How long the messages of a dead worker wait at most before a living one takes them over.
ORPHAN_CHECK_S = 2.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, body TEXT NOT NULL, taken_by INTEGER
);
CREATE INDEX IF NOT EXISTS message_waiting ON message (queue, id) WHERE taken_by IS NULL;
CREATE INDEX IF NOT EXISTS message_taken ON message (taken_by) WHERE taken_by IS NOT NULL;
"""
WAITING = "SELECT id FROM message WHERE queue = ? AND taken_by IS NULL ORDER BY id LIMIT 1"


class Mailbox:
    """One broker file as one process sees it; its threads share it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._next_orphan_check = 0.0
        # Byte 0 is held while the file is prepared (SQLite does not wait when two processes switch to the
        # write-ahead log at once), every other byte says that the worker with that number lives.
        self.worker = 1 + secrets.randbelow(2**40)
        self._presence = os.open(f"{path}-workers", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.lockf(self._presence, fcntl.LOCK_EX, 1, 0)
        try:
            self._database = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.executescript(SCHEMA)
        finally:
            fcntl.lockf(self._presence, fcntl.LOCK_UN, 1, 0)
        fcntl.lockf(self._presence, fcntl.LOCK_EX, 1, self.worker)

    def run(self, statement: str, *values: object) -> list[Any]:
        """Run one statement, which is one transaction, and return its rows."""
        with self._lock:
            return self._database.execute(statement, values).fetchall()

    def put(self, queue: str, message: dict[str, Any]) -> None:
        """Store ``message`` at the end of ``queue``."""
        self.run("INSERT INTO message (queue, body) VALUES (?, ?)", queue, json.dumps(message))

    def take(self, queue: str, *, keep: bool) -> dict[str, Any]:
        """Return the oldest waiting message, marked as ours, or gone from the file unless ``keep``."""
        self._release_orphans()
        # Asking first keeps the idle poll a read, so that it never waits for the write lock.
        if not self.run(WAITING, queue):
            raise Empty
        if keep:
            sql = f"UPDATE message SET taken_by = ? WHERE id = ({WAITING}) RETURNING id, body"  # noqa: S608
            rows = self.run(sql, self.worker, queue)
        else:
            rows = self.run(f"DELETE FROM message WHERE id = ({WAITING}) RETURNING id, body", queue)  # noqa: S608
        if not rows:
            raise Empty  # another worker was faster
        [(number, body)] = rows
        message: dict[str, Any] = json.loads(body)
        message["properties"]["delivery_tag"] = str(number)
        return message

    def finish(self, delivery_tag: str) -> None:
        """Forget a message that was dealt with, unless another worker has taken it over since."""
        self.run("DELETE FROM message WHERE id = ? AND taken_by = ?", int(delivery_tag), self.worker)

    def release(self, delivery_tag: str) -> None:
        """Put a message that we took back to its old place in the queue."""
        statement = "UPDATE message SET taken_by = NULL WHERE id = ? AND taken_by = ?"
        self.run(statement, int(delivery_tag), self.worker)

    def _release_orphans(self) -> None:
        if monotonic() < self._next_orphan_check:
            return
        self._next_orphan_check = monotonic() + ORPHAN_CHECK_S
        others = "SELECT DISTINCT taken_by FROM message WHERE taken_by IS NOT NULL AND taken_by != ?"
        for (worker,) in self.run(others, self.worker):
            try:
                fcntl.lockf(self._presence, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, worker)
            except (BlockingIOError, PermissionError):
                continue  # it lives, or another worker is asking the same question
            self.run("UPDATE message SET taken_by = NULL WHERE taken_by = ?", worker)
            fcntl.lockf(self._presence, fcntl.LOCK_UN, 1, worker)


class Channel(virtual.Channel):
    """What kombu asks of a queue, answered by the mailbox."""

    def __init__(self, connection: Any, **options: Any) -> None:
        super().__init__(connection, **options)
        self._mailbox = open_mailbox(connection.client.virtual_host)
        self._unacknowledged_queues: set[str] = set()

    def basic_consume(
        self,
        queue: str,
        no_ack: bool,  # noqa: FBT001
        callback: Callable[..., Any] | None,
        consumer_tag: str | None,
        **options: Any,
    ) -> str:
        """Consume from ``queue``; with ``no_ack`` nobody will say when a message is done with."""
        if no_ack:
            self._unacknowledged_queues.add(queue)
        return super().basic_consume(queue, no_ack, callback, consumer_tag, **options)

    def basic_get(self, queue: str, no_ack: bool = False, **options: Any) -> Any:  # noqa: FBT001, FBT002
        """Return one message of ``queue`` or nothing."""
        message = super().basic_get(queue, no_ack=no_ack, **options)
        if no_ack and message is not None and message.delivery_tag is not None:
            self._mailbox.finish(message.delivery_tag)
        return message

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:  # noqa: FBT001, FBT002
        """Forget the message."""
        self._mailbox.finish(delivery_tag)
        super().basic_ack(delivery_tag, multiple=multiple)

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002
        """Forget the message, or give it back to the queue."""
        if not requeue:
            self._mailbox.finish(delivery_tag)
        super().basic_reject(delivery_tag, requeue=requeue)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        return self._mailbox.take(queue, keep=queue not in self._unacknowledged_queues)

    def _put(self, queue: str, message: dict[str, Any], **options: Any) -> None:
        self._mailbox.put(queue, message)

    def _restore(self, message: Any) -> None:
        self._mailbox.release(message.delivery_tag)

    def _purge(self, queue: str) -> int:
        return len(
            self._mailbox.run("DELETE FROM message WHERE queue = ? AND taken_by IS NULL RETURNING id", queue)
        )

    def _size(self, queue: str) -> int:
        [(count,)] = self._mailbox.run(
            "SELECT count(*) FROM message WHERE queue = ? AND taken_by IS NULL", queue
        )
        return int(count)


class Transport(virtual.Transport):
    """Queues in one SQLite file on this machine; broadcasts (worker remote control) are not carried."""

    Channel = Channel
    driver_type = SCHEME
    driver_name = SCHEME
    polling_interval = 0.05  # seconds; an idle poll is one indexed read
    # A file that stays locked for BUSY_TIMEOUT_S is a lost connection to Celery, which tries again.
    connection_errors = (*virtual.Transport.connection_errors, sqlite3.OperationalError)

    @property
    def default_connection_params(self) -> dict[str, Any]:
        """A file has neither host nor port, and kombu would warn that they are missing."""
        return {}

    def driver_version(self) -> str:
        """Return the version of the SQLite library."""
        return sqlite3.sqlite_version


_mailboxes: dict[Path, Mailbox] = {}
_inherited: list[Mailbox] = []
_opening = threading.Lock()


def open_mailbox(virtual_host: str) -> Mailbox:
    """Return this process's mailbox for the absolute path in a broker URL."""
    path = Path(virtual_host)
    if not path.is_absolute():
        raise ValueError(
            f"The broker URL needs an absolute path, such as sqlite3:////srv/lims/broker.sqlite3, not {path}."
        )
    with _opening:
        if path not in _mailboxes:
            _mailboxes[path] = Mailbox(path)
        return _mailboxes[path]


def broker_url(path: Path) -> str:
    """Return the broker URL of a file.

    >>> broker_url(Path("/srv/my lab/broker.sqlite3"))
    'sqlite3:////srv/my%20lab/broker.sqlite3'
    """
    return f"{SCHEME}:///{quote(str(path.absolute()))}"


def register() -> None:
    """Teach kombu the ``sqlite3`` scheme; needed once in every process, before Celery connects."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


def _start_afresh_after_fork() -> None:
    # SQLite forbids the use of a connection on the other side of a fork, and closing it there is a use.
    global _opening  # noqa: PLW0603
    _inherited.extend(_mailboxes.values())
    _mailboxes.clear()
    _opening = threading.Lock()


os.register_at_fork(after_in_child=_start_afresh_after_fork)
