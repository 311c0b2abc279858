import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery
from kombu import Connection

from lims import broker

ROOT = Path(__file__).resolve().parents[2]
WORKER = Path(__file__).with_name("broker_worker.py")
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def broker_file(tmp_path: Path) -> Path:
    broker.register()
    return tmp_path / "a lab" / "broker.sqlite3"


@pytest.fixture
def connection(broker_file: Path) -> Iterator[Connection]:
    with Connection(broker.broker_url(broker_file)) as connection:
        yield connection


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def start_worker(broker_file: Path, journal: Path, tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> subprocess.Popen[bytes]:
        with (tmp_path / f"worker-{len(started)}.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, WORKER, broker_file, journal, *options],
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def ring(broker_file: Path, count: int) -> None:
    app = Celery("bells", broker=broker.broker_url(broker_file))
    with app.connection_for_write() as connection:
        for number in range(count):
            app.send_task("ring", args=[number], connection=connection)


def rung(journal: Path) -> list[int]:
    return [int(line) for line in journal.read_text().splitlines()] if journal.exists() else []


def wait_until(condition: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.05)


def rows_left(broker_file: Path) -> int:
    [(count,)] = broker.open_mailbox(str(broker_file)).run("SELECT count(*) FROM message")
    return int(count)


def put(connection: Connection, *bodies: str) -> None:
    producer = connection.Producer()
    for body in bodies:
        producer.publish(body, routing_key="bells")


def get(connection: Connection, *, no_ack: bool = False) -> object:
    return connection.default_channel.basic_get("bells", no_ack=no_ack)


def test_a_worker_killed_half_way_leaves_nothing_stuck(
    broker_file: Path, journal: Path, start_worker: Start
) -> None:
    ring(broker_file, 200)
    first = start_worker()
    wait_until(lambda: len(rung(journal)) >= 40, seconds=60)

    # Only the parent dies: its children outlive it for a moment with all that they inherited.
    first.kill()
    first.wait()
    assert rows_left(broker_file) > 100
    second = start_worker()

    wait_until(lambda: set(rung(journal)) == set(range(200)), seconds=60)
    wait_until(lambda: rows_left(broker_file) == 0, seconds=10)
    assert second.poll() is None


def test_three_consumers_ring_each_bell_once(broker_file: Path, journal: Path, start_worker: Start) -> None:
    for _ in range(3):
        start_worker("--pool=solo")
    ring(broker_file, 3)
    wait_until(lambda: len(rung(journal)) == 3, seconds=60)

    # Longer than ORPHAN_CHECK_S, so that each worker has looked for the dead among the living.
    ring(broker_file, 400)
    wait_until(lambda: rows_left(broker_file) == 0, seconds=60)

    assert sorted(rung(journal)) == sorted([*range(3), *range(400)])


def test_a_worker_that_stops_politely_gives_back_what_it_had_taken(
    broker_file: Path, journal: Path, start_worker: Start
) -> None:
    ring(broker_file, 100)
    worker = start_worker()
    wait_until(lambda: len(rung(journal)) >= 10, seconds=60)
    worker.terminate()
    assert worker.wait(timeout=20) == 0

    done = rung(journal)
    assert len(done) == len(set(done))
    with Connection(broker.broker_url(broker_file)) as connection:
        assert connection.default_channel.queue_declare("celery").message_count == 100 - len(done)


def test_messages_come_in_the_order_they_were_put(connection: Connection) -> None:
    put(connection, "first", "second")
    assert get(connection).payload == "first"
    assert get(connection).payload == "second"
    assert get(connection) is None


def test_a_message_survives_a_restart(broker_file: Path) -> None:
    send = (
        "import sys; from kombu import Connection; from lims import broker; broker.register();"
        "Connection(sys.argv[1]).Producer().publish('kept', routing_key='bells')"
    )
    url = broker.broker_url(broker_file)
    subprocess.run([sys.executable, "-c", send, url], env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)
    with Connection(url) as connection:
        assert get(connection).payload == "kept"


def test_a_taken_message_is_gone_only_when_it_is_acknowledged(
    connection: Connection, broker_file: Path
) -> None:
    put(connection, "bell")
    message = get(connection)
    assert rows_left(broker_file) == 1
    message.ack()
    assert rows_left(broker_file) == 0


def test_a_message_nobody_will_acknowledge_is_gone_when_read(
    connection: Connection, broker_file: Path
) -> None:
    put(connection, "one", "two")
    assert get(connection, no_ack=True).payload == "one"
    assert rows_left(broker_file) == 1

    heard: list[str] = []
    with connection.Consumer(
        queues=[connection.SimpleQueue("bells").queue],
        callbacks=[lambda body, _message: heard.append(body)],
        no_ack=True,
    ):
        connection.drain_events(timeout=2)
    assert heard == ["two"]
    assert rows_left(broker_file) == 0


def test_a_requeued_message_keeps_its_place_and_a_rejected_one_goes(
    connection: Connection, broker_file: Path
) -> None:
    put(connection, "first", "second")
    get(connection).requeue()
    first = get(connection)
    assert first.payload == "first"
    first.reject()
    assert rows_left(broker_file) == 1


def test_size_and_purge_count_what_waits(connection: Connection, broker_file: Path) -> None:
    put(connection, "taken", "waiting", "waiting too")
    taken = get(connection)
    channel = connection.default_channel
    assert channel.queue_declare("bells").message_count == 2
    assert channel.queue_declare("another queue").message_count == 0
    assert channel.queue_purge("bells") == 2
    assert channel.queue_declare("bells").message_count == 0
    taken.ack()
    assert rows_left(broker_file) == 0


def test_a_forked_child_never_uses_its_parents_connection(broker_file: Path) -> None:
    parent = broker.open_mailbox(str(broker_file))
    child = os.fork()
    if child == 0:
        mine = broker.open_mailbox(str(broker_file))
        os._exit(0 if mine is not parent and mine.worker != parent.worker else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_a_relative_path_is_refused() -> None:
    with pytest.raises(ValueError, match=r"absolute path.*not data/broker\.sqlite3"):
        broker.open_mailbox("data/broker.sqlite3")
