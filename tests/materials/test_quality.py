"""Results measured on powders: kept for ever, replaced explicitly, judged against the material's limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from lims import registry
from lims.models import LogEntry, Project, User
from materials import actions
from materials.models import Hold, Powder, QualityResult
from materials.quality import Verdict, judged, latest_results, value_text
from tests import factories

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


@pytest.fixture
def lot(ada: User, project: Project) -> Powder:
    """A lot of a sulfide that may hold at most 50 ppm of water."""
    made = factories.make_lot(ada, project, material=factories.make_material(ada, "Li6PS5Cl", "electrolyte"))
    actions.set_limit(material=made.material, by=ada, quantity="moisture_ppm", upper=50, source="data sheet")
    return made


def measure(by: User, powder: Powder, value: float = 30.0, **facts: Any) -> QualityResult:
    known = {"quantity": "moisture_ppm", "method": "Karl Fischer", **facts}
    return actions.record_result(powder=powder, by=by, value=value, **known)


def verdict(powder: Powder) -> tuple[str, str]:
    row = judged(powder, latest_results(powder).values())[0]
    return row.verdict.value, row.hint


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"value": 30}, "inside"),
        ({"value": 50}, "inside"),
        ({"value": 50.1}, "outside"),
        ({"value": 10, "below_detection": True}, "inside"),
        # Less than 100 ppm may be less than 50 ppm or more.
        ({"value": 100, "below_detection": True}, "undecided"),
        ({"value": 30, "quantity": "d50_um"}, "unlimited"),
    ],
)
def test_a_result_is_judged_by_the_limit_of_its_material(
    ada: User, lot: Powder, facts: dict[str, Any], said: str
) -> None:
    measure(ada, lot, **facts)
    assert verdict(lot)[0] == said


def test_below_detection_against_a_lower_limit(ada: User, lot: Powder) -> None:
    quantity = "ionic_conductivity_ms_cm"
    actions.set_limit(material=lot.material, by=ada, quantity=quantity, lower=1, source="x")
    measure(ada, lot, 0.5, quantity=quantity, below_detection=True)
    measure(ada, lot, 5, quantity=quantity, below_detection=True)
    rows = judged(lot, lot.results.order_by("pk"))
    assert [row.verdict for row in rows] == [Verdict.OUTSIDE, Verdict.UNDECIDED]


def test_a_result_nearer_to_its_limit_than_it_is_certain_says_so(ada: User, lot: Powder) -> None:
    measure(ada, lot, 45, uncertainty=4)
    assert verdict(lot) == ("inside", "nearer to the limit than twice its uncertainty")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"quantity": "purity_fraction", "value": 1.2}, "value"),
        ({"value": -1}, "value"),
        ({"quantity": "element_mass_fraction", "value": 0.01}, "__all__"),
        ({"element": "Nb"}, "__all__"),
        ({"quantity": "element_mass_fraction", "element": "nb", "value": 0.01}, "element"),
        ({"below_detection": True, "uncertainty": 1}, "uncertainty"),
        ({"measured_at": timezone.now() + timedelta(days=1)}, "measured_at"),
        ({"method": ""}, "method"),
    ],
)
def test_a_result_that_cannot_be_is_refused(
    ada: User, lot: Powder, facts: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        measure(ada, lot, **facts)
    assert list(refused.value.message_dict) == [field]


def test_a_result_is_replaced_explicitly_and_stays(ada: User, lot: Powder) -> None:
    first = measure(ada, lot, 80)
    beside = measure(ada, lot, 20, measured_at=timezone.now() - timedelta(days=2))
    assert latest_results(lot)[("moisture_ppm", "")] == first
    right = measure(ada, lot, 40, replaces=first, measured_at=timezone.now() - timedelta(days=3))
    assert latest_results(lot)[("moisture_ppm", "")] == beside
    assert lot.results.count() == 3
    told = LogEntry.objects.filter(verb="recorded a result").first()
    assert told is not None
    assert told.changes["Moisture"] == ["80 ppm", "40 ppm"]
    assert QualityResult.objects.get(pk=first.pk).replaced_by == right


def test_only_the_same_quantity_of_the_same_powder_is_replaced_and_once(
    ada: User, project: Project, lot: Powder
) -> None:
    first = measure(ada, lot, 80)
    measure(ada, lot, 40, replaces=first)
    with pytest.raises(ValidationError, match="has been replaced already"):
        measure(ada, lot, 41, replaces=first)
    with pytest.raises(ValidationError, match="is of Moisture, not of Particle size D50"):
        measure(ada, lot, 4, quantity="d50_um", replaces=first)
    with pytest.raises(ValidationError, match="not one of"):
        measure(ada, factories.make_lot(ada, project), 4, replaces=first)


def test_who_measured_it_is_apart_from_who_records_it(ada: User, grace: User, lot: Powder) -> None:
    result = measure(ada, lot, measured_by=grace)
    assert (result.measured_by, result.recorded_by) == (grace, ada)


@pytest.mark.parametrize(
    ("facts", "tells"),
    [
        ({"quantity": "surface_area_m2_g"}, True),
        ({"quantity": "element_mass_fraction", "element": "Nb", "value": 0.006}, True),
        ({"quantity": "moisture_ppm"}, False),
    ],
)
def test_bet_and_icp_tell_what_rests_on_them(
    ada: User, lot: Powder, facts: dict[str, Any], tells: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[frozenset[int]] = []
    monkeypatch.setattr(registry, "dependents", [told.append])
    measure(ada, lot, **facts)
    assert told == ([frozenset({lot.pk})] if tells else [])


@pytest.mark.parametrize(
    ("quantity", "value", "uncertainty", "text"),
    [
        ("purity_fraction", 0.999, None, "99.9 %"),
        ("purity_fraction", 0.07, None, "7 %"),
        ("moisture_ppm", 30, 4, "30 ± 4 ppm"),
        ("surface_area_m2_g", 0.35, None, "0.35 m²/g"),
        ("ionic_conductivity_ms_cm", 2.3, None, "2.3 mS/cm"),
        ("tap_density_g_cm3", 2.4, None, "2.4 g/cm³"),
    ],
)
def test_a_result_is_printed_with_its_unit(
    quantity: str, value: float, uncertainty: float | None, text: str
) -> None:
    assert value_text(QualityResult(quantity=quantity, value=value, uncertainty=uncertainty)) == text


# --- pages and API ------------------------------------------------------------------------------------------


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_result_is_typed_in_percent_and_shown_with_its_verdict_in_words(ada: User, lot: Powder) -> None:
    actions.set_limit(material=lot.material, by=ada, quantity="purity_fraction", lower=0.99, source="x")
    client, url = browser(ada), f"/powders/{lot.code}/results/"
    fields = {"quantity": "purity_fraction", "value": "98.5", "method": "XRD"}
    answer = client.post(url, {"idempotency_key": "k1", **fields})
    assert answer["Location"] == f"/powders/{lot.code}/"
    assert QualityResult.objects.get().value == 0.985
    page = client.get(f"/powders/{lot.code}/").content.decode()
    for words in ("98.5 %", "at least 99 %", "outside its limit", url):
        assert words in page


def test_a_result_outside_its_limit_proposes_a_hold_and_places_none(ada: User, lot: Powder) -> None:
    first = measure(ada, lot, 80)
    client = browser(ada)
    page = client.get(f"/powders/{lot.code}/").content.decode()
    assert "Moisture 80 ppm: outside its limit (at most 50 ppm)" in page
    assert "Put it on hold" in page
    assert not Hold.objects.exists()
    actions.put_on_hold(powder=lot, reason="too moist", by=ada)
    assert "Outside its limits" not in client.get(f"/powders/{lot.code}/").content.decode()
    actions.record_result(
        powder=lot, quantity="moisture_ppm", value=30, method="Karl Fischer", by=ada, replaces=first
    )
    page = client.get(f"/powders/{lot.code}/").content.decode()
    assert "replaced" in page
    assert "by 30 ppm" in page


def test_results_by_the_api(
    api: APIClient, ada: User, otto: User, other_project: Project, lot: Powder
) -> None:
    url = f"{V1}/powders/{lot.code}/results/"
    body: dict[str, Any] = {"quantity": "moisture_ppm", "value": 80, "method": "Karl Fischer"}
    for _ in range(2):
        made = api.post(url, body, headers={"Idempotency-Key": "once"})
        assert made.status_code == 201
    told = made.json()
    assert (told["verdict"], told["limit"], told["proposes_hold"]) == ("outside", "at most 50 ppm", True)
    assert QualityResult.objects.count() == 1
    better = api.post(
        url, {**body, "value": 20, "replaces": told["result"]["id"], "measured_by": "ada"}
    ).json()
    assert (better["verdict"], better["proposes_hold"]) == ("inside", False)
    rows = api.get(url).json()["results"]
    assert [row["replaced_by"] for row in rows] == [None, better["result"]["id"]]
    assert api.post(url, {**body, "replaces": 10**30}).json().keys() == {"replaces"}
    hidden = factories.make_lot(otto, other_project)
    assert api.get(f"{V1}/powders/{hidden.code}/results/").status_code == 404
