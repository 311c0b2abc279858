"""What tests of the materials app share: the paper's shelf, entered once for a module that asks for it.

Entering it takes a third of a second, and most tests begin with it. A module with ``SHARES_A_SHELF = True`` has it
entered once, in a transaction that is rolled back after its last test; each test works in a savepoint on top of it
and with copies of its records. Such a module has no test with ``transaction=True`` and no threads: they would wait
for that transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import pytest
from django.db import transaction

from lims.models import Project, Role, User
from tests.conftest import enter_person, enter_project
from tests.factories import Shelf, make_shelf


def _shares(request: pytest.FixtureRequest) -> bool:
    return bool(getattr(request.module, "SHARES_A_SHELF", False))


@pytest.fixture(scope="module", autouse=True)
def entered_shelf(request: pytest.FixtureRequest) -> Iterator[Shelf | None]:
    """What `make_shelf` enters, for all tests of a module that shares it; None for any other."""
    if not _shares(request):
        yield None
        return
    request.getfixturevalue("django_db_setup")
    with request.getfixturevalue("django_db_blocker").unblock(), transaction.atomic():
        project = enter_project()
        yield make_shelf(enter_person("ada", Role.RESEARCHER, project), project)
        transaction.set_rollback(True)


@pytest.fixture
def shelf(request: pytest.FixtureRequest, entered_shelf: Shelf | None, db: None) -> Shelf:
    """The paper's powders, as Ada entered them."""
    if entered_shelf is not None:
        return deepcopy(entered_shelf)
    return make_shelf(request.getfixturevalue("ada"), request.getfixturevalue("project"))


@pytest.fixture
def project(request: pytest.FixtureRequest, db: None) -> Project:
    """The project that the shelf belongs to."""
    found: Project = request.getfixturevalue("shelf").project if _shares(request) else enter_project()
    return found


@pytest.fixture
def ada(request: pytest.FixtureRequest, project: Project) -> User:
    """A researcher, who entered the shelf."""
    if not _shares(request):
        return enter_person("ada", Role.RESEARCHER, project)
    found: User = request.getfixturevalue("shelf").by
    return found
