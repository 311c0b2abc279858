"""Whatever is done in whatever order, no microgram appears or vanishes.

A machine does what people do with powders and keeps a book of its own; after every step the ledger must say what
that book says, and everything that came in must be somewhere. A short run by default; LIMS_LONG=1 tries ten
thousand sequences.
"""

from __future__ import annotations

import logging
import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from lims.audit import verify_chain
from lims.models import Project, User
from materials.models import MassEntry
from tests.factories import make_formulation, make_shelf, make_study, plan_cell
from tests.materials.book import judge
from tests.materials.powder_machine import VERBS, Laboratory, Powders

logger = logging.getLogger(__name__)
LONG = os.environ.get("LIMS_LONG") == "1"
SEQUENCES, STEPS = (10_000, 10) if LONG else (50, 18)
SETTINGS = settings(
    max_examples=SEQUENCES,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=not LONG,
    database=None,
    # Shortening an example that fails takes minutes of database work: left to the long run.
    phases=list(Phase) if LONG else [Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def laboratory(ada: User, project: Project) -> Laboratory:
    shelf = make_shelf(ada, project)
    first = plan_cell(shelf, condition=make_study(ada, project).conditions.get(name="coated"))
    cells = [first, *(plan_cell(shelf, condition=first.condition, edition=first.edition) for _ in range(2))]
    powders = [shelf.materials["NMC"], shelf.materials["LPSC"]]
    return Laboratory(shelf, cells, make_formulation(ada, "Two parts", powders, [70, 30]))


@pytest.mark.django_db
def test_no_microgram_appears_or_vanishes(laboratory: Laboratory) -> None:
    run_state_machine_as_test(lambda: Powders(laboratory), settings=SETTINGS)
    assert verify_chain() == []
    assert laboratory.tally["sequences"] >= SEQUENCES
    assert set(VERBS) <= set(laboratory.tally), "each verb is tried"
    logger.info("tried: %s", dict(laboratory.tally))


@pytest.mark.django_db
def test_the_judge_sees_one_microgram(laboratory: Laboratory, ada: User) -> None:
    """The test above would be worth nothing if it could not fail."""
    judge()
    coated = laboratory.shelf.coated
    newest = coated.entries.order_by("-seq")[0]
    MassEntry.objects.create(
        powder=coated, seq=newest.seq + 1, kind="made", change_ug=1, by=ada,
        balance_after_ug=newest.balance_after_ug + 1,
    )  # fmt: skip
    with pytest.raises(AssertionError):
        judge()
