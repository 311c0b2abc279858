"""Fixtures of the testing app's tests."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from lims.models import Project, User
from tests.testing.bench import Bench, make_bench, robo_of


@pytest.fixture
def bench(ada: User, project: Project) -> Bench:
    """A built cell in its first test, on channel 1 of an instrument."""
    return make_bench(ada, project)


@pytest.fixture
def robo(bench: Bench, grace: User) -> APIClient:
    """The API as the instrument's token sees it."""
    return robo_of(bench.instrument, grace)
