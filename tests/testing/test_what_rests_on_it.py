"""What rests on a suspect lot beyond its records, what a person left out, and differences and comparisons by API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from cells.models import Cell, Study
from lims.models import Identity, User
from lims.suspicion import mark_suspect
from testing.actions import save_comparison
from testing.models import Exclusion, Metric
from testing.statistics import by_condition
from tests import factories

ICE = "initial_coulombic_efficiency"
EFFICIENCIES = {"coated": (0.911, 0.916, 0.921), "uncoated": (0.822, 0.828, 0.834)}


@pytest.fixture(scope="module")
def _filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Enter the study once for all tests here."""
    with django_db_blocker.unblock(), transaction.atomic():
        project = factories.make_project()
        ada = factories.make_person("ada", project=project)
        factories.make_person("otto", project=factories.make_project("SULFUR"))
        shelf = factories.make_shelf(ada, project)
        made, edition = factories.make_study(ada, project), factories.make_design(shelf)
        for condition in made.conditions.all():
            powder = shelf.coated_composite if condition.name == "coated" else shelf.plain_composite
            for value in EFFICIENCIES[condition.name]:
                cell = factories.plan_cell(shelf, condition=condition, edition=edition)
                factories.press(shelf, cell, "positive", "8.1", powder=powder)
                Metric.objects.create(
                    cell=cell, name=ICE, value=value, unit="fraction", method="by_hand", method_version="1",
                    inputs_sha256="0" * 64, software_version="0",
                )  # fmt: skip
        yield
        transaction.set_rollback(True)


@pytest.fixture
def study(_filled: None, db: None) -> Study:
    return Study.objects.get()


@pytest.fixture
def ada(_filled: None, db: None) -> User:
    return User.objects.get(username="ada")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def script(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_a_cell_left_out_counts_no_more_and_both_results_are_shown(study: Study, ada: User) -> None:
    cell = Cell.objects.filter(condition__name="coated").order_by("pk").last()
    exclusion = Exclusion.objects.create(cell=cell, metric=ICE, reason="The sleeve had cracked.", by=ada)
    coated, _ = by_condition(study, ICE)
    assert (coated.summary.n, coated.summary.mean) == (2, pytest.approx(0.9135))
    assert (coated.summary_with_all.n, coated.summary_with_all.mean) == (3, pytest.approx(0.916))
    page = browser(ada).get(f"/studies/{study.code}/").content.decode()
    assert "with what was left out: 91.6 ± 0.5 %, n = 3" in page
    assert "The sleeve had cracked." in page
    # Another metric of the same cell counts as before.
    assert coated.set_aside[0].value == pytest.approx(0.921)
    assert by_condition(study, "first_charge_capacity_mah")[0].set_aside == []
    Exclusion.objects.filter(pk=exclusion.pk).update(
        lifted_at=timezone.now(), lifted_by=ada, lift_reason="It had not."
    )
    assert by_condition(study, ICE)[0].summary_with_all is None


def test_the_page_of_a_suspicion_goes_up_to_metrics_statistics_and_figures(study: Study, ada: User) -> None:
    coated = list(Cell.objects.filter(condition__name="coated").with_codes())
    compared = save_comparison(by=ada, project=study.project, name="Suspects", cells=coated[:2])
    mix = Identity.objects.filter(code__startswith="MIX", made_from__isnull=False).order_by("pk").first()
    suspicion = mark_suspect(identity=mix, reason="opened in air", by=ada)
    client = browser(ada)
    page = client.get(f"/suspects/{suspicion.pk}/").content.decode()
    for words in (
        "Metrics (3)", "91.1 %", "Statistics: Initial coulombic efficiency", "91.6 ± 0.5 %, n = 3",
        f"{study.code}: Rate capability", f"{compared.code}: Suspects",
    ):  # fmt: skip
        assert words in page, words
    # Nobody else's: the other condition rests on another mix.
    assert "82.8" not in page
    assert f'href="/comparisons/{compared.code}/"' in page


def test_the_api_gives_differences_with_their_intervals(study: Study, ada: User) -> None:
    client = script(ada)
    (pair,) = client.get(f"/api/v1/studies/{study.code}/differences/?metric={ICE}&by=coating").data
    assert (pair["difference"], pair["t"]) == (pytest.approx(0.088), pytest.approx(19.5, abs=0.05))
    assert (pair["ci95_low"], pair["ci95_high"]) == (
        pytest.approx(0.075, abs=6e-4),
        pytest.approx(0.101, abs=6e-4),
    )
    assert (pair["family"], pair["batches_only"], pair["p_adjusted"]) == (1, True, pair["p_value"])
    assert client.get(f"/api/v1/studies/{study.code}/differences/?by=moon").status_code == 400
    assert client.get(f"/api/v1/studies/{study.code}/differences/?metric=luck").status_code == 400


def test_the_api_keeps_a_comparison_and_refuses_a_stale_change(study: Study, ada: User) -> None:
    client = script(ada)
    codes = [cell.code for cell in Cell.objects.with_codes()[:3]]
    body = {"project": study.project.code, "name": "Three", "cells": codes}
    made = client.post("/api/v1/comparisons/", body, format="json")
    assert (made.status_code, made.data["cells"]) == (201, codes)
    url = f"/api/v1/comparisons/{made.data['code']}/"
    assert client.put(url, body, format="json").status_code == 428
    changed = client.put(url, {**body, "cells": codes[1:]}, format="json", headers={"If-Match": made["ETag"]})
    assert (changed.status_code, changed.data["cells"]) == (200, codes[1:])
    assert client.put(url, body, format="json", headers={"If-Match": made["ETag"]}).status_code == 412
    assert (
        client.post("/api/v1/comparisons/", {**body, "colour_by": "moon"}, format="json").status_code == 400
    )
    otto = script(User.objects.get(username="otto"))
    assert otto.get(url).status_code == 404
    assert otto.post("/api/v1/comparisons/", {**body, "project": "SULFUR"}, format="json").status_code == 400


def test_the_api_gives_a_pictures_numbers(study: Study, ada: User) -> None:
    picture = script(ada).get(f"/api/v1/pictures/efficiency/?study={study.code}").data
    assert picture["y"]["label"] == "Initial coulombic efficiency (%)"
    assert len(picture["series"]) == 6
    assert script(ada).get(f"/api/v1/pictures/moon/?study={study.code}").status_code == 404
    otto = script(User.objects.get(username="otto"))
    assert otto.get(f"/api/v1/pictures/efficiency/?study={study.code}").status_code == 404
