"""Whatever is done in whatever order, no microgram appears or vanishes.

A short run by default; LIMS_LONG=1 tries many more and longer sequences.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum, Window
from django.db.models.functions import RowNumber
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cells.models import Cell
from cells.models.design import LayerRole
from lims.audit import verify_chain
from lims.models import Project, User
from materials.actions import correct_use, draw_mass, mix_composite, run_coating
from materials.models import MassEntry, Powder, Use
from tests.factories import Shelf, make_lot, make_shelf, make_study, plan_cell, press, weigh

LONG = os.environ.get("LIMS_LONG") == "1"
EXAMPLES, STEPS = (200, 40) if LONG else (25, 14)
MASSES_UG = st.integers(1, 3_000_000) | st.integers(1, 300) | st.sampled_from([1, 8_100, 13_280, 10_000_000])
STEP = st.tuples(
    st.sampled_from(["receive", "draw", "correct", "correct", "coat", "mix", "mix_and_weigh", "press"]),
    st.integers(0, 999),
    MASSES_UG,
    MASSES_UG,
)


def pick(things: Any, number: int) -> Any:
    return things[number % len(things)]


def do(shelf: Shelf, cells: list[Cell], step: tuple[str, int, int, int]) -> None:
    """Do one step, or be refused."""
    verb, number, mass_ug, other_ug = step
    who: dict[str, Any] = {"by": shelf.by, "project": shelf.project}
    powders = list(Powder.objects.order_by("pk"))
    actives = [p for p in powders if p.material_id == shelf.materials["NMC"].pk]
    if verb == "receive":
        make_lot(shelf.by, shelf.project, material=shelf.materials["NMC"], received_mg=str(mass_ug / 1000))
    elif verb == "draw":
        draw_mass(powder=pick(powders, number), mass_ug=mass_ug, purpose="XRD", by=shelf.by)
    elif verb == "correct":
        uses = list(Use.objects.exclude(purpose=Use.Purpose.PRECURSOR).order_by("pk"))
        correct_use(use=pick(uses, number), mass_ug=mass_ug, reason="Misread", by=shelf.by)
    elif verb == "coat":
        run_coating(
            edition=shelf.recipe,
            parent=pick(actives, number),
            load_mass_ug=mass_ug,
            recovered_mass_ug=other_ug,
            **who,
        )
    elif verb in ("mix", "mix_and_weigh"):
        powders = [pick(actives, number), *(shelf.lots[key] for key in ("LPSC", "PTFE", "CNF"))]
        masses_mg: list[str | int] = [
            str(ug / 1000) for ug in (mass_ug, other_ug, 1 + mass_ug // 7, 1 + other_ug // 7)
        ]
        recovered = {"recovered_mass_ug": max(1, mass_ug - 5)} if verb == "mix_and_weigh" else {}
        mix_composite(
            edition=shelf.cathode, weighings=weigh(shelf.cathode, powders, masses_mg), **who, **recovered
        )
    else:
        cell, lost_ug = pick(cells, number), other_ug % mass_ug
        press(shelf, cell, LayerRole.POSITIVE, str(mass_ug / 1000), lost_ug=lost_ug)


def judge() -> None:
    """Compare each powder's balance with what its uses say, and the whole with what came in."""
    numbered = MassEntry.objects.annotate(
        place=Window(RowNumber(), partition_by="powder", order_by="seq"),
        total=Window(Sum("change_ug"), partition_by="powder", order_by="seq"),
    )
    wrong = [
        e
        for e in numbered.select_related("powder__identity")
        if (e.place, e.total) != (e.seq, e.balance_after_ug)
    ]
    assert wrong == []
    assert not MassEntry.objects.filter(balance_after_ug__lt=0).exists()

    def total(**which: Any) -> int:
        return MassEntry.objects.filter(**which).aggregate(total=Sum("change_ug"))["total"] or 0

    held = sum(Powder.objects.with_balance().values_list("balance_ug", flat=True))
    into_powders = -total(use__consumer__kind="materials.powder")
    gone = -total(use__isnull=False) - into_powders
    net_gain = total(kind__in=["gained", "lost", "adjusted"])
    assert held == total(kind="received") - gone + net_gain
    # What was made is what went in: no more, no less, corrections included.
    for powder in Powder.objects.exclude(kind=Powder.Kind.LOT):
        went_in = -total(use__consumer=powder.pk)
        assert went_in == total(powder=powder, use=None, kind__in=["made", "corrected"]), powder


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not LONG,
    # Shortening an example that fails takes minutes of database work: left to the long run.
    phases=list(Phase) if LONG else [Phase.explicit, Phase.generate],
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(steps=st.lists(STEP, min_size=3, max_size=STEPS))
def test_no_microgram_appears_or_vanishes(
    steps: list[tuple[str, int, int, int]], laboratory: tuple[Shelf, list[Cell]]
) -> None:
    shelf, cells = laboratory
    with transaction.atomic():
        for step in steps:
            try:
                do(shelf, cells, step)
            except ValidationError:
                continue
        judge()
        # Each example begins with the same lab, so that one that fails can be shortened and repeated.
        transaction.set_rollback(True)


@pytest.fixture
def laboratory(ada: User, project: Project) -> tuple[Shelf, list[Cell]]:
    shelf = make_shelf(ada, project)
    study = make_study(ada, project)
    first = plan_cell(shelf, condition=study.conditions.get(name="coated"))
    cells = [first, *(plan_cell(shelf, condition=first.condition, edition=first.edition) for _ in range(5))]
    return shelf, cells


@pytest.mark.django_db
def test_the_judge_sees_one_microgram(laboratory: tuple[Shelf, list[Cell]], ada: User) -> None:
    """The test above would be worth nothing if it could not fail."""
    judge()
    shelf, _ = laboratory
    newest = shelf.coated.entries.order_by("-seq")[0]
    MassEntry.objects.create(
        powder=shelf.coated, seq=newest.seq + 1, kind="made", change_ug=1, by=ada,
        balance_after_ug=newest.balance_after_ug + 1,
    )  # fmt: skip
    with pytest.raises(AssertionError):
        judge()
    assert verify_chain() == []
