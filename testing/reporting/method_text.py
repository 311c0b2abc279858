"""The method section of a study's report, written from the records alone, and the list of what they leave open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from cells.models import Cell, PressStep
from lims.numbers import exact
from lims.trace import ancestors_of
from materials.models import Powder
from testing import lineage_facts
from testing.models import CellTest
from testing.reporting import blocks

Section = dict[str, Any]
# In the order in which a cell is made.
KINDS = {
    Powder.Kind.LOT: "Materials",
    Powder.Kind.TREATMENT: "Treatments",
    Powder.Kind.COATING: "Coating",
    Powder.Kind.COMPOSITE: "Mixing",
}


def sections(cells: Sequence[Cell]) -> list[Section]:
    """Return the sections "Methods" and "Not recorded" of these cells."""
    keys = [cell.pk for cell in cells]
    above = {source for source, _, _ in ancestors_of(keys)}
    parts = [
        blocks.items(sentences, title=title, none="") for title, sentences in _powders(above) if sentences
    ]
    parts.append(blocks.items(_pressing(cells), title="Pressing", none="No pressing is recorded."))
    parts.append(blocks.items(_testing(keys), title="Testing", none="No test is recorded."))
    return [
        blocks.section("methods", "Methods", *parts),
        blocks.section(
            "not_recorded",
            "Not recorded",
            blocks.text("What a reader would ask for and the records do not say:"),
            blocks.items(_open(cells, above), none="Everything that this report asks for is recorded."),
        ),
    ]


def _powders(keys: Iterable[int]) -> list[tuple[str, list[str]]]:
    """Return for each kind of powder a sentence each, with code, name and what is known of it."""
    facts = lineage_facts.of_powders(keys)
    powders = Powder.objects.filter(pk__in=list(keys)).select_related("identity").order_by("pk")
    found: dict[str, list[str]] = defaultdict(list)
    for powder in powders:
        told = "; ".join(f"{name.lower()} {value}" for name, value in facts[powder.pk])
        found[powder.kind].append(
            f"{powder.code}, {powder.name}: {told}." if told else f"{powder.code}, {powder.name}."
        )
    return [(title, found[kind]) for kind, title in KINDS.items()]


def _pressing(cells: Sequence[Cell]) -> list[str]:
    """Return how the cells were pressed, those that were pressed alike in one sentence."""
    steps: dict[int, list[str]] = defaultdict(list)
    for step in PressStep.objects.filter(cell__in=[cell.pk for cell in cells]).order_by("cell", "number"):
        steps[step.cell_id].append(
            f"{step.presses} at {exact(step.pressure_mpa)} MPa for {exact(step.hold_s)} s"
        )
    alike: dict[str, list[str]] = defaultdict(list)
    for cell in cells:
        if steps[cell.pk]:
            how = f"{'; then '.join(steps[cell.pk])}, in {cell.die.code} {cell.die.name}"
            alike[how].append(cell.code)
    return [f"{how}: {_codes(codes)}." for how, codes in alike.items()]


def _testing(keys: Sequence[int]) -> list[str]:
    """Return how the cells were tested, tests that ran alike in one sentence."""
    tests = CellTest.objects.filter(cell__in=keys).with_cells().with_codes()
    tests = tests.select_related("channel__instrument__identity", "protocol_edition__protocol__identity")
    alike: dict[str, list[str]] = defaultdict(list)
    for test in tests.order_by("place", "pk"):
        told = [
            test.get_phase_display(),
            f"protocol {test.protocol_edition}" if test.protocol_edition else "protocol not recorded",
            f"on {test.channel.instrument.code} {test.channel.instrument.name}" if test.channel else "",
            "" if test.temperature_c is None else f"{exact(test.temperature_c)} °C",
            "" if test.stack_pressure_mpa is None else f"{exact(test.stack_pressure_mpa)} MPa stack pressure",
            "" if test.one_c_current_ma is None else f"1C = {exact(round(test.one_c_current_ma, 4))} mA",
        ]
        alike[", ".join(word for word in told if word)].append(test.cell.code)
    return [f"{how}: {_codes(codes)}." for how, codes in alike.items()]


def _open(cells: Sequence[Cell], above: Iterable[int]) -> list[str]:
    """Return what is open on powders and cells, what several cells lack in one line."""
    lacking: dict[str, list[str]] = defaultdict(list)
    for cell in cells:
        if cell.open_circuit_voltage_v is None:
            lacking["Open-circuit voltage after assembly"].append(cell.code)
        if cell.resistance_1khz_ohm is None:
            lacking["Resistance at 1 kHz after assembly"].append(cell.code)
    return [
        *lineage_facts.not_recorded(above),
        *(f"{what} of {_codes(codes)}" for what, codes in lacking.items()),
    ]


def _codes(codes: Sequence[str]) -> str:
    """Return codes as a list that stays short: neighbours as a range."""
    if len(codes) <= 3:
        return ", ".join(codes)
    return f"{len(codes)} cells, {codes[0]} to {codes[-1]}"
