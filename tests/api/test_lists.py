"""Lists: as many queries for thirty rows as for three, and no row of another project."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from lims.models import Project, User
from materials.actions import create_place, create_recipe
from testing.actions import create_protocol, create_test, receive_file, request_report
from tests import factories
from tests.api.test_contract import LISTS
from tests.testing.bench import Bench, client_of, neighbour_bench

V1 = "/api/v1"


def _fill(bench: Bench, by: User, rows: range) -> None:
    """Add a row of each kind for every number."""
    shelf, project = bench.shelf, bench.shelf.project
    for number in rows:
        material = factories.make_material(by, f"Substance {number}", "carbon")
        factories.make_supplier(by, f"Supplier {number}")
        factories.make_balance(by) if number == 0 else None
        create_place(by=by, name=f"Place {number}")
        create_recipe(
            by=by, name=f"Recipe {number}", coating=shelf.materials["Nb2O5"], cycles=30,
            substrate_temperature_c=175, steps=[{"kind": "purge", "duration_s": 20}],
        )  # fmt: skip
        factories.make_formulation(by, f"Formulation {number}", [material], [1])
        factories.make_lot(by, project, material=material)
        factories.make_weighing_sheet(shelf)
        factories.make_study(by, project)
        factories.make_instrument(by, project)
        create_protocol(by=by, name=f"Protocol {number}", text="rest 1 h")
        cell = factories.plan_cell(shelf, condition=bench.cell.condition, edition=bench.cell.edition)
        test = create_test(cell=bench.cell, phase="other", by=by)
        upload = SimpleUploadedFile(f"{number}.csv", f"{number}".encode())
        receive_file(upload=upload, by=by, test=test)
        request_report(kind="cell", subject=cell.identity, by=by)


def _queries(client: APIClient, name: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        page: dict[str, Any] = client.get(f"{V1}/{name}/", {"page_size": 500}).json()
    assert page["results"]
    return len(caught)


def test_a_longer_list_asks_no_more_of_the_database(api: APIClient, bench: Bench, ada: User) -> None:
    _fill(bench, ada, range(3))
    few = {name: _queries(api, name) for name in LISTS}
    _fill(bench, ada, range(3, 30))
    many = {name: _queries(api, name) for name in LISTS}
    assert many == few
    assert max(many.values()) <= 12


def test_a_write_cannot_name_what_its_author_may_not_see(
    bench: Bench, otto: User, other_project: Project
) -> None:
    """Otto's own lab is complete; each code of Ada's, put in its place, is as good as one that never was."""
    own = neighbour_bench(otto, other_project, bench)
    client = client_of(otto)
    for path, field, code in (
        ("tests", "cell", bench.cell.code),
        ("tests", "instrument", bench.instrument.code),
        ("reports", "subject", bench.cell.code),
        ("cells", "study", bench.cell.study.code),
        ("cells", "design", bench.cell.edition.design.code),
        (f"cells/{own.cell.code}/press", "powder", bench.shelf.lots["LPSC"].code),
        ("coating-batches", "parent", bench.shelf.lots["NMC"].code),
        (f"cell-designs/{bench.cell.edition.design.code}/plan", "positive_powder", bench.shelf.coated.code),
    ):
        hidden = client.post(f"{V1}/{path}/", {field: code})
        never = client.post(f"{V1}/{path}/", {field: "CELL-9999"})
        assert hidden.status_code == never.status_code, path
        if hidden.status_code == 400:
            assert hidden.json()[field] == [text.replace("CELL-9999", code) for text in never.json()[field]]
    body = {"project": "NB-COAT", "name": "mine", "conditions": ["a"]}
    assert list(client.post(f"{V1}/studies/", body).json()) == ["project"]
