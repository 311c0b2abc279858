"""Substances, suppliers and equipment: entered, changed with a reason, and never overwritten unseen."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from rest_framework.test import APIClient

from lims import registry
from lims.models import LogEntry, Project, Role, User
from lims.records import StaleRecord
from materials import actions
from materials.models import Equipment, GloveboxReading, Material, Supplier
from tests import factories

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


@pytest.fixture
def nmc(ada: User) -> Material:
    return actions.create_material(
        by=ada,
        name="NMC532",
        formula="LiNi0.5Mn0.3Co0.2O2",
        roles=["positive_active"],
        density_g_cm3=4.75,
        density_source="data sheet",
        capacities=[{"upper_cut_off_v": 4.3, "specific_capacity_mah_g": 165, "reference": "paper"}],
    )


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def send(client: Client, url: str, key: str = "k1", **fields: Any) -> Any:
    return client.post(url, {"idempotency_key": key, **fields})


# --- substances ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"formula": "NMC532"}, "formula"),
        ({"formula": "Li2"}, None),
        ({"cas_number": "1313-96-9"}, "cas_number"),
        ({"cas_number": "1313-96-8"}, None),
        ({"hazard_statements": "H250 H314"}, "hazard_statements"),
        ({"hazard_statements": "H250, H314, EUH014"}, None),
        ({"hazard_statements": "H302+H332, H360Fd"}, None),
        ({"hazard_statements": "H302+"}, "hazard_statements"),
        ({"density_g_cm3": 4.75}, "__all__"),
        ({"low_stock_ug": 0}, "low_stock_ug"),
    ],
)
def test_a_data_sheet_is_judged(ada: User, facts: dict[str, Any], field: str | None) -> None:
    def enter() -> None:
        actions.create_material(by=ada, name="Substance", roles=["coating"], **facts)

    if field is None:
        enter()
    else:
        with pytest.raises(ValidationError) as refused:
            enter()
        assert list(refused.value.message_dict) == [field]


def test_a_substance_without_a_role_is_refused(ada: User, nmc: Material) -> None:
    for roles in (actions.create_material, actions.change_material):
        known = {"material": nmc, "reason": "x"} if roles is actions.change_material else {"name": "Nothing"}
        with pytest.raises(ValidationError, match="serves as at least one thing"):
            roles(by=ada, roles=[], **known)


def test_a_data_sheet_is_changed_with_a_reason_and_its_old_value_kept(grace: User, nmc: Material) -> None:
    with pytest.raises(ValidationError, match="Say why it is changed"):
        actions.change_material(material=nmc, by=grace, reason=" ", potential_v_vs_li=3.7)
    actions.change_material(material=nmc, by=grace, reason="from the paper", potential_v_vs_li=3.7)
    entry = LogEntry.objects.get(verb="changed")
    assert (entry.changes, entry.reason) == ({"potential_v_vs_li": [None, 3.7]}, "from the paper")


def test_roles_are_restated_with_old_and_new_in_the_log(ada: User, nmc: Material) -> None:
    actions.change_material(material=nmc, by=ada, reason="x", roles=["positive_active", "coating"])
    assert set(nmc.roles.values_list("role", flat=True)) == {"positive_active", "coating"}
    told = LogEntry.objects.filter(verb="stated roles").first()
    assert told is not None
    assert told.changes == {"roles": ["Positive active material", "Positive active material, Coating"]}
    actions.change_material(material=nmc, by=ada, reason="x", roles=["coating"])
    assert list(nmc.roles.values_list("role", flat=True)) == ["coating"]
    assert Material.objects.get(pk=nmc.pk).version == nmc.version + 2


def test_who_changes_over_a_change_they_have_not_seen_is_told(ada: User, nmc: Material) -> None:
    actions.add_capacity(
        material=nmc, by=ada, upper_cut_off_v=4.5, specific_capacity_mah_g=185, reference="paper"
    )
    for change in (
        lambda: actions.change_material(
            material=nmc, by=ada, reason="x", expected_version=1, roles=["coating"]
        ),
        lambda: actions.correct_capacity(
            material=nmc, by=ada, reason="x", expected_version=1, upper_cut_off_v=4.3,
            specific_capacity_mah_g=166, reference="paper",
        ),
        lambda: actions.set_limit(
            material=nmc, by=ada, quantity="moisture_ppm", upper=50, source="x", expected_version=1
        ),
    ):  # fmt: skip
        with pytest.raises(StaleRecord, match="you have version 1, it is at version 2"):
            change()


def test_a_density_that_changes_tells_what_rests_on_it(
    ada: User, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = factories.make_shelf(ada, project)
    told: list[frozenset[int]] = []
    monkeypatch.setattr(registry, "dependents", [told.append])
    coating = shelf.materials["Nb2O5"]
    actions.change_material(material=coating, by=ada, reason="x", note="seen")
    assert told == []
    actions.change_material(material=coating, by=ada, reason="x", density_g_cm3=4.6)
    assert told == [frozenset({coating.pk, shelf.coated.pk})]


# --- capacities ---------------------------------------------------------------------------------------------


def test_a_capacity_is_added_later_and_each_cut_off_has_one(ada: User, nmc: Material) -> None:
    later = {"upper_cut_off_v": 4.5, "specific_capacity_mah_g": 185, "reference": "paper"}
    actions.add_capacity(material=nmc, by=ada, **later)
    assert [c.specific_capacity_mah_g for c in nmc.capacities.all()] == [165, 185]
    with pytest.raises(ValidationError, match="for this cut-off already"):
        actions.add_capacity(material=nmc, by=ada, **later)


def test_a_capacity_is_corrected_only_with_a_reason_and_tells_what_rests_on_it(
    ada: User, nmc: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[frozenset[int]] = []
    monkeypatch.setattr(registry, "dependents", [told.append])
    facts: dict[str, Any] = {
        "upper_cut_off_v": 4.3,
        "specific_capacity_mah_g": 163,
        "reference": "remeasured",
    }
    with pytest.raises(ValidationError, match="needs its reason"):
        actions.correct_capacity(material=nmc, by=ada, reason="", **facts)
    actions.correct_capacity(material=nmc, by=ada, reason="misread", **facts)
    entry = LogEntry.objects.get(verb="corrected a capacity")
    assert entry.changes["capacity"] == ["165 mAh/g to 4.3 V", "163 mAh/g to 4.3 V"]
    assert told == [frozenset({nmc.pk})]
    with pytest.raises(ValidationError, match="what it says already"):
        actions.correct_capacity(material=nmc, by=ada, reason="again", **facts)
    with pytest.raises(ValidationError, match=r"no capacity up to 4\.7 V"):
        actions.correct_capacity(material=nmc, by=ada, reason="x", **{**facts, "upper_cut_off_v": 4.7})


# --- limits -------------------------------------------------------------------------------------------------


def test_a_limit_is_changed_and_lifted_with_a_reason(ada: User, nmc: Material) -> None:
    limit: dict[str, Any] = {"material": nmc, "quantity": "moisture_ppm", "source": "data sheet", "by": ada}
    actions.set_limit(**limit, upper=100)
    with pytest.raises(ValidationError, match="has a limit already: say why"):
        actions.set_limit(**limit, upper=50)
    actions.set_limit(**limit, upper=50, reason="stricter from now on")
    changed = LogEntry.objects.get(verb="changed a limit")
    assert changed.changes["limit of Moisture"] == ["at most 100 ppm", "at most 50 ppm"]
    with pytest.raises(ValidationError, match="Say why the limit is lifted"):
        actions.lift_limit(material=nmc, quantity="moisture_ppm", reason="", by=ada)
    actions.lift_limit(material=nmc, quantity="moisture_ppm", reason="another method", by=ada)
    assert not nmc.limits.exists()


@pytest.mark.parametrize(
    "facts",
    [
        {"quantity": "moisture_ppm"},
        {"quantity": "moisture_ppm", "lower": 5, "upper": 2},
        {"quantity": "element_mass_fraction", "upper": 0.01},
        {"quantity": "moisture_ppm", "element": "Nb", "upper": 0.01},
        {"quantity": "moisture_ppm", "upper": 5, "source": ""},
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(ada: User, nmc: Material, facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        actions.set_limit(**{"material": nmc, "source": "data sheet", "by": ada, **facts})


# --- suppliers and equipment --------------------------------------------------------------------------------


def test_equipment_stays_what_it_is(ada: User) -> None:
    balance = factories.make_balance(ada)
    with pytest.raises(ValidationError, match="is a balance wherever it was used"):
        actions.change_equipment(equipment=balance, by=ada, reason="x", kind="die")
    actions.change_equipment(equipment=balance, by=ada, reason="certificate", minimum_weight_mg=20.0)
    assert Equipment.objects.get(pk=balance.pk).minimum_weight_mg == 20


def test_a_changed_balance_must_keep_its_readability(ada: User) -> None:
    balance = factories.make_balance(ada)
    with pytest.raises(ValidationError, match="needs its readability"):
        actions.change_equipment(equipment=balance, by=ada, reason="x", readability_mg=None)


# --- gloveboxes ---------------------------------------------------------------------------------------------


def test_a_reading_shows_oxygen_water_or_both_of_a_glovebox(ada: User) -> None:
    box = actions.create_equipment(by=ada, kind="glovebox", name="Argon box")
    actions.record_reading(glovebox=box, by=ada, oxygen_ppm=0.3)
    with pytest.raises(ValidationError, match="oxygen, water or both"):
        actions.record_reading(glovebox=box, by=ada)
    with pytest.raises(ValidationError, match="only a glovebox has readings"):
        actions.record_reading(glovebox=factories.make_balance(ada), by=ada, oxygen_ppm=0.3)
    assert GloveboxReading.objects.get().oxygen_ppm == 0.3
    assert LogEntry.objects.filter(verb="read the sensors", identity=box.pk).count() == 1


def test_the_page_of_a_glovebox_shows_the_last_reading_its_age_and_a_plot(ada: User) -> None:
    box = actions.create_equipment(by=ada, kind="glovebox", name="Argon box")
    client = browser(ada)
    page = client.get(f"/equipment/{box.code}/").content.decode()
    assert "No reading yet" in page
    url = f"/equipment/{box.code}/readings/"
    assert send(client, url, oxygen_ppm="0.4", water_ppm="0.1", at="2024-02-26T09:30").status_code == 302
    assert send(client, url, key="k2", oxygen_ppm="0.6").status_code == 302
    page = client.get(f"/equipment/{box.code}/").content.decode()
    assert "0\xa0minutes ago" in page
    assert 'src="data:image/svg+xml' in page


# --- pages --------------------------------------------------------------------------------------------------


def test_the_page_of_a_substance_computes_and_warns(ada: User, project: Project, nmc: Material) -> None:
    actions.change_material(
        material=nmc, by=ada, reason="data sheet", signal_word="danger",
        hazard_statements="H350i, H317", safety_note="Dust must not be inhaled.",
    )  # fmt: skip
    lot = factories.make_lot(ada, project, material=nmc, received_mg=25)
    page = browser(ada).get(f"/materials/{nmc.code}/").content.decode()
    for words in ("277.6", "96.553", "Danger: NMC532", "May cause cancer by inhalation", lot.code, "25 mg"):
        assert words in page
    page = browser(ada).get(f"/powders/{lot.code}/").content.decode()
    assert "Danger: NMC532" in page
    assert "Dust must not be inhaled." in page


def test_a_mixture_warns_of_what_is_in_it(ada: User, project: Project) -> None:
    shelf = factories.make_shelf(ada, project)
    actions.change_material(
        material=shelf.materials["LPSC"], by=ada, reason="x", safety_note="Makes H2S in moist air."
    )
    page = browser(ada).get(f"/powders/{shelf.coated_composite.code}/").content.decode()
    assert "Makes H2S in moist air." in page


def test_a_material_is_entered_with_roles_and_changed_on_its_page(ada: User) -> None:
    client = browser(ada)
    rows = {"rows-TOTAL_FORMS": 0, "rows-INITIAL_FORMS": 0}
    made = send(client, "/materials/new/", name="LTO", formula="Li4Ti5O12", roles=["negative_active"], **rows)
    lto = Material.objects.get()
    assert made["Location"] == f"/materials/{lto.code}/"
    fields = {"name": "LTO", "formula": "Li4Ti5O12", "roles": ["negative_active", "carbon"], "reason": "both"}
    url = f"/materials/{lto.code}/change/"
    answer = send(client, url, key="k2", expected_version=lto.version, low_stock_ug="500", **fields)
    assert answer.status_code == 302
    lto.refresh_from_db()
    assert (lto.low_stock_ug, lto.roles_text()) == (500_000, "Negative active material, Conductive additive")


def test_the_form_says_what_somebody_else_has_changed_meanwhile(ada: User, grace: User) -> None:
    supplier = factories.make_supplier(ada, "MSE")
    url, client = f"/suppliers/{supplier.code}/change/", browser(ada)
    actions.change_supplier(supplier=supplier, by=grace, reason="full name", name="MSE Supplies")
    answer = send(client, url, expected_version=1, name="MSE Inc", reason="new name")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "grace changed name MSE → MSE Supplies" in page
    assert 'value="MSE Inc"' in page
    assert Supplier.objects.get().name == "MSE Supplies"
    # The form now carries the version that it has told of.
    assert 'name="expected_version" value="2"' in page
    assert send(client, url, expected_version=2, name="MSE Inc", reason="new name").status_code == 302
    assert Supplier.objects.get().name == "MSE Inc"


def test_a_supplier_s_page_lists_its_lots(ada: User, project: Project) -> None:
    lot = factories.make_lot(ada, project)
    assert lot.code in browser(ada).get(f"/suppliers/{lot.lot.supplier.code}/").content.decode()


def test_the_list_of_materials_is_narrowed(ada: User, nmc: Material) -> None:
    factories.make_material(ada, "PTFE", "binder", formula="C2F4")
    actions.change_material(material=nmc, by=ada, reason="x", hazard_statements="H317")
    client = browser(ada)
    for query, found in (
        ("formula=Ni0.5", ["NMC532"]),
        ("hazards=yes", ["NMC532"]),
        ("hazards=no", ["PTFE"]),
        ("role=binder", ["PTFE"]),
        ("name=nmc", ["NMC532"]),
    ):
        page = client.get(f"/materials/?{query}").content.decode()
        assert [
            name for name in ("NMC532", "PTFE") if f"<td>{name}" in page.replace("\n", "").replace(" ", "")
        ] == found, query


# --- the API ------------------------------------------------------------------------------------------------


def test_the_api_says_all_of_a_substance(api: APIClient, nmc: Material) -> None:
    told = api.get(f"{V1}/materials/{nmc.code}/").json()
    assert told["molar_mass_g_mol"] == pytest.approx(96.553, abs=0.001)
    assert told["theoretical_capacity_per_li_mah_g"] == pytest.approx(277.6, abs=0.05)
    assert {"cas_number", "signal_word", "hazard_statements", "low_stock_mg", "limits"} <= set(told)


@pytest.mark.parametrize("kind", ["materials", "suppliers", "equipment", "places"])
def test_a_change_by_the_api_needs_the_version_and_a_reason(
    api: APIClient, ada: User, nmc: Material, kind: str
) -> None:
    record: Any = {
        "materials": lambda: nmc,
        "suppliers": lambda: factories.make_supplier(ada),
        "equipment": lambda: factories.make_balance(ada),
        "places": lambda: actions.create_place(by=ada, name="Room 1"),
    }[kind]()
    url, body = f"{V1}/{kind}/{record.code}/", {"name": "A new name", "reason": "renamed"}
    assert api.patch(url, body).status_code == 428
    version = api.get(url)["ETag"]
    assert api.patch(url, {"name": "A new name"}, headers={"If-Match": version}).status_code == 400
    changed = api.patch(url, body, headers={"If-Match": version})
    assert (changed.status_code, changed.json()["name"]) == (200, "A new name")
    assert changed["ETag"] != version
    assert api.patch(url, body, headers={"If-Match": version}).status_code == 412


def test_capacities_and_limits_by_the_api(api: APIClient, nmc: Material) -> None:
    url = f"{V1}/materials/{nmc.code}/"
    later = {"upper_cut_off_v": 4.5, "specific_capacity_mah_g": 185, "reference": "paper"}
    added = api.post(f"{url}capacities/", later)
    assert (added.status_code, len(added.json()["capacities"])) == (201, 2)
    wrong = api.patch(url, {"capacities": [later], "reason": "x"}, headers={"If-Match": added["ETag"]})
    assert list(wrong.json()) == ["capacities"]
    right = {**later, "specific_capacity_mah_g": 184, "reason": "misread"}
    assert api.patch(f"{url}capacities/", right).status_code == 428
    corrected = api.patch(f"{url}capacities/", right, headers={"If-Match": added["ETag"]})
    assert corrected.json()["capacities"][1]["specific_capacity_mah_g"] == 184
    limit = {"quantity": "moisture_ppm", "upper": 50, "source": "data sheet"}
    limited = api.patch(f"{url}limits/", limit, headers={"If-Match": corrected["ETag"]})
    assert limited.json()["limits"][0]["upper"] == 50
    lifted = api.patch(
        f"{url}limits/lift/",
        {"quantity": "moisture_ppm", "reason": "x"},
        headers={"If-Match": limited["ETag"]},
    )
    assert lifted.json()["limits"] == []


def test_readings_by_the_api(api: APIClient, ada: User) -> None:
    box = actions.create_equipment(by=ada, kind="glovebox", name="Argon box")
    url = f"{V1}/equipment/{box.code}/readings/"
    made = api.post(url, {"oxygen_ppm": 0.3, "at": "2024-02-26T09:30:00Z"})
    assert (made.status_code, made.json()["by"]) == (201, "ada")
    assert api.post(url, {"at": "2999-01-01T00:00:00Z", "oxygen_ppm": 1}).json().keys() == {"at"}
    for _ in range(2):
        api.post(url, {"water_ppm": 1.5}, headers={"Idempotency-Key": "once"})
    assert [row["water_ppm"] for row in api.get(url).json()["results"]] == [1.5, None]


def test_a_reader_changes_nothing(project: Project, nmc: Material) -> None:
    reader = factories.make_person("rita", Role.READER, project)
    page = browser(reader).get(f"/materials/{nmc.code}/").content.decode()
    assert "/change/" not in page
    assert "/correct/" not in page
    assert browser(reader).get(f"/materials/{nmc.code}/change/").status_code == 403
