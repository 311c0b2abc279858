"""Fill a lab that runs in other processes: five cells, ten tests of each, and the token of their instrument.

Run as ``python -m tests.faults.prepare``; prints what was made as JSON.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lims.settings")
django.setup()

from lims.models import Role  # noqa: E402 - Django first
from testing.actions import issue_instrument_token  # noqa: E402
from tests.factories import (  # noqa: E402
    make_cell,
    make_instrument,
    make_person,
    make_project,
    make_shelf,
    make_test,
)

CELLS, TESTS_OF_EACH = 5, 10


def prepare() -> dict[str, object]:
    """Return the codes of the tests that wait for a file, and the token to send it with."""
    project = make_project()
    grace = make_person("grace", Role.MANAGER, project)
    shelf = make_shelf(grace, project)
    first = make_cell(shelf)
    cells = [
        first,
        *(make_cell(shelf, condition=first.condition, edition=first.edition) for _ in range(CELLS - 1)),
    ]
    names = tuple(str(number) for number in range(1, CELLS * TESTS_OF_EACH + 1))
    instrument = make_instrument(grace, project, channels=names)
    channels = {channel.name: channel for channel in instrument.channels.all()}
    tests = [make_test(cells[int(name) % CELLS], grace, channel=channels[name]) for name in names]
    token = issue_instrument_token(instrument=instrument, label="bench", by=grace)
    return {"token": token, "tests": [test.code for test in tests]}


if __name__ == "__main__":
    json.dump(prepare(), sys.stdout)
