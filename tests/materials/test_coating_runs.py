"""ALD runs and coatings from solution: what is recorded of them, and what was measured later."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cells.models import Cell, CellBasis
from lims import suspicion
from lims.models import Attachment, LogEntry, SuspectFlag
from lims.units import ug_from_mg
from materials import actions, coated, coating_mass
from materials.actions import Despite, Interruption, StepDone
from materials.genealogy import coating_share
from materials.models import CoatingRecipeEdition, DrawReview, Powder, PrecursorFill, Use
from tests.factories import Shelf, make_cell, make_design, make_lot, make_material, make_recipe

pytestmark = pytest.mark.django_db


def coat(shelf: Shelf, **facts: Any) -> Powder:
    arguments: dict[str, Any] = {
        "edition": shelf.recipe, "parent": shelf.lots["NMC"], "by": shelf.by, "project": shelf.project,
        "load_mass_ug": ug_from_mg(100), "recovered_mass_ug": ug_from_mg(99),
    }  # fmt: skip
    return actions.run_coating(**{**arguments, **facts})


def refusal(problem: pytest.ExceptionInfo[ValidationError]) -> dict[str, list[str]]:
    return problem.value.message_dict


# --- the run ------------------------------------------------------------------------------------------------


def test_a_run_keeps_where_it_differed_from_its_recipe(shelf: Shelf) -> None:
    run = coat(shelf, substrate_temperature_c=172.5, base_pressure_mtorr=900, base_pressure_at_flow_sccm=10)
    batch = run.coating
    batch.refresh_from_db()
    assert (batch.substrate_temperature_c, batch.base_pressure_mtorr) == (172.5, 900)
    assert batch.rotation_rpm is None


def test_a_run_may_stand_still_several_times_but_not_after_cycles_that_were_not_done(shelf: Shelf) -> None:
    stops = [Interruption(12, "pump oil", 45), Interruption(24, "source 1 empty")]
    batch = coat(shelf, cycles_done=24, interruptions=stops).coating
    assert [(i.after_cycle, i.minutes) for i in batch.interruptions.all()] == [(12, 45), (24, None)]
    with pytest.raises(ValidationError) as problem:
        coat(shelf, cycles_done=20, interruptions=stops)
    assert "after cycle 24, but only 20 cycles were done" in refusal(problem)["interruptions"][0]


def test_an_interruption_says_why(shelf: Shelf) -> None:
    with pytest.raises(ValidationError):
        coat(shelf, interruptions=[Interruption(12, "")])


def test_the_pressure_trace_is_a_file_beside_the_run(shelf: Shelf) -> None:
    run = coat(shelf, trace=SimpleUploadedFile("trace.csv", b"time_s,pressure_mtorr\n0,870\n"))
    attachment = Attachment.objects.get(identity=run.identity)
    assert (attachment.purpose, attachment.name) == ("trace", "trace.csv")


def test_an_ald_run_takes_an_ald_recipe(shelf: Shelf) -> None:
    with pytest.raises(ValidationError, match="is no ALD recipe"):
        coat(shelf, edition=niobate_recipe(shelf))


def test_a_scatter_needs_places(shelf: Shelf) -> None:
    with pytest.raises(ValidationError) as problem:
        coat(shelf, thickness_measured_nm=5, thickness_sites=1, thickness_standard_deviation_nm=0.3)
    assert "two places or more" in refusal(problem)["thickness_standard_deviation_nm"][0]
    with pytest.raises(ValidationError) as problem:
        coat(shelf, thickness_sites=5)
    assert "thickness_measured_nm" in refusal(problem)
    with pytest.raises(ValidationError) as problem:
        coat(shelf, witness_sites=5)
    assert "witness_thickness_nm" in refusal(problem)


# --- precursor fills ----------------------------------------------------------------------------------------


def fill_of(shelf: Shelf, *, days_ago: int = 3, name: str = "source 1", **facts: Any) -> PrecursorFill:
    lot = make_lot(
        shelf.by, shelf.project, material=shelf.materials["Nb(OEt)5"], received_mg=None, counted_in="g",
        count_milli=5000,
    )  # fmt: skip
    reactor = facts.pop("reactor", None) or actions.create_equipment(
        by=shelf.by, kind="ald_reactor", name=f"Reactor of {name}"
    )
    at = timezone.now() - timedelta(days=days_ago)
    return actions.fill_source(
        powder=lot, reactor=reactor, source=name, count_milli=2000, by=shelf.by, filled_at=at, **facts
    )


def test_a_run_counts_on_the_fills_that_it_used(shelf: Shelf) -> None:
    fill = fill_of(shelf)
    run = coat(shelf, fills=[fill])
    assert list(run.coating.fills.all()) == [fill]
    assert run.coating.reactor == fill.reactor
    edge = Use.objects.get(consumer=run.identity, purpose=Use.Purpose.PRECURSOR)
    assert edge.powder == fill.powder


def test_a_lot_named_as_fill_and_as_precursor_is_one_edge(shelf: Shelf) -> None:
    fill = fill_of(shelf)
    run = coat(shelf, fills=[fill], precursors=[fill.powder])
    assert Use.objects.filter(consumer=run.identity, purpose=Use.Purpose.PRECURSOR).count() == 1


def test_a_fill_belongs_to_the_reactor_of_the_run(shelf: Shelf) -> None:
    other = actions.create_equipment(by=shelf.by, kind="ald_reactor", name="Other")
    with pytest.raises(ValidationError) as problem:
        coat(shelf, fills=[fill_of(shelf)], reactor=other)
    assert f"the run was in {other.code}" in refusal(problem)["fills"][0]


def test_a_fill_was_in_its_source_on_the_day_of_the_run(shelf: Shelf) -> None:
    fill = fill_of(shelf, days_ago=3)
    with pytest.raises(ValidationError) as problem:
        coat(shelf, fills=[fill], performed_at=timezone.now() - timedelta(days=5))
    assert "after the run of" in refusal(problem)["fills"][0]
    emptied = actions.empty_source(fill=fill, by=shelf.by, emptied_at=timezone.now() - timedelta(days=2))
    with pytest.raises(ValidationError) as problem:
        coat(shelf, fills=[emptied])
    assert "before the run of" in refusal(problem)["fills"][0]
    assert coat(shelf, fills=[emptied], performed_at=timezone.now() - timedelta(days=2)).pk


def test_a_fill_is_of_a_precursor_that_the_recipe_pulses(shelf: Shelf) -> None:
    water = make_material(shelf.by, "Water", "precursor", formula="H2O")
    only_water = actions.create_recipe(
        by=shelf.by, name="Water", coating=shelf.materials["Nb2O5"], cycles=30, substrate_temperature_c=175,
        steps=[{"kind": "pulse", "material": water, "duration_s": 1}, {"kind": "purge", "duration_s": 20}],
    )  # fmt: skip
    with pytest.raises(ValidationError) as problem:
        coat(shelf, fills=[fill_of(shelf)], edition=only_water)
    assert "pulses H2O, not what source 1" in refusal(problem)["fills"][0]


def test_a_suspect_precursor_asks_for_a_reason_and_makes_the_run_suspect(shelf: Shelf) -> None:
    fill = fill_of(shelf)
    suspicion.mark_suspect(identity=fill.powder.identity, reason="smells wrong", by=shelf.by)
    with pytest.raises(ValidationError) as problem:
        coat(shelf, fills=[fill])
    assert list(refusal(problem)) == ["lot_reason"]
    run = coat(shelf, fills=[fill], despite=Despite(lot_reason="agreed with Grace"))
    assert SuspectFlag.objects.standing().filter(identity=run.pk).exists()
    assert DrawReview.objects.filter(use__consumer=run.identity).count() == 1


def test_a_fill_is_pulsed_though_its_jar_is_finished(shelf: Shelf) -> None:
    fill = fill_of(shelf)
    Powder.objects.filter(pk=fill.powder_id).update(state=Powder.State.FINISHED)
    fill.refresh_from_db()
    assert coat(shelf, fills=[fill]).pk
    with pytest.raises(ValidationError) as problem:
        coat(shelf, precursors=[Powder.objects.with_codes().get(pk=fill.powder_id)])
    assert "precursors" in refusal(problem)


# --- growth and its limits ----------------------------------------------------------------------------------


def test_growth_is_judged_by_the_recipe_s_limits_in_words(shelf: Shelf) -> None:
    batch = coat(shelf, thickness_measured_nm=5, thickness_method="HR-TEM", witness_thickness_nm=1.5).coating
    tem, witness = coated.growths(batch)
    assert (round(tem.growth_angstrom, 2), tem.state) == (1.67, "no limit")
    actions.set_growth_limits(
        recipe=shelf.recipe.recipe, lower_angstrom=0.3, upper_angstrom=0.7, citation="own wafers", reason="first",
        by=shelf.by,
    )  # fmt: skip
    batch.edition.recipe.refresh_from_db()
    tem, witness = coated.growths(batch)
    assert tem.sentence == "1.67 Å per cycle is above the limit of 0.7 Å (own wafers)."
    assert (round(witness.growth_angstrom, 2), witness.state) == (0.5, "inside")


def test_the_error_of_growth_is_that_of_the_mean_thickness(shelf: Shelf) -> None:
    batch = coat(
        shelf, thickness_measured_nm=5, thickness_sites=9, thickness_standard_deviation_nm=0.6
    ).coating
    # 0.6 nm over the root of 9 places, over 30 cycles.
    assert coated.growths(batch)[0].error_angstrom == pytest.approx(10 * 0.2 / 30)


def test_several_batches_of_the_same_cycle_give_a_slope(shelf: Shelf) -> None:
    batches = [
        coat(shelf, cycles_done=cycles, thickness_measured_nm=nm).coating
        for cycles, nm in ((20, 1.0), (40, 2.2), (60, 3.4))
    ]
    measured, line, _ = coated.growth_line_of(shelf.recipe, batches)
    assert line is not None
    assert (len(measured), round(line.growth_angstrom, 2), round(line.offset_nm, 2)) == (3, 0.6, -0.2)
    hotter = actions.create_recipe(
        by=shelf.by, name="Hot", coating=shelf.materials["Nb2O5"], cycles=30, substrate_temperature_c=250,
        steps=[{"kind": "pulse", "substance": "Nb(OEt)5", "duration_s": 1}],
    )  # fmt: skip
    measured, line, why = coated.growth_line_of(hotter, batches)
    assert (measured, line) == ([], None)
    assert "two different numbers of cycles" in why


# --- measured later -----------------------------------------------------------------------------------------


def test_what_was_measured_later_changes_what_rests_on_it_and_stands_in_the_log(shelf: Shelf) -> None:
    run = coat(shelf)
    assert coated.growths(run.coating) == []
    actions.record_coating_measurements(powder=run, by=shelf.by, thickness_measured_nm=4.8, thickness_sites=6)
    run.coating.refresh_from_db()
    assert round(coated.growths(run.coating)[0].growth_angstrom, 2) == 1.6
    entry = LogEntry.objects.get(identity=run.pk, verb="recorded a measurement")
    assert entry.changes["thickness_measured_nm"] == [None, 4.8]


def test_what_was_not_measured_is_no_blank_any_more_once_it_is(shelf: Shelf) -> None:
    run = coat(shelf, blanks={"thickness_measured_nm": "not_measured", "reactor": "not_recorded"})
    later = actions.record_coating_measurements(powder=run, by=shelf.by, thickness_measured_nm=4.8)
    assert Powder.objects.get(pk=later.pk).blanks == {"reactor": "not_recorded"}


def test_a_value_that_takes_the_place_of_another_says_why(shelf: Shelf) -> None:
    with pytest.raises(ValidationError) as problem:
        actions.record_coating_measurements(powder=shelf.coated, by=shelf.by, thickness_measured_nm=4.0)
    assert list(refusal(problem)) == ["reason"]
    with pytest.raises(ValidationError, match="says already"):
        actions.record_coating_measurements(powder=shelf.coated, by=shelf.by, thickness_measured_nm=5.0)


def test_a_corrected_thickness_reaches_the_cell(shelf: Shelf) -> None:
    cell = make_cell(shelf, edition=make_design(shelf, coating_counted=False))
    before = active_loading(cell)
    actions.record_coating_measurements(
        powder=shelf.coated, by=shelf.by, thickness_measured_nm=10.0, reason="scale bar misread"
    )
    # On 3.5 um a shell of 5 nm is 0.802 % of the product and one of 10 nm 1.596 %: the rest is active.
    assert active_loading(cell) / before == pytest.approx((1 - 0.01596) / (1 - 0.00802), abs=1e-5)


def active_loading(cell: Cell) -> float:
    return CellBasis.objects.get(cell=cell, current=True).active_loading_mg_cm2


def test_a_lot_has_no_coating_to_measure(shelf: Shelf) -> None:
    with pytest.raises(ValidationError, match="is no coated powder"):
        actions.record_coating_measurements(powder=shelf.lots["NMC"], by=shelf.by, thickness_measured_nm=5)


# --- from solution ------------------------------------------------------------------------------------------


def niobate_recipe(shelf: Shelf, basis: str = "powder") -> CoatingRecipeEdition:
    niobate = make_material(shelf.by, f"LiNbO3 {basis}", "coating", formula="LiNbO3", density_g_cm3=4.65)
    return actions.create_recipe(
        by=shelf.by, name="LiNbO3, 3 wt%", coating=niobate, method="solution", target_mass_fraction=0.03,
        target_basis=basis,
        steps=[
            {"kind": "stir", "duration_s": 3600},
            {"kind": "dry", "duration_s": 43_200, "temperature_c": 70, "atmosphere": "Ar flow"},
            {"kind": "anneal", "duration_s": 5400, "temperature_c": 425, "atmosphere": "O2"},
        ],
    )  # fmt: skip


@pytest.fixture
def ethoxide(shelf: Shelf) -> Powder:
    """5 % (w/v) LiNb(OEt)6 in ethanol, 10 mL."""
    material = make_material(shelf.by, "LiNb(OEt)6 in ethanol", "precursor", formula="LiNb(OC2H5)6")
    return make_lot(
        shelf.by, shelf.project, material=material, received_mg=None, counted_in="ml", count_milli=10_000,
        concentration_g_ml=0.05,
    )  # fmt: skip


def from_solution(shelf: Shelf, solution: Powder, **facts: Any) -> Powder:
    arguments: dict[str, Any] = {
        "edition": facts.pop("edition", None) or niobate_recipe(shelf), "parent": shelf.lots["NMC"],
        "load_mass_ug": ug_from_mg(500), "recovered_mass_ug": ug_from_mg(480), "solution": solution,
        "solution_volume_ml": Decimal("0.751"), "by": shelf.by, "project": shelf.project,
    }  # fmt: skip
    return actions.coat_from_solution(**{**arguments, **facts})


@pytest.mark.parametrize(("basis", "volume_ml"), [("powder", 0.751), ("product", 0.774)])
def test_half_a_gram_takes_the_paper_s_volume(
    shelf: Shelf, ethoxide: Powder, basis: str, volume_ml: float
) -> None:
    edition = niobate_recipe(shelf, basis)
    dose = coated.dose_for(edition, solution=ethoxide, load_mass_ug=ug_from_mg(500))
    assert round(dose.volume_ml, 3) == volume_ml


def test_a_coating_from_solution_has_a_code_of_its_own_and_takes_its_volume(
    shelf: Shelf, ethoxide: Powder
) -> None:
    made = from_solution(shelf, ethoxide)
    assert made.code.startswith("SOL-")
    assert ethoxide.count_now_milli() == 10_000 - 751
    assert made.balance_now_ug() == 480_000
    put_in = coating_mass.put_in(made.coating)
    assert put_in is not None
    assert round(put_in.coating_mg, 2) == 15.0


def test_three_percent_is_thicker_than_it_sounds(shelf: Shelf, ethoxide: Powder) -> None:
    (film,) = coated.equivalents(from_solution(shelf, ethoxide).coating)
    assert (round(film.thinnest_nm, 1), round(film.nm, 1), round(film.thickest_nm, 1)) == (10.2, 17.9, 25.5)


def test_what_the_solution_left_counts_as_coating_until_it_is_measured(
    shelf: Shelf, ethoxide: Powder
) -> None:
    made = from_solution(shelf, ethoxide)
    share = coating_share(made.coating)
    assert share is not None
    # 15 mg on 500 mg: 15 / 515.
    assert share.value == pytest.approx(15 / 515, rel=1e-3)


def test_more_solution_than_there_is_asks_why_the_book_is_wrong(shelf: Shelf, ethoxide: Powder) -> None:
    with pytest.raises(ValidationError) as problem:
        from_solution(shelf, ethoxide, solution_volume_ml=Decimal("10.001"))
    assert sorted(refusal(problem)) == ["book_reason", "solution_volume_ml"]
    assert ethoxide.count_now_milli() == 10_000


def test_a_volume_finer_than_a_microlitre_is_refused_not_rounded(shelf: Shelf, ethoxide: Powder) -> None:
    with pytest.raises(ValidationError, match=r"finer than 0\.001 mL"):
        from_solution(shelf, ethoxide, solution_volume_ml=Decimal("0.7515"))


def test_a_solution_is_counted_in_millilitres(shelf: Shelf) -> None:
    with pytest.raises(ValidationError, match="is not counted in mL"):
        from_solution(shelf, shelf.lots["Nb(OEt)5"])


def test_a_coating_from_solution_takes_such_a_recipe(shelf: Shelf, ethoxide: Powder) -> None:
    with pytest.raises(ValidationError, match="is an ALD recipe"):
        from_solution(shelf, ethoxide, edition=shelf.recipe)


def test_steps_stand_as_they_were_done_beside_what_was_meant(shelf: Shelf, ethoxide: Powder) -> None:
    edition = niobate_recipe(shelf)
    stir, dry, anneal = edition.steps.all()
    done = [
        StepDone(anneal, duration_s=7200, temperature_c=450, ramp_c_min=5),
        StepDone(stir, duration_s=3600),
        StepDone(dry),
    ]
    made = from_solution(shelf, ethoxide, edition=edition, steps_done=done, note="beaker 2")
    rows = list(made.coating.steps_done.all())
    assert [
        (row.step, row.duration_s, row.temperature_c, row.ramp_c_min, row.atmosphere) for row in rows
    ] == [
        (stir, 3600, None, None, ""),
        (anneal, 7200, 450, 5, ""),
    ]
    assert made.note == "beaker 2"
    entry = LogEntry.objects.get(identity=made.pk, verb="did steps otherwise")
    assert entry.changes == {
        "step 3, anneal, duration": ["1.5 h", "2 h"],
        "step 3, anneal, temperature": ["425 °C", "450 °C"],
        "step 3, anneal, ramp": ["not stated", "5 °C/min"],
    }


def test_a_step_is_one_of_the_recipe_and_said_once(shelf: Shelf, ethoxide: Powder) -> None:
    edition = niobate_recipe(shelf)
    done = StepDone(edition.steps.all()[2], temperature_c=450)
    with pytest.raises(ValidationError, match="is no step of"):
        from_solution(shelf, ethoxide, edition=niobate_recipe(shelf, "product"), steps_done=[done])
    with pytest.raises(ValidationError, match="Step 3, temperature"):
        hot = StepDone(done.step, temperature_c=99_999)
        from_solution(shelf, ethoxide, edition=edition, steps_done=[hot])
    with pytest.raises(ValidationError, match="Step 3 is said 2 times"):
        from_solution(shelf, ethoxide, edition=edition, steps_done=[done, done])


def test_a_plan_says_what_it_lacks(shelf: Shelf, ethoxide: Powder) -> None:
    edition = niobate_recipe(shelf)
    with pytest.raises(ValueError, match="holds no Li"):
        coated.dose_for(
            edition, load_mass_ug=500_000,
            solution=make_lot(shelf.by, None, material=make_material(shelf.by, "Nb", "precursor", formula="Nb(OC2H5)5"),
                              received_mg=None, counted_in="ml", count_milli=1000, concentration_g_ml=0.05),
        )  # fmt: skip
    with pytest.raises(ValueError, match="aims at no mass"):
        coated.dose_for(make_recipe(shelf.by, shelf.materials["Nb2O5"]), solution=ethoxide, load_mass_ug=1)
