"""The paper's study: 18 cells of {uncoated, coated} x {4.3, 4.5, 4.7 V} x 3, pressed and set up as it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cells import actions as cells
from cells.models import Cell, CellDesign, CellDesignEdition, Condition, Study
from cells.models.design import LayerRole
from lims.audit import action
from lims.models import Project, User
from lims.units import ug_from_mg
from testing import actions
from testing.demo.powders import PAPER, Stock
from testing.demo.simulator import Trace, simulate_formation, simulate_long_term, simulate_rate
from testing.demo.truth import AREA_CM2, REPLICATES, TRUTH, Truth
from testing.models import CellTest, Instrument, Phase, Protocol, ProtocolEdition

STUDY_NAME = "Nb2O5-coated NMC532 at 4.3, 4.5 and 4.7 V"
LONG_TERM_CELL = ("Nb2O5-coated, 4.7 V", 2)
# Anode composite in mg for N/P 1.1 at each cut-off, as weighed on a 0.01 mg sheet.
NEGATIVE_MASS_MG = {4.3: "13.28", 4.5: "14.89", 4.7: "16.5"}
SPECIFIC_CAPACITY_MAH_G = {4.3: 165.0, 4.5: 185.0, 4.7: 205.0}
FIRST_DAY = datetime(2024, 3, 11, 9, 0, tzinfo=UTC)

PROTOCOLS: dict[str, list[dict[str, object]]] = {
    "Formation, 3 cycles": [
        {
            "mode": "cccv",
            "direction": "charge",
            "c_rate": 0.1,
            "until": "upper limit",
            "hold_until_c_rate": 0.04,
        },
        {"mode": "cc", "direction": "discharge", "c_rate": 0.1, "until": "lower limit"},
        {"mode": "group", "repeat": 3},
    ],
    "Rate test": [
        {"mode": "cc", "direction": "both", "c_rate": rate, "repeat": 3}
        for rate in (0.1, 0.2, 0.5, 1.0, 2.0, 0.1)
    ],
    "Long-term CC, 1C, 500 cycles": [{"mode": "cc", "direction": "both", "c_rate": 1.0, "repeat": 500}],
}
PHASE_PROTOCOL = {
    Phase.FORMATION: "Formation, 3 cycles",
    Phase.RATE: "Rate test",
    Phase.LONG_TERM: "Long-term CC, 1C, 500 cycles",
}


@dataclass(frozen=True)
class PlannedFile:
    """A file that the demo's instrument will post for a test."""

    test: CellTest
    condition: str
    replicate: int
    started_at: datetime

    def trace(self) -> Trace:
        """Simulate it; the same file every time."""
        if self.test.phase == Phase.FORMATION:
            return simulate_formation(self.condition, self.replicate)
        if self.test.phase == Phase.RATE:
            return simulate_rate(self.condition, self.replicate)
        return simulate_long_term(self.condition, self.replicate)


@action
def open_the_study(*, grace: User, project: Project, stock: Stock) -> tuple[Study, Instrument]:
    """Return the study with its designs, protocols and instrument, entering whatever is missing."""
    study = Study.objects.filter(name=STUDY_NAME, identity__project=project).first() or cells.create_study(
        by=grace,
        project=project,
        name=STUDY_NAME,
        conditions=list(TRUTH),
        question="Does an ALD coating of 30 cycles Nb2O5 let single-crystal NMC532 be charged to 4.7 V against "
        f"Li6PS5Cl? After {PAPER}. Every trace here is simulated.",
    )
    for cut_off in NEGATIVE_MASS_MG:
        _design(cut_off, grace, project, stock)
    for name, steps in PROTOCOLS.items():
        if not Protocol.objects.filter(name=name).exists():
            actions.create_protocol(by=grace, name=name, steps=steps, note=PAPER)
    instrument = Instrument.objects.filter(
        name="Squidstat Plus (simulated)"
    ).first() or actions.create_instrument(
        by=grace,
        project=project,
        name="Squidstat Plus (simulated)",
        maker="Admiral Instruments",
        model_name="Squidstat Plus",
        performed_by=grace,
        channels=[str(number) for number in range(1, 19)],
    )
    return study, instrument


def _design(cut_off: float, by: User, project: Project, stock: Stock) -> CellDesignEdition:
    name = f"LTO | Li6PS5Cl | NMC532 to {cut_off:g} V"
    found = CellDesign.objects.filter(name=name, identity__project=project).first()
    if found is not None:
        return found.editions.get(number=1)
    return cells.create_design(
        by=by,
        project=project,
        name=name,
        die=stock.die,
        positive_material=stock.materials["NMC532"],
        negative_material=stock.materials["LTO"],
        separator_material=stock.materials["LPSC"],
        positive_specific_capacity_mah_g=SPECIFIC_CAPACITY_MAH_G[cut_off],
        negative_specific_capacity_mah_g=155.0,
        capacity_reference=PAPER,
        upper_cut_off_v_vs_li=cut_off,
        lower_cut_off_v_vs_li=3.0,
        reference_offset_v=1.55,
        reference_offset_source=f"LTO plateau, {PAPER}",
        np_target=1.1,
        np_basis="reversible",
        coating_counted_as_active=True,
        separator_mass_ug=ug_from_mg("48.6"),
        positive_mass_ug=ug_from_mg("8.1"),
        negative_mass_ug=ug_from_mg(NEGATIVE_MASS_MG[cut_off]),
        stack_pressure_mpa=7.0,
        temperature_c=60.0,
        press_schedule=[
            (LayerRole.SEPARATOR, 100.0, 10.0),
            (LayerRole.POSITIVE, 100.0, 10.0),
            (LayerRole.NEGATIVE, 520.0, 600.0),
        ],
        note="1C is 3 mA/cm2 at 4.3 V and scales with the specific capacity: 185/165 = 1.12 and 205/165 = 1.24; "
        "the paper prints 1.25.",
    )


def build_the_cells(
    *, ada: User, stock: Stock, study: Study, instrument: Instrument
) -> Iterator[list[PlannedFile]]:
    """Build what is missing of the 18 cells, one transaction each, and yield each one's files."""
    number = 0
    for condition in study.conditions.all():
        built = list(condition.cells.order_by("pk"))
        for replicate in REPLICATES:
            number += 1
            cell = built[replicate - 1] if replicate <= len(built) else None
            yield _cell(cell, condition, replicate, number, ada=ada, stock=stock, instrument=instrument)


@action
def _cell(
    cell: Cell | None,
    condition: Condition,
    replicate: int,
    number: int,
    *,
    ada: User,
    stock: Stock,
    instrument: Instrument,
) -> list[PlannedFile]:
    """Plan, press, finish and set up one cell in one transaction, so that a demo cut short is simply continued."""
    truth = TRUTH[condition.name]
    day = FIRST_DAY + timedelta(days=(number - 1) // 6, hours=(number - 1) % 6)
    if cell is None:
        cell = _press(condition, truth, ada=ada, stock=stock, day=day)
        channel = instrument.channels.get(name=str(number))
        phases = [Phase.FORMATION, Phase.RATE]
        if (condition.name, replicate) == LONG_TERM_CELL:
            phases.append(Phase.LONG_TERM)
        for phase in phases:
            test = actions.create_test(
                cell=cell,
                phase=phase,
                by=ada,
                protocol_edition=ProtocolEdition.objects.get(protocol__name=PHASE_PROTOCOL[phase], number=1),
                channel=channel,
                one_c_current_ma=round(truth.one_c_ma_cm2 * AREA_CM2, 4),
                performed_at=day + timedelta(days=4 * phases.index(phase), hours=5),
            )
            actions.complete_test(test=test, by=ada)
    return [
        PlannedFile(test, condition.name, replicate, test.performed_at)
        for test in cell.tests.with_codes().order_by("place")
    ]


def _press(condition: Condition, truth: Truth, *, ada: User, stock: Stock, day: datetime) -> Cell:
    name = f"LTO | Li6PS5Cl | NMC532 to {truth.cut_off_vs_li_v:g} V"
    project = condition.study.project
    edition = CellDesignEdition.objects.get(design__name=name, design__identity__project=project, number=1)
    cell = cells.plan_cell(condition=condition, edition=edition, by=ada, performed_at=day)
    powders = {
        LayerRole.SEPARATOR: stock.separator,
        LayerRole.POSITIVE: stock.positive_coated if truth.coated else stock.positive_uncoated,
        LayerRole.NEGATIVE: stock.negative,
    }
    for step in edition.press_schedule.all():
        role = LayerRole(step.role)
        cells.press_layer(
            cell=cell,
            role=role,
            powder=powders[role],
            mass_ug=edition.target_mass_ug(role),
            pressure_mpa=step.pressure_mpa,
            hold_s=step.hold_s,
            balance=stock.balance,
            by=ada,
            performed_at=day + timedelta(minutes=10 * step.order),
        )
    return cells.finish_cell(cell=cell, by=ada)
