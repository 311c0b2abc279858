"""Mass: every microgram that enters, moves or leaves is an entry, and nothing goes below zero."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Sum

from lims.models import LogEntry, Project, User
from lims.units import MAX_MASS_UG, ug_from_mg
from materials.actions import correct_use, draw_mass, mix_composite
from materials.models import MassEntry, Powder, Use
from tests.factories import Shelf, make_lot, make_shelf, weigh

pytestmark = pytest.mark.django_db


@pytest.fixture
def lot(ada: User, project: Project) -> Powder:
    return make_lot(ada, project, received_mg=100)


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


def entries(powder: Powder) -> list[tuple[str, int, int]]:
    return list(powder.entries.order_by("seq").values_list("kind", "change_ug", "balance_after_ug"))


def balance_mg(powder: Powder) -> float:
    total = powder.entries.aggregate(total=Sum("change_ug"))["total"]
    assert powder.balance_now_ug() == total, "the balance is the sum of the entries"
    return total / 1000


def test_a_received_lot_holds_what_it_came_with(lot: Powder) -> None:
    assert entries(lot) == [("received", 100_000, 100_000)]
    assert Powder.objects.with_balance().get(pk=lot.pk).balance_ug == 100_000


def test_a_draw_leaves_the_rest(lot: Powder, ada: User) -> None:
    draw_mass(powder=lot, mass_ug=ug_from_mg("8.1"), purpose="XRD", by=ada)
    assert entries(lot) == [("received", 100_000, 100_000), ("drawn", -8_100, 91_900)]


def test_a_lot_cannot_give_more_than_it_holds(lot: Powder, ada: User) -> None:
    with pytest.raises(ValidationError) as refusal:
        draw_mass(powder=lot, mass_ug=100_001, purpose="XRD", by=ada)
    sentence = "LOT-0001 holds only 100 mg; 100.001 mg cannot be taken."
    assert refusal.value.message_dict["mass_ug"] == [sentence]
    assert "say why the book is wrong" in refusal.value.message_dict["book_reason"][0]
    assert balance_mg(lot) == 100
    assert not Use.objects.exists(), "nothing of a refused draw stays"
    draw_mass(powder=lot, mass_ug=100_000, purpose="XRD", by=ada)
    assert balance_mg(lot) == 0


@pytest.mark.parametrize("mass_ug", [0, -1, -100_000])
def test_nothing_and_less_is_no_draw(lot: Powder, ada: User, mass_ug: int) -> None:
    with pytest.raises(ValidationError):
        draw_mass(powder=lot, mass_ug=mass_ug, purpose="XRD", by=ada)
    assert balance_mg(lot) == 100


@pytest.mark.parametrize("received_mg", ["0", "-1", str(MAX_MASS_UG // 1000 + 1)])
def test_a_container_holds_something_and_not_a_tonne(ada: User, project: Project, received_mg: str) -> None:
    with pytest.raises(ValidationError):
        make_lot(ada, project, received_mg=received_mg)
    assert not Powder.objects.exists()


def test_a_finished_powder_is_not_drawn_from(lot: Powder, ada: User) -> None:
    Powder.objects.update(state=Powder.State.FINISHED)
    with pytest.raises(ValidationError, match="LOT-0001 is finished and cannot be drawn from"):
        draw_mass(powder=lot, mass_ug=1, purpose="XRD", by=ada)


@pytest.mark.parametrize(
    ("kind", "change_ug", "balance_after_ug", "reason"),
    [
        ("drawn", -1, -1, ""),
        ("drawn", 0, 100, ""),
        ("drawn", 1, 101, ""),
        ("received", -1, 99, ""),
        ("corrected", 1, 101, ""),
        ("adjusted", 1, 101, ""),
    ],
    ids=["below zero", "moves nothing", "draws in", "receives out", "unexplained", "unexplained stocktake"],
)
def test_the_database_itself_refuses(
    lot: Powder, ada: User, kind: str, change_ug: int, balance_after_ug: int, reason: str
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        MassEntry.objects.create(
            powder=lot,
            seq=2,
            kind=kind,
            change_ug=change_ug,
            balance_after_ug=balance_after_ug,
            reason=reason,
            by=ada,
        )


def test_two_entries_cannot_have_the_same_place(lot: Powder, ada: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        MassEntry.objects.create(powder=lot, seq=1, kind="drawn", change_ug=-1, balance_after_ug=1, by=ada)


def test_the_same_container_is_received_once(ada: User, project: Project, lot: Powder) -> None:
    with pytest.raises(ValidationError, match="recorded already"):
        make_lot(ada, project, material=lot.material, lot_number=lot.lot.lot_number)


def test_a_correction_is_a_new_entry_and_gives_back_the_difference(
    lot: Powder, ada: User, grace: User
) -> None:
    use = draw_mass(powder=lot, mass_ug=ug_from_mg(10), purpose="XRD", by=ada).use
    assert use is not None
    correct_use(use=use, mass_ug=ug_from_mg(8), reason="Misread the balance.", by=grace)
    assert entries(lot)[1:] == [("drawn", -10_000, 90_000), ("corrected", 2_000, 92_000)]
    assert Use.objects.with_mass().get(pk=use.pk).mass_ug == 8_000
    entry = LogEntry.objects.get(verb="corrected a mass")
    assert entry.changes == {"LOT-0001": ["10 mg", "8 mg"]}
    assert (entry.actor_name, entry.reason) == ("grace", "Misread the balance.")


def test_a_correction_that_would_overdraw_is_refused(lot: Powder, ada: User) -> None:
    use = draw_mass(powder=lot, mass_ug=ug_from_mg(10), purpose="XRD", by=ada).use
    assert use is not None
    with pytest.raises(ValidationError, match=r"holds only 90 mg; 90\.001 mg cannot be taken"):
        correct_use(use=use, mass_ug=100_001, reason="Misread", by=ada)
    correct_use(use=use, mass_ug=100_000, reason="Misread", by=ada)
    assert balance_mg(lot) == 0


@pytest.mark.parametrize(
    ("mass_ug", "reason"), [(8_000, " "), (10_000, "Misread")], ids=["no reason", "no change"]
)
def test_a_correction_has_a_reason_and_changes_something(
    lot: Powder, ada: User, mass_ug: int, reason: str
) -> None:
    use = draw_mass(powder=lot, mass_ug=10_000, purpose="XRD", by=ada).use
    assert use is not None
    with pytest.raises(ValidationError):
        correct_use(use=use, mass_ug=mass_ug, reason=reason, by=ada)
    assert len(entries(lot)) == 2


def test_a_precursor_is_counted_in_pulses_and_has_no_mass_to_correct(shelf: Shelf, ada: User) -> None:
    use = Use.objects.get(purpose=Use.Purpose.PRECURSOR)
    with pytest.raises(ValidationError, match="has no mass to correct"):
        correct_use(use=use, mass_ug=1, reason="x", by=ada)
    assert balance_mg(shelf.lots["Nb(OEt)5"]) == 500


def test_a_component_corrected_after_mixing_changes_the_mixture_as_well(shelf: Shelf, ada: User) -> None:
    """150 mg of active material instead of 140: the lot holds 10 mg less, the mixture 10 mg more."""
    lot, mixture = shelf.lots["NMC"], shelf.plain_composite
    before_mg = balance_mg(lot)
    use = Use.objects.get(powder=lot, consumer=mixture.identity)
    correct_use(use=use, mass_ug=ug_from_mg(150), reason="Misread", by=ada)
    assert balance_mg(lot) == before_mg - 10
    assert balance_mg(mixture) == 230


def test_a_mixture_that_was_weighed_keeps_its_mass_when_a_component_is_corrected(
    shelf: Shelf, ada: User
) -> None:
    powders = [shelf.coated, *(shelf.lots[key] for key in ("LPSC", "PTFE", "CNF"))]
    mixture = mix_composite(
        by=ada,
        project=shelf.project,
        edition=shelf.cathode,
        recovered_mass_ug=ug_from_mg(215),
        weighings=weigh(shelf.cathode, powders, [140, 60, 10, 10]),
    )
    use = Use.objects.get(powder=shelf.coated, consumer=mixture.identity)
    correct_use(use=use, mass_ug=ug_from_mg(130), reason="Misread", by=ada)
    assert entries(mixture) == [
        ("made", 220_000, 220_000), ("lost", -5_000, 215_000),
        ("rebalanced", 10_000, 225_000), ("corrected", -10_000, 215_000),
    ]  # fmt: skip


def test_a_load_corrected_after_coating_leaves_what_was_recovered(shelf: Shelf, ada: User) -> None:
    use = Use.objects.get(powder=shelf.lots["NMC"], consumer=shelf.coated.identity)
    before_mg = balance_mg(shelf.coated)
    correct_use(use=use, mass_ug=ug_from_mg(1990), reason="Tare", by=ada)
    assert balance_mg(shelf.coated) == before_mg


def test_a_correction_that_a_used_up_mixture_cannot_cover_is_refused(shelf: Shelf, ada: User) -> None:
    mixture = shelf.plain_composite
    draw_mass(powder=mixture, mass_ug=ug_from_mg(215), purpose="XRD", by=ada)
    use = Use.objects.get(powder=shelf.lots["NMC"], consumer=mixture.identity)
    with pytest.raises(ValidationError, match=f"{mixture.code} holds only 5 mg; 10 mg cannot be taken"):
        correct_use(use=use, mass_ug=ug_from_mg(130), reason="Misread", by=ada)
    assert balance_mg(mixture) == 5
