"""The paper's study: 18 cells of {uncoated, coated} x {4.3, 4.5, 4.7 V} x 3, pressed and set up as it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cells import actions as cells
from cells.actions import LayerFacts
from cells.models import Cell, CellDesign, CellDesignEdition, Condition, Study
from cells.models.design import LayerRole
from lims.audit import action
from lims.models import Project, User
from lims.units import ug_from_mg
from testing import actions
from testing.demo.catalogue import PAPER
from testing.demo.planned import PlannedFile, plans_of
from testing.demo.powders import Stock
from testing.demo.protocols import PROTOCOLS
from testing.demo.truth import AREA_CM2, REPLICATES, TRUTH, Truth
from testing.models import Instrument, Protocol, ProtocolEdition

STUDY_NAME = "Nb2O5-coated NMC532 at 4.3, 4.5 and 4.7 V"
# Anode composite in mg for N/P 1.1 at each cut-off, as weighed on a 0.01 mg sheet.
NEGATIVE_MASS_MG = {4.3: "13.28", 4.5: "14.89", 4.7: "16.5"}
SPECIFIC_CAPACITY_MAH_G = {4.3: 165.0, 4.5: 185.0, 4.7: 205.0}
# Of the coated cells: what the first charge passes follows from it, and with that N/P on the first charge.
COATED_ICE = {4.3: 0.916, 4.5: 0.906, 4.7: 0.885}
FIRST_DAY = datetime(2024, 3, 11, 9, 0, tzinfo=UTC)


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
    for name, (text, note) in PROTOCOLS.items():
        if not Protocol.objects.filter(name=name).exists():
            actions.create_protocol(by=grace, name=name, text=text, note=note)
    instrument = Instrument.objects.filter(
        name="Squidstat Plus (simulated)"
    ).first() or actions.create_instrument(
        by=grace,
        project=project,
        name="Squidstat Plus (simulated)",
        maker="Admiral Instruments",
        model_name="Squidstat Plus",
        performed_by=grace,
        channels=[str(number) for number in range(1, 25)],
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
        balance=stock.balance,
        layers=_layers(cut_off, stock),
        upper_cut_off_v_vs_li=cut_off,
        lower_cut_off_v_vs_li=3.0,
        reference_offset_v=1.55,
        reference_offset_source=f"LTO plateau, {PAPER}",
        np_target=1.1,
        np_basis="reversible",
        coating_counted_as_active=True,
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


def _layers(cut_off: float, stock: Stock) -> list[LayerFacts]:
    """Return the stack of one cut-off, with the theoretical capacities by formula for the third N/P basis."""
    return [
        {
            "role": "negative", "material": stock.materials["LTO"], "formulation": stock.anode,
            "mass_ug": ug_from_mg(NEGATIVE_MASS_MG[cut_off]), "specific_capacity_mah_g": 155.0,
            "capacity_reference": PAPER, "theoretical_capacity_mah_g": 175.1,
        },
        {"role": "separator", "material": stock.materials["LPSC"], "mass_ug": ug_from_mg("48.6")},
        {
            "role": "positive", "material": stock.materials["NMC532"], "formulation": stock.cathode,
            "mass_ug": ug_from_mg("8.1"), "specific_capacity_mah_g": SPECIFIC_CAPACITY_MAH_G[cut_off],
            "capacity_reference": PAPER, "theoretical_capacity_mah_g": 277.6,
            "initial_coulombic_efficiency_fraction": COATED_ICE[cut_off],
        },
    ]  # fmt: skip


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
        for order, plan in enumerate(plans_of(condition.name, replicate)):
            begins = day + timedelta(days=4 * order, hours=5)
            test = actions.create_test(
                cell=cell,
                phase=plan.phase,
                by=ada,
                protocol_edition=ProtocolEdition.objects.filter(
                    protocol__name=plan.protocol, number=1
                ).first(),
                channel=channel,
                one_c_current_ma=round(truth.one_c_ma_cm2 * AREA_CM2, 4),
                performed_at=begins,
            )
            # One test follows another on the same channel.
            actions.complete_test(test=test, by=ada, ended_at=begins + timedelta(days=4, minutes=-1))
    plans = plans_of(condition.name, replicate)
    return [
        PlannedFile(test, condition.name, replicate, test.performed_at, plan)
        for test, plan in zip(cell.tests.with_codes().order_by("place"), plans, strict=False)
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
