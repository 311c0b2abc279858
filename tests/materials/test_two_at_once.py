"""Two people do two things with the same powders at the same moment: mass is kept, and no flag is missed."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from lims.audit import verify_chain
from lims.models import Project, SuspectFlag, User
from lims.suspicion import mark_suspect
from materials import actions
from materials.actions import Despite, Portion
from materials.models import Powder, Use
from tests.factories import Shelf, make_lot, make_shelf, weigh
from tests.materials.book import judge
from tests.threads import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
PAIRS = 400 if os.environ.get("LIMS_LONG") == "1" else 30
DESPITE = Despite(lot_reason="it is urgent", book_reason="more than the book says")


@pytest.fixture
def shelf(ada: User, project: Project) -> Shelf:
    return make_shelf(ada, project)


class Person:
    """Somebody who does one thing with what stands on the shelf; the numbers are drawn beforehand."""

    def __init__(self, shelf: Shelf, powders: list[Powder], numbers: random.Random) -> None:
        self.shelf, self.by = shelf, shelf.by
        self.powder, self.other = numbers.sample(powders, 2)
        self.mass_ug = numbers.choice([1, 500, 8_100, 50_000, 400_000])
        self.verb: Callable[[], Any] = numbers.choice(
            [self.draw, self.draw_all, self.part_off, self.merge, self.adjust, self.weigh, self.correct, self.treat,
             self.coat, self.mix, self.throw_away, self.open_again, self.spill, self.receive, self.put_back,
             self.become_heavier]
        )  # fmt: skip

    def draw(self) -> Any:
        return actions.draw_mass(powder=self.powder, mass_ug=self.mass_ug, purpose="XRD", by=self.by)

    def draw_all(self) -> Any:
        left_ug = self.powder.balance_now_ug()
        return actions.draw_mass(
            powder=self.powder, mass_ug=left_ug, purpose="XRD", by=self.by, despite=DESPITE
        )

    def part_off(self) -> Any:
        return actions.take_aliquots(powder=self.powder, masses_ug=[self.mass_ug, 7], by=self.by)

    def merge(self) -> Any:
        # In either order: whoever locked in the order of the form would lock the other out.
        return actions.merge_powders(
            portions=[Portion(self.powder), Portion(self.other, self.mass_ug)], by=self.by
        )

    def adjust(self) -> Any:
        return actions.adjust_mass(powder=self.powder, mass_ug=self.mass_ug, reason="stocktake", by=self.by)

    def weigh(self) -> Any:
        return actions.weigh_jar(powder=self.powder, gross_ug=900_000, tare_ug=500_000, by=self.by)

    def correct(self) -> Any:
        uses = Use.objects.filter(powder=self.powder.pk, entries__isnull=False).order_by("pk")
        use = uses.last()
        return use and actions.correct_use(use=use, mass_ug=self.mass_ug, reason="misread", by=self.by)

    def treat(self) -> Any:
        return actions.treat_powder(
            powder=self.powder, kind="dry", load_mass_ug=self.mass_ug, recovered_mass_ug=self.mass_ug + 3, by=self.by
        )  # fmt: skip

    def coat(self) -> Any:
        return actions.run_coating(
            project=self.shelf.project, edition=self.shelf.recipe, parent=self.powder, load_mass_ug=self.mass_ug,
            recovered_mass_ug=self.mass_ug + 5, by=self.by,
        )  # fmt: skip

    def mix(self) -> Any:
        lots = [self.shelf.lots[key] for key in ("LPSC", "PTFE", "CNF")]
        weighed = weigh(self.shelf.cathode, [self.powder, *lots], [str(self.mass_ug / 1000), 1, 1, 1])
        return actions.mix_composite(
            project=self.shelf.project, edition=self.shelf.cathode, weighings=weighed, by=self.by
        )

    def throw_away(self) -> Any:
        return actions.dispose(powder=self.powder, reason="old", by=self.by)

    def open_again(self) -> Any:
        return actions.reopen(powder=self.powder, reason="found some", by=self.by)

    def spill(self) -> Any:
        return actions.lose_mass(powder=self.powder, mass_ug=self.mass_ug, reason="spilled", by=self.by)

    def receive(self) -> Any:
        nmc = self.shelf.materials["NMC"]
        return make_lot(self.by, self.shelf.project, material=nmc, received_mg=str(self.mass_ug / 1000))

    def put_back(self) -> Any:
        # What both have drawn before, so that two may put the same draw back.
        use = (
            Use.objects.filter(powder=self.powder.pk, consumer=None, entries__isnull=False)
            .order_by("pk")
            .last()
        )
        return use and actions.return_mass(use=use, mass_ug=self.mass_ug, reason="too much", by=self.by)

    def become_heavier(self) -> Any:
        return actions.gain_mass(powder=self.powder, mass_ug=self.mass_ug, reason="moisture", by=self.by)


def fill_up(jar: Powder, *, by: User) -> None:
    """Make a jar open and full again, so that most of what two people do with it is possible."""
    if Powder.objects.get(pk=jar.pk).state == Powder.State.FINISHED:
        actions.reopen(powder=jar, reason="found some", by=by)
    if jar.balance_now_ug() < 1_000_000:
        actions.adjust_mass(powder=jar, mass_ug=1_000_000, reason="stocktake", by=by)


def test_two_verbs_at_once_keep_every_microgram(shelf: Shelf, ada: User) -> None:
    numbers = random.Random(20260801)
    for _ in range(2):
        make_lot(ada, shelf.project, material=shelf.materials["NMC"], received_mg=500)
    both_done = 0
    for pair in range(PAIRS):
        # A handful of jars, so that two people mostly want the same ones.
        active = Powder.objects.filter(material=shelf.materials["NMC"].pk).select_related("identity")
        powders = list(active.order_by("pk")[:4])
        for jar in powders:
            fill_up(jar, by=ada)
        people = [Person(shelf, powders, numbers), Person(shelf, powders, numbers)]
        outcomes = at_once(*(person.verb for person in people))
        unexpected = [
            o for o in outcomes if isinstance(o, BaseException) and not isinstance(o, ValidationError)
        ]
        assert unexpected == [], (pair, [person.verb.__name__ for person in people])
        both_done += not any(isinstance(outcome, ValidationError) for outcome in outcomes)
        judge()
    assert both_done > PAIRS // 6, "most pairs were refused: the test tries too little"
    assert verify_chain() == []


@pytest.mark.parametrize("time", range(8))
def test_what_is_made_while_a_lot_is_being_marked_is_flagged(
    shelf: Shelf, ada: User, grace: User, time: int
) -> None:
    """Whoever comes first: either the draw is asked for its reason, or the mark finds what was made."""
    lot = shelf.lots["NMC"]

    def coat() -> Powder:
        return actions.run_coating(
            project=shelf.project, edition=shelf.recipe, parent=lot, load_mass_ug=1000, recovered_mass_ug=1000, by=ada,
            despite=DESPITE,
        )  # fmt: skip

    mark = lambda: mark_suspect(identity=lot.identity, reason="210 ppm of water", by=grace)  # noqa: E731
    outcomes = at_once(*((coat, mark) if time % 2 else (mark, coat)))
    assert [outcome for outcome in outcomes if isinstance(outcome, BaseException)] == []
    made = next(outcome for outcome in outcomes if isinstance(outcome, Powder))
    assert SuspectFlag.objects.standing().filter(identity=made.pk).exists()
