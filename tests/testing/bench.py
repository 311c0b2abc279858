"""A bench with one cell on one channel, and the ways to post files to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from cells.models import Cell
from lims import jobs
from lims.models import Membership, Project, User
from materials.actions import mix_composite
from materials.models import FormulationEdition, Powder
from testing.actions import issue_instrument_token
from testing.models import CellTest, Channel, Instrument, Submission
from tests import factories
from tests.entered import entered_once

FILES = "/api/v1/files/"


@dataclass(frozen=True)
class Bench:
    """A built cell in its first test, on channel 1 of an instrument."""

    shelf: factories.Shelf
    cell: Cell
    test: CellTest
    instrument: Instrument

    @property
    def channel(self) -> Channel:
        return self.instrument.channels.get(name="1")


@entered_once
def make_bench(by: User, project: Project) -> Bench:
    shelf = factories.make_shelf(by, project)
    cell = factories.make_cell(shelf)
    instrument = factories.make_instrument(by, project)
    test = factories.make_test(cell, by, channel=instrument.channels.get(name="1"))
    return Bench(shelf, cell, test, instrument)


def neighbour_bench(by: User, project: Project, bench: Bench) -> Bench:
    """Return the bench of another project; substances and equipment are the lab's, powders are its own."""
    of = bench.shelf
    lots = {
        key: factories.make_lot(
            by, project, material=lot.material, received_mg=5000, lot_number=f"{project}-{key}"
        )
        for key, lot in of.lots.items()
    }
    fill = [lots["LPSC"], lots["PTFE"], lots["CNF"]]

    def mix(edition: FormulationEdition, active: Powder) -> Powder:
        weighings = factories.weigh(edition, [active, *fill], [100, 100, 10, 10])
        return mix_composite(by=by, project=project, edition=edition, weighings=weighings)

    composite, anode = mix(of.cathode, lots["NMC"]), mix(of.anode, lots["LTO"])
    shelf = replace(of, by=by, project=project, lots=lots, coated_composite=composite, anode_composite=anode)
    cell = factories.make_cell(shelf)
    instrument = factories.make_instrument(by, project)
    test = factories.make_test(cell, by, channel=instrument.channels.get(name="1"))
    return Bench(shelf, cell, test, instrument)


def second_project_of(user: User, code: str = "OTHER-1") -> Project:
    """Return another project that ``user`` belongs to as well."""
    project = factories.make_project(code)
    Membership.objects.create(user=user, project=project)
    return project


def client_with(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def robo_of(instrument: Instrument, manager: User, label: str = "bench PC") -> APIClient:
    """Return the API as the instrument sees it."""
    return client_with(issue_instrument_token(instrument=instrument, label=label, by=manager))


def send(client: APIClient, content: bytes, *, name: str = "1_cell-Formation.csv", **target: Any) -> Any:
    """Post a file and return the answer."""
    upload = SimpleUploadedFile(name, content, content_type="text/csv")
    return client.post(FILES, {"file": upload, **target}, format="multipart")


def send_and_read(client: APIClient, content: bytes, **target: Any) -> Submission:
    """Post a file, let the worker do all that waits, and return the file as it then is."""
    answer = send(client, content, **target)
    assert answer.status_code in (200, 201), answer.json()
    jobs.work_all()
    return Submission.objects.get(pk=answer.json()["id"])
