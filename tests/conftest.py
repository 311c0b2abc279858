"""What every test stands on: the fixed cast, a data folder of its own, and tables that may be emptied again."""

from __future__ import annotations

import gc
import hashlib
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.servers.basehttp import WSGIServer
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.test import TransactionTestCase
from rest_framework.test import APIClient

from lims import triggers
from lims.models import Membership, Project, Role, User
from tests.testing.bench import Bench, make_bench, robo_of

# A third of a second for each person's password keeps thieves out and teaches a test nothing.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Wrong passwords are counted in the cache; on the disk or in Redis one run would lock out the next.
settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Fifty who connect at the same moment are more than Django's own ten, and the rest would be turned away.
WSGIServer.request_queue_size = 128


def _migrated_copy() -> Path:
    """Return where a database as these migrations leave it is kept: making one takes longer than most tests."""
    written = hashlib.sha256(django.__version__.encode())
    for path in sorted(Path(settings.BASE_DIR).glob("*/migrations/*.py")):
        written.update(path.read_bytes())
    return Path(tempfile.gettempdir()) / f"lims-migrated-{written.hexdigest()[:20]}.sqlite3"


def _copy_database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Keep SQLite's test database in a file: in memory, threads would share one connection and never wait."""
    if connection.vendor == "sqlite":
        database = tmp_path_factory.mktemp("database") / "lab.sqlite3"
        if _migrated_copy().exists():
            _copy_database(_migrated_copy(), database)
        connection.settings_dict["TEST"]["NAME"] = str(database)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Let SQLite's database, a file of this run alone, start from the copy."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep a copy of the migrated database for the next run."""
    if connection.vendor == "sqlite" and not _migrated_copy().exists():
        made = tmp_path_factory.mktemp("copy") / "lab.sqlite3"
        _copy_database(Path(connection.settings_dict["NAME"]), made)
        # In one move: another process may be about to read it.
        shutil.move(made, _migrated_copy())


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test its own blobs, so that none sees another's files; ``tmp_path`` stays the test's own."""
    folder = tmp_path_factory.mktemp("lab")
    monkeypatch.setattr(settings, "DATA_DIR", folder)
    monkeypatch.setattr(settings, "BLOB_DIR", folder / "blobs")
    incoming = folder / "incoming"
    incoming.mkdir()
    monkeypatch.setattr(settings, "FILE_UPLOAD_TEMP_DIR", str(incoming))


@pytest.fixture(autouse=True)
def _no_wrong_passwords_counted() -> None:
    cache.clear()


def _empty_tables(case: TransactionTestCase) -> None:
    """Take away what a test committed, and leave what the migrations left.

    Django's own flush truncates every table and makes each permission anew, which took longer than the tests.
    """
    kept = {"django_migrations", ContentType._meta.db_table, Permission._meta.db_table}
    with connection.cursor() as cursor:
        written = [
            table
            for table in connection.introspection.django_table_names(only_existing=True)
            if table not in kept and _has_rows(cursor, table)
        ]
        if connection.vendor == "postgresql":
            # In this role neither foreign keys nor the triggers of append-only tables are asked.
            cursor.execute("SET session_replication_role = replica")
            for table in written:
                cursor.execute(f"DELETE FROM {table}")
            cursor.execute("SET session_replication_role = DEFAULT")
            return
        triggers.drop(connection)
        with connection.constraint_checks_disabled():
            for table in written:
                cursor.execute(f"DELETE FROM {table}")
        triggers.install(connection)


def _has_rows(cursor: CursorWrapper, table: str) -> bool:
    cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {table})")
    return bool(cursor.fetchone()[0])


TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[method-assign]


# A run makes and keeps millions of small objects: collecting them less often costs memory alone.
gc.set_threshold(50_000, 20, 50)
# Far apart, since SQLite gives the next account the key after the highest.
CAST = {"ada": 3_000_000, "grace": 2_000_000, "otto": 1_000_000}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip by name what this machine or this run lacks."""
    postgresql = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    for item in items:
        if item.get_closest_marker("postgresql") and not postgresql:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: set LIMS_DATABASE_URL"))
        if item.get_closest_marker("redis") and not settings.REDIS_URL:
            item.add_marker(pytest.mark.skip(reason="needs Redis: set LIMS_REDIS_URL"))
        if item.get_closest_marker("browser") and chromium() is None:
            item.add_marker(pytest.mark.skip(reason="needs Chromium: apt-get install chromium"))
        if "faults" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group("faults"))


def chromium() -> str | None:
    """Return the path of Chromium, if this machine has it."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def _key_of(username: str) -> int | None:
    """Return the primary key that one of the cast always has, so that what they enter is the same in each test."""
    return CAST.get(username)


def enter_project() -> Project:
    """Enter the project that most tests work in."""
    return Project.objects.create(pk=3_000_000, code="NB-COAT", name="Coated NMC532")


@pytest.fixture
def project(db: None) -> Project:
    return enter_project()


@pytest.fixture
def other_project(db: None) -> Project:
    return Project.objects.create(code="SULFUR", name="Sulfur cathodes")


def enter_person(username: str, role: Role, project: Project | None) -> User:
    """Enter one of the cast, as a member of ``project``."""
    user = User.objects.create_user(
        username, pk=_key_of(username), password="demo-lab", first_name=username.capitalize(), role=role
    )
    if project is not None:
        Membership.objects.create(pk=_key_of(username), user=user, project=project)
    return user


@pytest.fixture
def ada(project: Project) -> User:
    """A researcher."""
    return enter_person("ada", Role.RESEARCHER, project)


@pytest.fixture
def grace(project: Project) -> User:
    """A manager of the same project."""
    return enter_person("grace", Role.MANAGER, project)


@pytest.fixture
def otto(other_project: Project) -> User:
    """A researcher of another project."""
    return enter_person("otto", Role.RESEARCHER, other_project)


@pytest.fixture
def api(ada: User) -> APIClient:
    """The API as Ada's script sees it."""
    client = APIClient()
    client.force_authenticate(ada)
    return client


@pytest.fixture
def bench(ada: User, project: Project) -> Bench:
    """A built cell in its first test, on channel 1 of an instrument."""
    return make_bench(ada, project)


@pytest.fixture
def robo(bench: Bench, grace: User) -> APIClient:
    """The API as the instrument's token sees it."""
    return robo_of(bench.instrument, grace)
