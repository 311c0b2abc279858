"""What tests of the materials app share."""

from __future__ import annotations

import pytest

from lims.models import Project, User
from tests.factories import Shelf, make_shelf


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    """The paper's powders, as Ada entered them."""
    return make_shelf(ada, project)
