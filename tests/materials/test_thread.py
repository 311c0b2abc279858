"""The thread of a powder: up to the lots and down to everything made of it, with masses and fractions."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from lims import trace as walking
from lims.models import Project, User
from lims.trace import ancestors_of, descendants_of
from materials.actions import (
    Despite,
    Portion,
    adjust_mass,
    dispose,
    draw_mass,
    gain_mass,
    lose_mass,
    merge_powders,
    take_aliquots,
    treat_powder,
)
from tests.factories import Shelf, make_cell, make_lot, make_test, use_powder


def thread(api: APIClient, code: str, direction: str) -> dict[str, Any]:
    answer = api.get(f"/api/v1/trace/{code}/", {"direction": direction})
    assert answer.status_code == 200
    return answer.json()


def ends(told: dict[str, Any]) -> dict[tuple[str, str | None], float]:
    return {(end["how"], end["code"]): end["mass_mg"] for end in told["ends"]}


def test_a_composite_comes_from_its_lots_by_their_weighed_masses(api: APIClient, shelf: Shelf) -> None:
    """140 + 60 + 10 + 10 mg: the coated powder's share is its lot's."""
    told = thread(api, shelf.coated_composite.code, "up")
    lots = shelf.lots
    assert ends(told) == {
        ("bought", lots["NMC"].code): 140, ("bought", lots["LPSC"].code): 60,
        ("bought", lots["PTFE"].code): 10, ("bought", lots["CNF"].code): 10,
    }  # fmt: skip
    assert told["total_mass_mg"] == 220
    assert {n["code"]: n["fraction"] for n in told["nodes"]}[shelf.coated.code] == pytest.approx(7 / 11)
    assert sum(end["fraction"] for end in told["ends"]) == pytest.approx(1)


def test_through_every_kind_of_jar_the_lots_and_the_gains_are_the_whole(
    api: APIClient, ada: User, project: Project
) -> None:
    """Dried (100 to 98 mg), parted (50), poured together with another jar of the same (30), which drew water (1 mg)."""
    first = make_lot(ada, project, received_mg=200)
    second = make_lot(ada, project, material=first.material, received_mg=100)
    dried = treat_powder(powder=first, kind="dry", load_mass_ug=100_000, recovered_mass_ug=98_000, by=ada)
    (part,) = take_aliquots(powder=dried, masses_ug=[50_000], by=ada)
    merged = merge_powders(
        portions=[Portion(part), Portion(second, 30_000)], recovered_mass_ug=81_000, by=ada
    )
    told = thread(api, merged.code, "up")
    assert ends(told) == {
        ("bought", first.code): 50, ("bought", second.code): 30, ("gained", merged.code): 1,
    }  # fmt: skip
    assert {n["code"]: n["mass_mg"] for n in told["nodes"]}[dried.code] == 50


def test_down_every_milligram_of_a_lot_is_somewhere(api: APIClient, ada: User, project: Project) -> None:
    lot = make_lot(ada, project, received_mg=100)
    gain_mass(powder=lot, mass_ug=1_000, reason="moisture", by=ada)
    lose_mass(powder=lot, mass_ug=2_000, reason="spilled", by=ada)
    draw_mass(powder=lot, mass_ug=3_000, purpose="XRD", by=ada)
    (part,) = take_aliquots(powder=lot, masses_ug=[40_000], by=ada)
    dried = treat_powder(powder=part, kind="dry", load_mass_ug=20_000, recovered_mass_ug=19_000, by=ada)
    dispose(powder=dried, reason="opened in air", by=ada)
    adjust_mass(powder=lot, mass_ug=50_000, reason="weighed", by=ada)
    told = thread(api, lot.code, "down")
    assert told["total_mass_mg"] == 101
    assert ends(told) == {
        ("left", lot.code): 50, ("written off", lot.code): 6, ("lost", lot.code): 2,
        ("drawn for other things", lot.code): 3, ("left", part.code): 20, ("lost", dried.code): 1,
        ("disposed of", dried.code): 19,
    }  # fmt: skip
    assert sum(end["fraction"] for end in told["ends"]) == pytest.approx(1)


def test_a_lots_share_reaches_the_cells(api: APIClient, shelf: Shelf, ada: User) -> None:
    """8.1 mg of 140 in 220: 5.1545 mg of the lot are in the cell."""
    cell = make_cell(shelf)
    make_test(cell, ada)
    told = thread(api, shelf.lots["NMC"].code, "down")
    assert ends(told)["in cells", cell.code] == pytest.approx(8.1 * 140 / 220, abs=0.001)
    up = thread(api, make_test(cell, ada).code, "up")
    assert sum(end["fraction"] for end in up["ends"]) == pytest.approx(1)
    assert {end["code"] for end in up["ends"]} == {
        shelf.lots[k].code for k in ("NMC", "LPSC", "PTFE", "CNF", "LTO")
    }


def test_two_draws_into_the_same_record_are_one_arrow_with_their_sum(
    api: APIClient, ada: User, project: Project
) -> None:
    lot, other = (make_lot(ada, project, received_mg=100) for _ in range(2))
    for mass_ug in (1_000, 2_500):
        use_powder(lot, other.identity, mass_ug, by=ada)
    assert thread(api, lot.code, "down")["edges"] == [
        {"source": lot.code, "target": other.code, "mass_mg": 3.5}
    ]


def test_what_is_in_other_projects_is_told_as_one_share(
    ada: User, otto: User, api: APIClient, other_project: Project, project: Project
) -> None:
    shared = make_lot(ada, None, received_mg=100)
    for by, of in ((ada, project), (otto, other_project)):
        use_powder(shared, make_lot(by, of, received_mg=10).identity, 25_000, by=by)
    told = thread(api, shared.code, "down")
    hidden = next(end for end in told["ends"] if end["how"] == "records that you may not see")
    assert (hidden["code"], told["hidden"]) == (None, 1)
    assert len(told["nodes"]) == 2
    assert sum(end["fraction"] for end in told["ends"]) == pytest.approx(1)


def test_the_page_says_it_in_words_and_gives_it_as_a_file(shelf: Shelf, ada: User) -> None:
    client = Client()
    client.force_login(ada)
    code = shelf.coated_composite.code
    page = client.get(f"/trace/{code}/").content.decode()
    assert "Of 220 mg in all" in page
    assert "63.64" in page
    assert page.count("<svg xmlns") >= 1
    file = client.get(f"/trace/{code}/", {"direction": "up", "as": "csv"})
    text = b"".join(file.streaming_content).decode("utf-8-sig")
    rows = {row["Record"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows[shelf.lots["LPSC"].code]["Of its mass, this passed through, mg"] == "60.000"
    assert float(rows[shelf.coated.code]["Share, %"]) == pytest.approx(700 / 11)


def test_a_record_without_a_thread_has_its_page(shelf: Shelf, ada: User) -> None:
    client = Client()
    client.force_login(ada)
    page = client.get(f"/trace/{shelf.balance.code}/").content.decode()
    assert "It was made of nothing that is recorded." in page


def test_the_walk_is_as_long_as_the_thread_and_not_cut_where_rules_rest_on_it(
    shelf: Shelf, ada: User, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page stops somewhere and says so; what is flagged or recalculated is never cut short."""
    make_test(make_cell(shelf), ada)
    whole = descendants_of([shelf.lots["NMC"].pk])
    monkeypatch.setattr(walking, "MAX_NODES", 2)
    assert descendants_of([shelf.lots["NMC"].pk]) == whole
    assert len(ancestors_of([shelf.coated_composite.pk])) == 6
    told = thread(api, shelf.lots["NMC"].code, "down")
    assert told["truncated"] is True
    assert len(told["nodes"]) < len({code for edge in whole for code in edge[:2]})
    assert sum(end["fraction"] for end in told["ends"]) == pytest.approx(1)
    up = thread(api, shelf.coated_composite.code, "up")
    assert sum(end["fraction"] for end in up["ends"]) == pytest.approx(1)
    client = Client()
    client.force_login(ada)
    assert "it goes on beyond them" in client.get(f"/trace/{shelf.lots['NMC'].code}/").content.decode()


def test_a_wide_thread_costs_no_more_queries(shelf: Shelf, ada: User, api: APIClient) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            thread(api, shelf.lots["NMC"].code, "down")
        return len(caught)

    cell = make_cell(shelf)
    few = queries()
    for _ in range(5):
        make_cell(shelf, condition=cell.condition, edition=cell.edition)
    assert queries() == few


def test_a_draw_although_the_book_was_short_counts_what_it_added(
    api: APIClient, ada: User, project: Project
) -> None:
    lot = make_lot(ada, project, received_mg=10)
    draw_mass(
        powder=lot, mass_ug=12_000, purpose="XRD", by=ada, despite=Despite(book_reason="there was more")
    )
    told = thread(api, lot.code, "down")
    assert (told["total_mass_mg"], ends(told)) == (12, {("drawn for other things", lot.code): 12})
