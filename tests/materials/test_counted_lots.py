"""Foils, gases, solutions and precursors: used, counted, thrown away, filled into sources and pulsed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from lims.models import LogEntry, Project, User
from materials import actions
from materials.models import (
    CoatingRecipeEdition,
    CountEntry,
    DrawReview,
    Equipment,
    Powder,
    PrecursorFill,
    Use,
)
from tests import factories
from tests.factories import make_lot, make_material
from tests.testing.bench import client_of

pytestmark = pytest.mark.django_db

FILLS = "/api/v1/precursor-fills/"


@pytest.fixture
def foil(ada: User, project: Project) -> Powder:
    """Fifty discs of lithium."""
    return make_lot(
        ada, project, material=make_material(ada, "Lithium foil", "foil"), received_mg=None,
        counted_in="disc", count_milli=50_000,
    )  # fmt: skip


@pytest.fixture
def precursor(ada: User, project: Project) -> Powder:
    """Five grams of niobium ethoxide."""
    return make_lot(
        ada, project, material=make_material(ada, "Niobium ethoxide", "precursor"), received_mg=None,
        counted_in="g", count_milli=5_000,
    )  # fmt: skip


@pytest.fixture
def reactor(ada: User) -> Equipment:
    return actions.create_equipment(by=ada, kind="ald_reactor", name="Rotary-bed reactor")


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def told(refused: pytest.ExceptionInfo[ValidationError], field: str) -> str:
    return " ".join(refused.value.message_dict[field])


# --- used, counted, thrown away -----------------------------------------------------------------------------


def test_what_is_used_leaves_the_rest_and_says_what_for(foil: Powder, ada: User) -> None:
    entry = actions.use_count(powder=foil, count_milli=2_000, purpose="two half cells", by=ada)
    assert (entry.kind, entry.change_milli, entry.balance_after_milli) == ("used", -2_000, 48_000)
    assert entry.use is not None
    assert (entry.use.purpose_text, entry.use.consumer) == ("two half cells", None)
    assert LogEntry.objects.get(identity=foil.pk, verb="used").changes == {
        "count": "2 discs", "purpose": "two half cells",
    }  # fmt: skip
    assert Powder.objects.with_balance().get(pk=foil.pk).left_text() == "48 discs"


def test_a_counted_lot_gives_no_more_than_it_holds_unless_the_book_is_wrong(foil: Powder, ada: User) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.use_count(powder=foil, count_milli=51_000, purpose="cells", by=ada)
    assert told(refused, "count_milli") == f"{foil.code} holds only 50 discs; 51 discs cannot be taken."
    assert "say why the book is wrong" in told(refused, "book_reason")
    assert not Use.objects.exists()
    despite = actions.Despite(book_reason="one more in the bag")
    actions.use_count(powder=foil, count_milli=51_000, purpose="cells", by=ada, despite=despite)
    assert list(foil.counts.order_by("seq").values_list("kind", "change_milli", "balance_after_milli", "reason")) == [
        ("received", 50_000, 50_000, ""), ("adjusted", 1_000, 51_000, "one more in the bag"), ("used", -51_000, 0, ""),
    ]  # fmt: skip


@pytest.mark.parametrize("count_milli", [0, -1_000])
def test_nothing_is_taken_that_is_not_above_zero(foil: Powder, ada: User, count_milli: int) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.use_count(powder=foil, count_milli=count_milli, purpose="cells", by=ada)
    assert "above 0" in told(refused, "count_milli")


def test_a_disc_is_whole_and_a_millilitre_is_not(foil: Powder, ada: User, project: Project) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.use_count(powder=foil, count_milli=500, purpose="cells", by=ada)
    assert "whole discs" in told(refused, "count_milli")
    solution = make_lot(ada, project, received_mg=None, counted_in="ml", count_milli=25_000)
    actions.use_count(powder=solution, count_milli=751, purpose="coating", by=ada)
    assert Powder.objects.with_balance().get(pk=solution.pk).left_text() == "24.249 mL"


def test_what_speaks_against_a_counted_lot_needs_a_reason_too(foil: Powder, ada: User) -> None:
    actions.change_lot(powder=foil, by=ada, expires_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(ValidationError) as refused:
        actions.use_count(powder=foil, count_milli=1_000, purpose="cell", by=ada)
    assert "expired on" in told(refused, "lot_reason")
    despite = actions.Despite(lot_reason="surface scraped")
    actions.use_count(powder=foil, count_milli=1_000, purpose="cell", by=ada, despite=despite)
    assert DrawReview.objects.get().reason == "surface scraped"


def test_the_stocktake_says_what_there_is_with_its_reason(foil: Powder, ada: User) -> None:
    for count_milli, reason, field, sentence in (
        (47_000, " ", "reason", "needs its reason"),
        (50_000, "stocktake", "count_milli", "is what the book says"),
        (-1_000, "stocktake", "count_milli", "less than nothing"),
        (46_500, "stocktake", "count_milli", "whole discs"),
    ):
        with pytest.raises(ValidationError) as refused:
            actions.adjust_count(powder=foil, count_milli=count_milli, reason=reason, by=ada)
        assert sentence in told(refused, field)
    actions.adjust_count(powder=foil, count_milli=47_000, reason="stocktake", by=ada)
    assert foil.count_now_milli() == 47_000
    assert LogEntry.objects.get(identity=foil.pk, verb="counted").changes["left"] == ["50 discs", "47 discs"]


def test_a_weighed_lot_is_not_counted_and_a_counted_one_not_weighed(
    foil: Powder, ada: User, project: Project
) -> None:
    powder = make_lot(ada, project)
    for verb in (
        lambda: actions.use_count(powder=powder, count_milli=1, purpose="x", by=ada),
        lambda: actions.adjust_count(powder=powder, count_milli=1, reason="x", by=ada),
    ):
        with pytest.raises(ValidationError, match="is weighed, not counted"):
            verb()
    with pytest.raises(ValidationError, match="is counted in discs and has no mass"):
        actions.draw_mass(powder=foil, mass_ug=1, purpose="x", by=ada)


def test_what_is_thrown_away_is_gone_and_the_lot_is_finished(foil: Powder, ada: User) -> None:
    actions.dispose(powder=foil, reason="oxidised", by=ada)
    assert foil.count_now_milli() == 0
    for verb in (
        lambda: actions.use_count(powder=foil, count_milli=1_000, purpose="x", by=ada),
        lambda: actions.adjust_count(powder=foil, count_milli=1_000, reason="x", by=ada),
    ):
        with pytest.raises(ValidationError) as refused:
            verb()
        assert "is finished" in told(refused, "count_milli")


def test_the_pages_use_and_count_and_show_it_in_the_lots_own_unit(foil: Powder, browser: Client) -> None:
    page = browser.get(f"/powders/{foil.code}/").content.decode()
    for verb in ("use", "count"):
        assert f'href="/powders/{foil.code}/{verb}/"' in page
    sent = {"idempotency_key": "k1", "count_milli": "2", "purpose": "half cells"}
    for _ in range(2):
        assert browser.post(f"/powders/{foil.code}/use/", sent).status_code == 302
    sent = {"idempotency_key": "k2", "count_milli": "47", "reason": "one fell"}
    assert browser.post(f"/powders/{foil.code}/count/", sent).status_code == 302
    assert foil.counts.count() == 3
    page = browser.get(f"/powders/{foil.code}/").content.decode()
    for words in ("47 discs", "half cells", "one fell", "Change, discs"):
        assert words in page
    short = browser.post(
        f"/powders/{foil.code}/use/", {"idempotency_key": "k3", "count_milli": "48", "purpose": "x"}
    )
    assert "holds only 47 discs" in short.content.decode()


def test_a_weighed_lot_has_no_page_to_count_it_on(browser: Client, ada: User, project: Project) -> None:
    lot = make_lot(ada, project)
    assert browser.get(f"/powders/{lot.code}/use/").status_code == 404


def test_the_api_uses_and_counts_under_its_own_names(api: APIClient, foil: Powder) -> None:
    url = f"/api/v1/powders/{foil.code}"
    used = api.post(f"{url}/use/", {"count": 2, "purpose": "half cells"}, HTTP_IDEMPOTENCY_KEY="tap")
    assert used.status_code == 201, used.json()
    assert (
        api.post(f"{url}/use/", {"count": 2, "purpose": "half cells"}, HTTP_IDEMPOTENCY_KEY="tap").json()
        == used.json()
    )
    assert foil.count_now_milli() == 48_000
    short = api.post(f"{url}/use/", {"count": 49, "purpose": "x"})
    assert (short.status_code, set(short.json())) == (400, {"count", "book_reason"})
    assert (
        api.post(f"{url}/use/", {"count": 49, "purpose": "x", "book_reason": "one more"}).status_code == 201
    )
    assert api.post(f"{url}/count/", {"count": 3, "reason": "stocktake"}).status_code == 201
    assert foil.count_now_milli() == 3_000
    assert list(api.post(f"{url}/count/", {"count": -1, "reason": "x"}).json()) == ["count"]


# --- precursor fills ----------------------------------------------------------------------------------------


def recipe(ada: User, precursor: Powder, *, pulses: int = 1, named: bool = True) -> CoatingRecipeEdition:
    step = {"kind": "pulse", "substance": "Niobium ethoxide", "duration_s": 1}
    if named:
        step["material"] = precursor.material
    other = {"kind": "pulse", "substance": "H2O", "duration_s": 0.1}
    return actions.create_recipe(
        by=ada, name=f"{pulses} pulses", coating=make_material(ada, f"Oxide {pulses} {named}", "coating"), cycles=30,
        substrate_temperature_c=175, steps=[*[step] * pulses, {"kind": "purge", "duration_s": 20}, other],
    )  # fmt: skip


def fill(
    precursor: Powder, reactor: Equipment, ada: User, source: str = "source 1", **facts: Any
) -> PrecursorFill:
    return actions.fill_source(
        powder=precursor, reactor=reactor, source=source, by=ada, **{"count_milli": 2_000, **facts}
    )


def run(
    ada: User, project: Project, edition: CoatingRecipeEdition, used: PrecursorFill, cycles: int
) -> Powder:
    coated = actions.run_coating(
        by=ada, project=project, edition=edition, parent=make_lot(ada, project), load_mass_ug=10,
        recovered_mass_ug=10, cycles_done=cycles,
    )  # fmt: skip
    coated.coating.fills.add(used)
    return coated


def test_a_fill_is_taken_from_its_lot(precursor: Powder, reactor: Equipment, ada: User) -> None:
    made = fill(precursor, reactor, ada)
    entry = CountEntry.objects.get(use=made.use)
    assert (precursor.count_now_milli(), entry.change_milli, made.use.purpose) == (3_000, -2_000, "filled")
    with pytest.raises(ValidationError) as refused:
        fill(precursor, reactor, ada, source="source 2", count_milli=4_000)
    assert "holds only 3 g" in told(refused, "count_milli")
    for subject in (precursor, reactor):
        assert LogEntry.objects.filter(identity=subject.pk, verb="filled a source").exists()


def test_a_source_holds_one_fill_however_its_name_is_written(
    precursor: Powder, reactor: Equipment, ada: User
) -> None:
    first = fill(precursor, reactor, ada)
    with pytest.raises(ValidationError) as refused:
        fill(precursor, reactor, ada, source=" Source 1 ")
    assert "empty it first" in told(refused, "source")
    assert precursor.count_now_milli() == 3_000
    actions.empty_source(fill=first, by=ada)
    assert fill(precursor, reactor, ada, source=" Source 1 ").source == "Source 1"


def test_only_a_precursor_goes_into_a_source_and_only_of_a_reactor(
    precursor: Powder, foil: Powder, reactor: Equipment, ada: User
) -> None:
    with pytest.raises(ValidationError) as refused:
        fill(foil, reactor, ada)
    assert f"{foil.code} is no precursor" in told(refused, "powder")
    with pytest.raises(ValidationError) as refused:
        fill(precursor, factories.make_balance(ada), ada)
    assert "is no ALD reactor" in told(refused, "reactor")


def test_a_source_is_filled_and_emptied_in_the_past_and_in_order(
    precursor: Powder, reactor: Equipment, ada: User
) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    with pytest.raises(ValidationError) as refused:
        fill(precursor, reactor, ada, filled_at=tomorrow)
    assert "lies in the future" in told(refused, "filled_at")
    made = fill(precursor, reactor, ada, filled_at=datetime(2026, 2, 2, 10, tzinfo=UTC))
    for moment, sentence in ((tomorrow, "future"), (datetime(2026, 2, 1, tzinfo=UTC), "after that")):
        with pytest.raises(ValidationError) as refused:
            actions.empty_source(fill=made, by=ada, emptied_at=moment)
        assert sentence in told(refused, "emptied_at")
    actions.empty_source(fill=made, by=ada)
    with pytest.raises(ValidationError, match="was emptied on"):
        actions.empty_source(fill=made, by=ada)


def test_pulses_are_cycles_done_times_pulses_per_cycle_of_every_run_and_those_before(
    precursor: Powder, reactor: Equipment, ada: User, project: Project
) -> None:
    made = fill(precursor, reactor, ada, pulses_before=100)
    other = fill(precursor, reactor, ada, source="source 2", count_milli=1_000)
    assert actions.pulses_so_far(made) == 100
    one_pulse = recipe(ada, precursor)
    run(ada, project, one_pulse, made, cycles=30)
    run(ada, project, recipe(ada, precursor, pulses=2), made, cycles=25)
    run(ada, project, one_pulse, other, cycles=7)
    # 100 before, 30 cycles of one pulse and 25 of two; water's pulses and the other fill's are not its own.
    assert actions.pulses_so_far(made) == 100 + 30 * 1 + 25 * 2
    told_now = PrecursorFill.objects.with_pulses().get(pk=made.pk)
    assert (told_now.pulses, told_now.some_uncounted) == (180, False)


def test_a_step_that_names_its_precursor_in_words_only_does_not_count_and_this_is_said(
    precursor: Powder, reactor: Equipment, ada: User, project: Project, browser: Client
) -> None:
    made = fill(precursor, reactor, ada)
    run(ada, project, recipe(ada, precursor, named=False), made, cycles=30)
    told_now = PrecursorFill.objects.with_pulses().get(pk=made.pk)
    assert (told_now.pulses, told_now.some_uncounted) == (0, True)
    assert "names the precursor in words only" in browser.get(f"/equipment/{reactor.code}/").content.decode()


def test_a_reactors_page_shows_its_sources_with_age_and_pulses(
    precursor: Powder, reactor: Equipment, ada: User, project: Project, browser: Client
) -> None:
    made = fill(precursor, reactor, ada, filled_at=timezone.now() - timedelta(days=12))
    run(ada, project, recipe(ada, precursor), made, cycles=30)
    for url in (f"/equipment/{reactor.code}/", "/precursor-fills/"):
        page = browser.get(url).content.decode()
        for words in ("source 1", precursor.code, "2 g", "12 days", "30"):
            assert words in page, (url, words)
    emptied = browser.post(f"/precursor-fills/{made.pk}/empty/", {"idempotency_key": "k"})
    assert emptied.status_code == 302
    assert "none is filled" in browser.get(f"/equipment/{reactor.code}/").content.decode()


def test_the_form_fills_a_source(precursor: Powder, reactor: Equipment, browser: Client) -> None:
    page = browser.get(
        f"/precursor-fills/new/?reactor={reactor.code}&powder={precursor.code}"
    ).content.decode()
    assert f'value="{precursor.code}" selected' in page
    sent = {
        "idempotency_key": "k", "reactor": reactor.code, "powder": precursor.code, "source": "source 1",
        "count_milli": "1.5", "pulses_before": "0",
    }  # fmt: skip
    assert browser.post("/precursor-fills/new/", sent).status_code == 302
    assert precursor.count_now_milli() == 3_500


def test_the_api_fills_lists_and_empties(
    api: APIClient, precursor: Powder, reactor: Equipment, otto: User
) -> None:
    sent = {
        "powder": precursor.code,
        "reactor": reactor.code,
        "source": "source 1",
        "count": 1.5,
        "pulses_before": 40,
    }
    made = api.post(FILLS, sent, HTTP_IDEMPOTENCY_KEY="tap")
    assert made.status_code == 201, made.json()
    assert api.post(FILLS, sent, HTTP_IDEMPOTENCY_KEY="tap").json() == made.json()
    row = made.json()
    assert (row["count"], row["counted_in"], row["pulses"], row["emptied_at"]) == (1.5, "g", 40, None)
    taken = api.post(FILLS, sent)
    assert (taken.status_code, list(taken.json())) == (400, ["source"])
    assert api.get(FILLS, {"reactor": reactor.code, "in_use": "true"}).json()["count"] == 1
    hidden = client_of(otto)
    assert hidden.get(FILLS).json()["results"] == []
    assert hidden.post(f"{FILLS}{row['id']}/empty/").status_code == 404
    emptied = api.post(f"{FILLS}{row['id']}/empty/")
    assert (emptied.status_code, emptied.json()["emptied_at"] is not None) == (200, True)
    assert api.get(FILLS, {"in_use": "true"}).json()["count"] == 0


def test_a_longer_list_of_fills_asks_no_more_of_the_database(
    api: APIClient, browser: Client, precursor: Powder, reactor: Equipment, ada: User, project: Project
) -> None:
    def queries() -> list[int]:
        counted = []
        for client, url in ((api, FILLS), (browser, "/precursor-fills/")):
            with CaptureQueriesContext(connection) as caught:
                assert client.get(url).status_code == 200
            counted.append(len(caught))
        return counted

    edition = recipe(ada, precursor)
    run(ada, project, edition, fill(precursor, reactor, ada, count_milli=10), cycles=3)
    queries()
    before = queries()
    for number in range(5):
        made = fill(precursor, reactor, ada, source=f"valve {number}", count_milli=10)
        run(ada, project, edition, made, cycles=3)
    assert queries() == before
