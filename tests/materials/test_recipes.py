"""Coating recipes: editions stay as they were written, each says one method, and limits have their citation."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from lims.models import LogEntry, User
from lims.records import StaleRecord
from materials import actions
from materials.editions import differences, says, step_words
from materials.models import CoatingRecipeEdition, Material
from tests.factories import make_material, make_recipe

pytestmark = pytest.mark.django_db

CYCLE: list[dict[str, Any]] = [
    {"kind": "pulse", "substance": "Nb(OEt)5", "duration_s": 1, "source_temperature_c": 110},
    {"kind": "purge", "duration_s": 20},
    {"kind": "pulse", "substance": "H2O", "duration_s": 0.1},
    {"kind": "purge", "duration_s": 20},
]
FROM_SOLUTION: list[dict[str, Any]] = [
    {"kind": "stir", "duration_s": 3600},
    {"kind": "dry", "duration_s": 43_200, "temperature_c": 70, "atmosphere": "Ar flow"},
    {"kind": "anneal", "duration_s": 5400, "temperature_c": 425, "atmosphere": "O2"},
]


@pytest.fixture
def coating(ada: User) -> Material:
    return make_material(ada, "Nb2O5", "coating", density_g_cm3=4.47, formula="Nb2O5")


def ald(ada: User, coating: Material, **facts: Any) -> CoatingRecipeEdition:
    given = {"cycles": 30, "substrate_temperature_c": 175, "steps": CYCLE, **facts}
    return actions.create_recipe(by=ada, name="Nb2O5", coating=coating, **given)


def solution(ada: User, coating: Material, **facts: Any) -> CoatingRecipeEdition:
    given = {"target_mass_fraction": 0.03, "target_basis": "powder", "steps": FROM_SOLUTION, **facts}
    return actions.create_recipe(by=ada, name="Sol", coating=coating, method="solution", **given)


def test_a_pulse_is_called_after_its_material(ada: User, coating: Material) -> None:
    ethoxide = make_material(ada, "Niobium ethoxide", "precursor", formula="C10H25NbO5")
    steps = [{"kind": "pulse", "material": ethoxide, "duration_s": 1}, CYCLE[1]]
    pulse = ald(ada, coating, steps=steps).steps.get(order=1)
    assert (pulse.substance, pulse.material) == ("C10H25NbO5", ethoxide)


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([], "needs the steps of one cycle"),
        ([{"kind": "pulse", "duration_s": 1}], "Step 1: A pulse names its precursor."),
        ([CYCLE[0], {"kind": "stir", "duration_s": 1}], "Step 2: Stir is none of pulse, exposure, purge."),
    ],
)
def test_an_ald_cycle_is_pulses_exposures_and_purges(
    ada: User, coating: Material, steps: list[dict[str, Any]], sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        ald(ada, coating, steps=steps)
    assert not CoatingRecipeEdition.objects.exists()


def test_each_method_has_its_own_fields(ada: User, coating: Material) -> None:
    with pytest.raises(ValidationError, match="belongs to a recipe for from solution"):
        ald(ada, coating, target_mass_fraction=0.03, target_basis="powder")
    with pytest.raises(ValidationError, match="Cycles belongs to a recipe for atomic layer deposition"):
        solution(ada, coating, cycles=3)
    with pytest.raises(ValidationError, match="the mass fraction it aims at, and of what"):
        solution(ada, coating, target_basis="")
    with pytest.raises(ValidationError, match="Annealing needs its temperature"):
        solution(ada, coating, steps=[{"kind": "anneal", "duration_s": 5400}])


def test_an_expected_growth_needs_its_source(ada: User, coating: Material) -> None:
    with pytest.raises(ValidationError, match="needs its source"):
        ald(ada, coating, growth_expected_angstrom=0.5)
    assert ald(ada, coating, growth_expected_angstrom=0.5, growth_source="own wafers").pk


def test_a_new_edition_leaves_the_old_one_as_it_was(ada: User, coating: Material) -> None:
    first = ald(ada, coating)
    longer = [*CYCLE[:3], {"kind": "purge", "duration_s": 40}]
    second = actions.write_edition(
        recipe=first.recipe, by=ada, cycles=60, substrate_temperature_c=175, steps=longer, reason="thicker"
    )
    assert second.number == 2
    first.refresh_from_db()
    assert (first.cycles, first.steps.get(order=4).duration_s) == (30, 20)
    assert [(d.label, d.old, d.new) for d in differences(first, second)] == [
        ("Cycles", "30", "60"),
        ("Step 4", "Purge, 20 s", "Purge, 40 s"),
    ]
    entry = LogEntry.objects.get(identity=first.recipe_id, reason="thicker")
    assert entry.changes["cycles"] == ["30", "60"]


def test_an_edition_that_says_nothing_new_is_not_written(ada: User, coating: Material) -> None:
    first = ald(ada, coating)
    with pytest.raises(ValidationError, match="says what edition 1 says"):
        actions.write_edition(
            recipe=first.recipe, by=ada, cycles=30, substrate_temperature_c=175, steps=CYCLE
        )
    assert first.recipe.editions.count() == 1


def test_another_method_is_another_recipe(ada: User, coating: Material) -> None:
    first = ald(ada, coating)
    with pytest.raises(ValidationError, match="another method is another recipe"):
        actions.write_edition(
            recipe=first.recipe, by=ada, method="solution", target_mass_fraction=0.03, target_basis="powder",
            steps=FROM_SOLUTION,
        )  # fmt: skip


def test_a_step_says_all_that_it_states(ada: User, coating: Material) -> None:
    edition = solution(ada, coating, steps=[*FROM_SOLUTION[:2], {**FROM_SOLUTION[2], "ramp_c_min": 5}])
    words = [step_words(step) for step in edition.steps.all()]
    assert words == ["Stir, 1 h", "Dry, 12 h, 70 °C, Ar flow", "Anneal, 1.5 h, 425 °C, O2, 5 °C/min"]
    assert says(edition, "target_mass_fraction") == "3.00 %"


def limit(edition: CoatingRecipeEdition, by: User, **facts: Any) -> Any:
    given = {"lower_angstrom": 0.3, "upper_angstrom": 0.7, "citation": "own wafers", "reason": "first limits"}
    return actions.set_growth_limits(recipe=edition.recipe, by=by, **{**given, **facts})


def test_limits_of_growth_are_empty_until_somebody_cites_them(ada: User, coating: Material) -> None:
    edition = make_recipe(ada, coating)
    assert (edition.recipe.growth_lower_angstrom, edition.recipe.growth_upper_angstrom) == (None, None)
    with pytest.raises(ValidationError, match="need their citation"):
        limit(edition, ada, citation=" ")
    with pytest.raises(ValidationError, match="Say why the limits change"):
        limit(edition, ada, reason=" ")
    with pytest.raises(ValidationError, match=r"0\.2 Å is below the lower limit of 0\.3 Å"):
        limit(edition, ada, upper_angstrom=0.2)
    recipe = limit(edition, ada)
    assert (recipe.growth_upper_angstrom, recipe.growth_limits_citation) == (0.7, "own wafers")
    entry = LogEntry.objects.get(identity=recipe.pk, verb="set the limits of growth")
    assert entry.changes["growth_upper_angstrom"] == [None, 0.7]


def test_limits_that_somebody_else_changed_meanwhile_are_not_written_over(
    ada: User, coating: Material
) -> None:
    edition = make_recipe(ada, coating)
    limit(edition, ada, expected_version=1)
    with pytest.raises(StaleRecord):
        limit(edition, ada, upper_angstrom=0.9, expected_version=1)


def test_a_coating_from_solution_has_no_growth(ada: User, coating: Material) -> None:
    with pytest.raises(ValidationError, match="no growth per cycle"):
        limit(solution(ada, coating), ada)
