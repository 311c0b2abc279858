"""The demo's second study: half cells for titration, and the electrolyte alone, pressed and measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cells import actions as cells
from cells.actions import LayerFacts
from cells.models import Cell, CellDesign, CellDesignEdition, Condition, Study
from cells.models.design import Architecture, LayerRole
from lims.audit import action
from lims.models import Project, User
from lims.units import ug_from_mg
from materials.models import Powder
from testing import actions
from testing.demo.catalogue import INVENTED, PAPER
from testing.demo.impedance_truth import PELLET as PELLET_TRUTH
from testing.demo.impedance_truth import PELLET_TEMPERATURES_C
from testing.demo.planned import LEVELS, PELLET, SCAN, TITRATION, Plan, PlannedFile
from testing.demo.powders import Stock
from testing.demo.truth import AREA_CM2
from testing.models import CellTest, Instrument, Phase, ProtocolEdition

STUDY_NAME = "Half cells and the electrolyte alone"
FIRST_DAY = datetime(2024, 5, 6, 9, 0, tzinfo=UTC)
FIRST_CHANNEL = 19
LITHIUM: LayerFacts = {
    "role": "negative", "kind": "foil", "thickness_um": 100.0, "diameter_mm": 6.0, "counted_in": "disc",
    "count_milli": 1000,
}  # type: ignore[typeddict-item]  # fmt: skip
LIMITS: dict[str, Any] = {
    "reference_offset_v": 0.0,
    "reference_offset_source": "lithium itself",
    "coating_counted_as_active": True,
}


@dataclass(frozen=True)
class _Kind:
    """A cell of this study: its condition, design and tests."""

    condition: str
    design: str
    architecture: Architecture
    plans: tuple[Plan, ...]
    coated: bool | None = None


KINDS = (
    _Kind(
        "Nb2O5-coated half cell", "Li | Li6PS5Cl | NMC532", Architecture.HALF_CELL, (TITRATION,), coated=True
    ),
    _Kind("uncoated half cell", "Li | Li6PS5Cl | NMC532", Architecture.HALF_CELL, (TITRATION,), coated=False),
    _Kind("Li6PS5Cl against steel", "Li | Li6PS5Cl | steel", Architecture.BLOCKING, (SCAN,)),
    _Kind(
        "Li6PS5Cl pellet",
        "steel | Li6PS5Cl | steel",
        Architecture.BLOCKING,
        tuple(Plan(Phase.EIS, kind=PELLET, temperature_c=celsius) for celsius in PELLET_TEMPERATURES_C),
    ),
    _Kind("Li6PS5Cl between lithium", "Li | Li6PS5Cl | Li", Architecture.SYMMETRIC, (LEVELS,)),
)


def enter_the_electrolyte(
    *, ada: User, grace: User, project: Project, stock: Stock, instrument: Instrument
) -> Iterator[list[PlannedFile]]:
    """Enter what is missing of the study and yield each cell's files."""
    study = Study.objects.filter(name=STUDY_NAME, identity__project=project).first() or cells.create_study(
        by=grace,
        project=project,
        name=STUDY_NAME,
        conditions=[kind.condition for kind in KINDS],
        question="How fast does lithium move in the cathode, and what does the electrolyte conduct and stand? "
        f"The kinds of cell are those of {PAPER}; every trace here is simulated.",
    )
    for number, kind in enumerate(KINDS):
        edition = _design(kind, grace, project, stock)
        yield _cell(study.conditions.get(name=kind.condition), kind, edition, number, ada, stock, instrument)


def _design(kind: _Kind, by: User, project: Project, stock: Stock) -> CellDesignEdition:
    found = CellDesign.objects.filter(name=kind.design, identity__project=project).first()
    if found is not None:
        return found.editions.get(number=1)
    lithium: LayerFacts = {**LITHIUM, "material": stock.materials["Li"]}
    separator: LayerFacts = {
        "role": "separator", "material": stock.materials["LPSC"], "mass_ug": ug_from_mg("48.6"),
    }  # fmt: skip
    layers = [separator]
    more = dict(LIMITS)
    schedule: list[tuple[Any, float | None, float | None]] = [(LayerRole.SEPARATOR, 520.0, 600.0)]
    if kind.architecture == Architecture.HALF_CELL:
        layers += [_cathode(stock), lithium]
        more |= {
            "upper_cut_off_v_vs_li": 4.3,
            "lower_cut_off_v_vs_li": 3.0,
            "coating_counted_as_active": True,
        }
        schedule = [
            (LayerRole.SEPARATOR, 100.0, 10.0),
            (LayerRole.POSITIVE, 520.0, 600.0),
            (LayerRole.NEGATIVE, 50.0, 10.0),
        ]
    elif kind.architecture == Architecture.SYMMETRIC:
        layers += [lithium, {**lithium, "role": "positive"}]
        schedule += [(LayerRole.NEGATIVE, None, None), (LayerRole.POSITIVE, 50.0, 10.0)]
    elif kind.design.startswith("Li "):
        layers.append(lithium)
        schedule.append((LayerRole.NEGATIVE, 50.0, 10.0))
    return cells.create_design(
        by=by,
        project=project,
        name=kind.design,
        architecture=kind.architecture,
        die=stock.die,
        balance=stock.balance,
        layers=layers,
        stack_pressure_mpa=7.0,
        temperature_c=60.0,
        press_schedule=schedule,
        note=f"{INVENTED} Masses and pressures are those of the study's full cells.",
        **more,
    )


def _cathode(stock: Stock) -> LayerFacts:
    return {
        "role": "positive", "material": stock.materials["NMC532"], "formulation": stock.cathode,
        "mass_ug": ug_from_mg("8.1"), "specific_capacity_mah_g": 165.0, "capacity_reference": PAPER,
    }  # fmt: skip


@action
def _cell(
    condition: Condition,
    kind: _Kind,
    edition: CellDesignEdition,
    number: int,
    ada: User,
    stock: Stock,
    instrument: Instrument,
) -> list[PlannedFile]:
    """Build one cell and set up its tests in one transaction."""
    cell = condition.cells.order_by("pk").first()
    day = FIRST_DAY + timedelta(days=number)
    if cell is None:
        cell = _press(condition, kind, edition, ada=ada, stock=stock, day=day)
        channel = instrument.channels.get(name=str(FIRST_CHANNEL + number))
        for order, plan in enumerate(kind.plans):
            begins = day + timedelta(days=8 * order, hours=5)
            test = actions.create_test(
                cell=cell,
                phase=plan.phase,
                by=ada,
                protocol_edition=ProtocolEdition.objects.filter(
                    protocol__name=plan.protocol, number=1
                ).first(),
                channel=channel,
                one_c_current_ma=round(3.0 * AREA_CM2, 4) if plan.phase == Phase.GITT else None,
                temperature_c=60.0 if plan.temperature_c is None else plan.temperature_c,
                performed_at=begins,
            )
            actions.complete_test(test=test, by=ada, ended_at=begins + timedelta(days=7))
    tests = CellTest.objects.with_codes().filter(cell=cell).order_by("place")
    source = "uncoated, 4.3 V" if kind.coated is False else "Nb2O5-coated, 4.3 V"
    return [
        PlannedFile(test, source, 2, test.performed_at, plan)
        for test, plan in zip(tests, kind.plans, strict=False)
    ]


def _press(
    condition: Condition, kind: _Kind, edition: CellDesignEdition, *, ada: User, stock: Stock, day: datetime
) -> Cell:
    cell = cells.plan_cell(condition=condition, edition=edition, by=ada, performed_at=day)
    for minute, step in enumerate(edition.press_schedule.all()):
        role = LayerRole(step.role)
        foil = _powder(role, kind, stock).counted_in
        cells.press_layer(
            cell=cell,
            role=role,
            powder=_powder(role, kind, stock),
            mass_ug=None if foil else edition.target_mass_ug(role),
            pressure_mpa=step.pressure_mpa,
            hold_s=step.hold_s,
            balance=None if foil else stock.balance,
            by=ada,
            performed_at=day + timedelta(minutes=10 * minute),
        )
    done = cells.finish_cell(cell=cell, by=ada)
    if any(plan.kind == PELLET for plan in kind.plans):
        cells.measure_thickness(
            cell=done,
            role=LayerRole.SEPARATOR,
            thickness_um=PELLET_TRUTH.thickness_um,
            uncertainty_um=10.0,
            by=ada,
        )
    return done


def _powder(role: LayerRole, kind: _Kind, stock: Stock) -> Powder:
    if role == LayerRole.SEPARATOR:
        return stock.separator
    if role == LayerRole.POSITIVE and kind.architecture == Architecture.HALF_CELL:
        return stock.positive_coated if kind.coated else stock.positive_uncoated
    return stock.lithium
