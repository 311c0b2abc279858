"""A database of its own for a benchmark, thrown away at its end, and the clock that it is measured with.

Import it before anything of the product: it sets Django up with a data folder of its own.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext, setup_test_environment, teardown_test_environment

ROOT = Path(__file__).resolve().parent.parent
ROWS_AT_ONCE = 5_000

sys.path.insert(0, str(ROOT))
FOLDER = tempfile.mkdtemp(prefix="lims-bench-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
os.environ["LIMS_DATA"] = FOLDER
os.environ["DJANGO_SETTINGS_MODULE"] = "lims.settings"
django.setup()


@contextmanager
def database() -> Iterator[str]:
    """Make an empty database beside the configured one, and drop it at the end; give its kind."""
    configured = connection.settings_dict["NAME"]
    # On disk as a lab's is: in memory everything would be fast.
    name = str(Path(FOLDER) / "bench.sqlite3") if connection.vendor == "sqlite" else f"bench_{os.getpid()}"
    connection.settings_dict["TEST"]["NAME"] = name
    setup_test_environment(debug=False)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield connection.vendor
    finally:
        connection.creation.destroy_test_db(configured, verbosity=0)
        teardown_test_environment()


def settle() -> None:
    """Let the database take stock of its rows, as PostgreSQL does by itself in a lab that runs."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def insert(model: Any, rows: Iterable[Any]) -> None:
    """Write rows as they are, without the actions: for size."""
    waiting = iter(rows)
    while some := list(islice(waiting, ROWS_AT_ONCE)):
        model.objects.bulk_create(some)


def milliseconds(call: Callable[[], object], *, times: int) -> float:
    """Return the median time of a call, after it has been made three times for nothing."""
    for _ in range(3):
        call()
    taken = []
    for _ in range(times):
        begun = perf_counter()
        call()
        taken.append(perf_counter() - begun)
    return 1000 * median(taken)


def queries(call: Callable[[], object]) -> int:
    """Return how many queries a call makes."""
    with CaptureQueriesContext(connection) as caught:
        call()
    return len(caught)


def verdict(what: str, small_ms: float, large_ms: float, *, most: float) -> bool:
    """Print one comparison and return whether it holds."""
    ratio = large_ms / small_ms
    holds = ratio <= most
    print(
        f"{what}: {small_ms:.2f} ms and {large_ms:.2f} ms, ratio {ratio:.2f} (at most {most:g})"
        f"{'' if holds else '  TOO SLOW'}"
    )
    return holds
