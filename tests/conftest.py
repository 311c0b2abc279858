"""What every test stands on: the fixed cast, a data folder of its own, and tables that may be emptied again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.servers.basehttp import WSGIServer
from django.db import connection
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


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Keep SQLite's test database in a file: in memory, threads would share one connection and never wait."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "lab.sqlite3")


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


@pytest.fixture
def _unlock_tables(transactional_db: None) -> Iterator[None]:
    """Let the test database be emptied: the triggers come off before the flush and back on after it."""
    triggers.install(connection)
    yield
    triggers.drop(connection)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip by name what this machine or this run lacks, and free the tables of transactional tests."""
    postgresql = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    for item in items:
        if item.get_closest_marker("postgresql") and not postgresql:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: set LIMS_DATABASE_URL"))
        if item.get_closest_marker("redis") and not settings.REDIS_URL:
            item.add_marker(pytest.mark.skip(reason="needs Redis: set LIMS_REDIS_URL"))
        if item.get_closest_marker("browser") and chromium() is None:
            item.add_marker(pytest.mark.skip(reason="needs Chromium: apt-get install chromium"))
        marker = item.get_closest_marker("django_db")
        if (marker and marker.kwargs.get("transaction")) or "transactional_db" in getattr(
            item, "fixturenames", ()
        ):
            item.fixturenames.append("_unlock_tables")  # type: ignore[attr-defined]


def chromium() -> str | None:
    """Return the path of Chromium, if this machine has it."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def project(db: None) -> Project:
    return Project.objects.create(code="NB-COAT", name="Coated NMC532")


@pytest.fixture
def other_project(db: None) -> Project:
    return Project.objects.create(code="SULFUR", name="Sulfur cathodes")


def _person(username: str, role: Role, project: Project | None) -> User:
    user = User.objects.create_user(
        username, password="demo-lab", first_name=username.capitalize(), role=role
    )
    if project is not None:
        Membership.objects.create(user=user, project=project)
    return user


@pytest.fixture
def ada(project: Project) -> User:
    """A researcher."""
    return _person("ada", Role.RESEARCHER, project)


@pytest.fixture
def grace(project: Project) -> User:
    """A manager of the same project."""
    return _person("grace", Role.MANAGER, project)


@pytest.fixture
def otto(other_project: Project) -> User:
    """A researcher of another project."""
    return _person("otto", Role.RESEARCHER, other_project)


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
