"""A demo that was cut short is continued: nothing is missing and nothing is there twice."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command

from cells.models import Cell, Layer, PressStep, Study
from lims.audit import verify_chain
from materials.models import Powder
from testing.demo import study as demo_study
from testing.models import CellTest, Instrument


def run_the_demo() -> None:
    call_command("demo", no_files=True, stdout=io.StringIO())


@pytest.mark.django_db
def test_a_demo_cut_short_in_the_middle_of_a_press_is_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    press_layer, pressed = demo_study.cells.press_layer, 0

    def press_until_the_power_fails(**facts: Any) -> Any:
        nonlocal pressed
        pressed += 1
        if pressed == 3 * 10 + 2:
            raise ConnectionError("the power failed")
        return press_layer(**facts)

    monkeypatch.setattr(demo_study.cells, "press_layer", press_until_the_power_fails)
    with pytest.raises(ConnectionError):
        run_the_demo()
    assert Cell.objects.count() == 10, "the cell in the die is undone whole"
    monkeypatch.undo()
    run_the_demo()
    assert (Study.objects.count(), Instrument.objects.count(), Cell.objects.count()) == (2, 1, 23)
    # The three layers of each of the paper's cells, and one press step for each.
    papers = Study.objects.get(identity__code="STUDY-0001")
    assert Layer.objects.filter(cell__condition__study=papers).count() == 54
    assert PressStep.objects.filter(cell__condition__study=papers).count() == 54
    # Formation, rate and a spectrum for each cell; two more for two cells, and five cycled for long.
    assert CellTest.objects.filter(cell__condition__study=papers).count() == 18 * 3 + 2 * 2 + 5
    # The electrolyte's cells beside them: nothing is there twice in them either.
    assert (Layer.objects.count(), PressStep.objects.count()) == (66, 65)
    # 220 mg of each cathode; nine cells of 8.1 mg from either, and a half cell for titration.
    cathodes = Powder.objects.with_balance().filter(name__startswith="Cathode composite")
    assert {powder.balance_ug for powder in cathodes} == {220_000 - 10 * 8_100}
    assert verify_chain() == []
