"""A small lab on paper's numbers, made through the actions that people use; plain functions, no magic."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from cells import actions as cell_actions
from cells.actions import LayerFacts
from cells.models import Cell, CellDesignEdition, Condition, Study
from cells.models.design import LayerRole
from lims.audit import action
from lims.models import Identity, Membership, Project, Role, User
from lims.units import ug_from_mg
from materials import actions as material_actions
from materials.actions import Amount, Despite, Weighing
from materials.actions.ledger import NOTHING, lock_powders, take
from materials.models import (
    CoatingRecipeEdition,
    Equipment,
    FormulationEdition,
    Material,
    Powder,
    PrecursorFill,
    Supplier,
    Use,
    WeighingSheet,
)
from testing import actions as test_actions
from testing.models import CellTest, Instrument
from tests.entered import entered_once

PASSWORD = "demo-lab"
LONG_AGO = datetime(2024, 3, 11, 9, 0, tzinfo=UTC)
_number = itertools.count(1)


def make_picture(*, wide: int = 40, high: int = 30, kind: str = "PNG") -> bytes:
    """Return an image as a camera would send it."""
    out = io.BytesIO()
    Image.new("RGB", (wide, high), "orange").save(out, kind)
    return out.getvalue()


def make_project(code: str = "NB-COAT", *, simulated: bool = False) -> Project:
    return Project.objects.create(code=code, name=f"Project {code}", simulated=simulated)


def make_person(username: str, role: Role = Role.RESEARCHER, project: Project | None = None) -> User:
    user = User.objects.create_user(username, password=PASSWORD, role=role)
    if project is not None:
        Membership.objects.create(user=user, project=project)
    return user


def make_material(by: User, name: str = "NMC532", role: str = "positive_active", **facts: Any) -> Material:
    if "density_g_cm3" in facts:
        facts.setdefault("density_source", "data sheet")
    return material_actions.create_material(by=by, name=name, roles=[role], **facts)


def make_supplier(by: User, name: str = "MSE Supplies") -> Supplier:
    return Supplier.objects.filter(name=name).first() or material_actions.create_supplier(by=by, name=name)


def make_lot(
    by: User,
    project: Project | None,
    *,
    material: Material | None = None,
    received_mg: str | int | None = 100,
    lot_number: str = "",
    **facts: Any,
) -> Powder:
    """Receive a container of ``received_mg``; the material is made where none is given."""
    number = next(_number)
    return material_actions.receive_lot(
        by=by,
        project=project,
        material=material or make_material(by, f"Material {number}"),
        supplier=make_supplier(by),
        lot_number=lot_number or f"L-{number}",
        mass_ug=None if received_mg is None else ug_from_mg(received_mg),
        **facts,
    )


def make_balance(by: User, readability_mg: float = 0.1) -> Equipment:
    return material_actions.create_equipment(
        by=by, kind="balance", name="Glovebox balance", readability_mg=readability_mg
    )


def make_reactor(by: User) -> Equipment:
    return material_actions.create_equipment(by=by, kind="ald_reactor", name="Rotary-bed reactor")


def make_counted(
    by: User, project: Project | None, role: str, counted_in: str, count: int, **facts: Any
) -> Powder:
    """Receive a counted lot of a material of its own that serves as ``role``."""
    material = make_material(by, f"Counted {role} {next(_number)}", role)
    return make_lot(
        by,
        project,
        material=material,
        received_mg=None,
        counted_in=counted_in,
        count_milli=count * 1000,
        **facts,
    )


def make_fill(by: User, project: Project | None, source: str = "source 1") -> PrecursorFill:
    """Fill 2 g of a precursor into a reactor of its own."""
    lot = make_counted(by, project, "precursor", "g", 5)
    return material_actions.fill_source(
        powder=lot, reactor=make_reactor(by), source=source, count_milli=2_000, by=by
    )


def make_die(by: User, diameter_mm: float = 6.0, tolerance_mm: float = 0.05) -> Equipment:
    return material_actions.create_equipment(
        by=by, kind="die", name="PEEK die", diameter_mm=diameter_mm, tolerance_mm=tolerance_mm
    )


def make_recipe(by: User, coating: Material) -> CoatingRecipeEdition:
    """Enter the paper's ALD cycle: 1 s, 20 s, 0.1 s, 20 s, thirty times at 175 °C."""
    return material_actions.create_recipe(
        by=by,
        name="Nb2O5, 30 cycles",
        coating=coating,
        cycles=30,
        substrate_temperature_c=175,
        rotation_rpm=3,
        steps=[
            {"kind": "pulse", "substance": "Nb(OEt)5", "duration_s": 1, "source_temperature_c": 110},
            {"kind": "purge", "duration_s": 20},
            {"kind": "pulse", "substance": "H2O", "duration_s": 0.1},
            {"kind": "purge", "duration_s": 20},
        ],
    )


def make_formulation(
    by: User, name: str, materials: list[Material], parts: list[float]
) -> FormulationEdition:
    return material_actions.create_formulation(
        by=by, name=name, parts=list(zip(materials, parts, strict=True))
    )


def make_weighing_sheet(shelf: Shelf, **facts: Any) -> WeighingSheet:
    """Plan 220 mg of the cathode: 140, 60, 10 and 10 mg."""
    return material_actions.plan_sheet(
        **{
            "project": shelf.project, "edition": shelf.cathode, "by": shelf.by, "balance": shelf.balance,
            "amount": Amount(total_ug=220_000), "powders": {1: shelf.coated}, **facts,
        }
    )  # fmt: skip


def weigh(edition: FormulationEdition, powders: list[Powder], masses_mg: list[str | int]) -> list[Weighing]:
    """Return what was weighed for each part of a formulation, in its order."""
    return [
        Weighing(part=part, powder=powder, mass_ug=ug_from_mg(mass_mg))
        for part, powder, mass_mg in zip(edition.parts.all(), powders, masses_mg, strict=True)
    ]


@dataclass
class Shelf:
    """What the paper's cells are pressed from, and what handles it."""

    by: User
    project: Project
    materials: dict[str, Material]
    lots: dict[str, Powder]
    recipe: CoatingRecipeEdition
    cathode: FormulationEdition
    anode: FormulationEdition
    coated: Powder
    coated_composite: Powder
    plain_composite: Powder
    anode_composite: Powder
    balance: Equipment
    die: Equipment


@entered_once
def make_shelf(by: User, project: Project) -> Shelf:
    """Fill the shelves: lots, a coating of 5 nm on 2 to 5 µm, cathodes 70:30:5:5 and an anode 50:50:5:5."""
    materials = {
        "NMC": make_material(by, "NMC532", "positive_active", density_g_cm3=4.75),
        "LPSC": make_material(by, "Li6PS5Cl", "electrolyte", density_g_cm3=1.86),
        "PTFE": make_material(by, "PTFE", "binder", density_g_cm3=2.2),
        "CNF": make_material(by, "CNF", "carbon", density_g_cm3=1.95),
        "LTO": make_material(by, "Li4Ti5O12", "negative_active", density_g_cm3=3.5),
        "Nb2O5": make_material(by, "Nb2O5", "coating", density_g_cm3=4.47),
        "Nb(OEt)5": make_material(by, "Niobium ethoxide", "precursor"),
    }
    lots = {
        key: make_lot(by, project, material=materials[key], received_mg=received_mg, lot_number=f"{key}-1")
        for key, received_mg in (("LPSC", 5000), ("PTFE", 1000), ("CNF", 1000), ("LTO", 5000), ("Nb(OEt)5", 500))
    }  # fmt: skip
    lots["NMC"] = make_lot(
        by, project, material=materials["NMC"], received_mg=10_000, lot_number="NMC-1",
        particle_size_min_um=2, particle_size_max_um=5,
    )  # fmt: skip
    balance, die = make_balance(by), make_die(by)
    recipe = make_recipe(by, materials["Nb2O5"])
    coated = material_actions.run_coating(
        by=by, project=project, edition=recipe, parent=lots["NMC"], balance=balance,
        load_mass_ug=ug_from_mg(2000), recovered_mass_ug=ug_from_mg(1950),
        precursors=[lots["Nb(OEt)5"]], thickness_measured_nm=5.0, thickness_method="HR-TEM",
    )  # fmt: skip
    fill = [materials["LPSC"], materials["PTFE"], materials["CNF"]]
    cathode = make_formulation(by, "Cathode 70:30:5:5", [materials["NMC"], *fill], [70, 30, 5, 5])
    anode = make_formulation(by, "Anode 50:50:5:5", [materials["LTO"], *fill], [50, 50, 5, 5])
    rest = [lots["LPSC"], lots["PTFE"], lots["CNF"]]

    def mix(edition: FormulationEdition, active: Powder, masses_mg: list[str | int]) -> Powder:
        return material_actions.mix_composite(
            by=by, project=project, edition=edition, balance=balance,
            weighings=weigh(edition, [active, *rest], masses_mg),
        )  # fmt: skip

    return Shelf(
        by=by, project=project, materials=materials, lots=lots, recipe=recipe, cathode=cathode, anode=anode,
        coated=coated, balance=balance, die=die,
        coated_composite=mix(cathode, coated, [140, 60, 10, 10]),
        plain_composite=mix(cathode, lots["NMC"], [140, 60, 10, 10]),
        anode_composite=mix(anode, lots["LTO"], [500, 500, 50, 50]),
    )  # fmt: skip


def make_study(by: User, project: Project, conditions: tuple[str, ...] = ("coated", "uncoated")) -> Study:
    return cell_actions.create_study(
        by=by, project=project, name="Does a coating help?", conditions=conditions
    )


def design_layers(shelf: Shelf, *, capacity_mah_g: float = 165) -> list[LayerFacts]:
    """Return the paper's stack: 13.28 mg of anode, 48.6 mg of separator, 8.1 mg of cathode."""
    paper = "Nat. Commun. 15, 10233 (2024)"
    return [
        {
            "role": "negative", "material": shelf.materials["LTO"], "formulation": shelf.anode, "mass_ug": 13_280,
            "specific_capacity_mah_g": 155, "capacity_reference": paper,
        },
        {"role": "separator", "material": shelf.materials["LPSC"], "mass_ug": 48_600},
        {
            "role": "positive", "material": shelf.materials["NMC"], "formulation": shelf.cathode, "mass_ug": 8_100,
            "specific_capacity_mah_g": capacity_mah_g, "capacity_reference": paper,
        },
    ]  # fmt: skip


def make_design(
    shelf: Shelf, *, cut_off_v: float = 4.3, capacity_mah_g: float = 165, coating_counted: bool = True
) -> CellDesignEdition:
    """Enter the paper's design for one cut-off: 8.1 mg of cathode, N/P 1.1 against Li4Ti5O12."""
    return cell_actions.create_design(
        by=shelf.by,
        project=shelf.project,
        name=f"LTO | LPSC | NMC532 to {cut_off_v:g} V",
        die=shelf.die,
        layers=design_layers(shelf, capacity_mah_g=capacity_mah_g),
        upper_cut_off_v_vs_li=cut_off_v,
        lower_cut_off_v_vs_li=3.0,
        reference_offset_v=1.55,
        reference_offset_source="LTO plateau",
        np_target=1.1,
        np_basis="reversible",
        coating_counted_as_active=coating_counted,
        stack_pressure_mpa=7.0,
        temperature_c=60.0,
        press_schedule=[
            (LayerRole.SEPARATOR, 100.0, 10.0),
            (LayerRole.POSITIVE, 100.0, 10.0),
            (LayerRole.NEGATIVE, 520.0, 600.0),
        ],
    )


def plan_cell(
    shelf: Shelf, *, condition: Condition | None = None, edition: CellDesignEdition | None = None
) -> Cell:
    if condition is None:
        condition = make_study(shelf.by, shelf.project).conditions.get(name="coated")
    return cell_actions.plan_cell(
        condition=condition, edition=edition or make_design(shelf), by=shelf.by, performed_at=LONG_AGO
    )


def press(shelf: Shelf, cell: Cell, role: str, mass_mg: str | float, **facts: Any) -> None:
    """Press one layer from the powder that the paper takes for it."""
    powders = {
        LayerRole.SEPARATOR: shelf.lots["LPSC"],
        LayerRole.POSITIVE: shelf.coated_composite,
        LayerRole.NEGATIVE: shelf.anode_composite,
    }
    arguments: dict[str, Any] = {
        "powder": powders[LayerRole(role)],
        "pressure_mpa": 100.0,
        "hold_s": 10.0,
        "balance": shelf.balance,
        "by": shelf.by,
    }
    cell_actions.press_layer(cell=cell, role=role, mass_ug=ug_from_mg(str(mass_mg)), **{**arguments, **facts})


def make_cell(
    shelf: Shelf,
    *,
    condition: Condition | None = None,
    edition: CellDesignEdition | None = None,
    positive_mg: str = "8.1",
    negative_mg: str = "13.28",
) -> Cell:
    """Plan, press and finish the paper's cell."""
    cell = plan_cell(shelf, condition=condition, edition=edition)
    press(shelf, cell, LayerRole.SEPARATOR, "48.6")
    press(shelf, cell, LayerRole.POSITIVE, positive_mg)
    press(shelf, cell, LayerRole.NEGATIVE, negative_mg, pressure_mpa=520.0, hold_s=600.0)
    return cell_actions.finish_cell(cell=cell, by=shelf.by)


def make_instrument(by: User, project: Project, channels: tuple[str, ...] = ("1", "2")) -> Instrument:
    return test_actions.create_instrument(
        by=by,
        project=project,
        name=f"Squidstat {next(_number)}",
        maker="Admiral Instruments",
        channels=channels,
    )


def make_test(cell: Cell, by: User, **facts: Any) -> CellTest:
    """Set up a formation test of a built cell."""
    return test_actions.create_test(**{"cell": cell, "by": by, "phase": "formation", **facts})


@action
def use_powder(
    powder: Powder, consumer: Identity, mass_ug: int, *, by: User, despite: Despite = NOTHING
) -> Use:
    """Draw some of a powder into a record, whatever it is, as the actions that make things do."""
    locked = lock_powders([powder])[powder.pk]
    return take(locked, mass_ug, consumer=consumer, purpose=Use.Purpose.OTHER, by=by, despite=despite)
