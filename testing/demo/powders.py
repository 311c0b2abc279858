"""The demo lab's substances, lots, coating run and mixtures, as the paper gives them.

What the paper does not say (lot numbers, the powder load of the ALD run, the size of a mix) is invented so
that the thread can be walked, stands in a project marked as simulated, and is noted as invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lims.audit import action
from lims.models import Project, User
from lims.units import ug_from_mg
from materials import actions
from materials.actions import Weighing
from materials.models import (
    CoatingRecipe,
    CoatingRecipeEdition,
    Equipment,
    Formulation,
    FormulationEdition,
    Material,
    Powder,
    PowderLot,
    Supplier,
)

PAPER = "Nat. Commun. 15, 10233 (2024)"
INVENTED = "Lot number and mass are invented for the demo lab; the paper does not give them."
DATA_SHEET = "handbook value, to be checked"


@dataclass(frozen=True)
class Stock:
    """What the demo cells are pressed from."""

    positive_coated: Powder
    positive_uncoated: Powder
    negative: Powder
    separator: Powder
    balance: Equipment
    die: Equipment
    materials: dict[str, Material]


_MATERIALS: dict[str, dict[str, Any]] = {
    "NMC532": {
        "name": "NMC532, single crystal", "formula": "LiNi0.5Mn0.3Co0.2O2", "role": "positive_active",
        "density_g_cm3": 4.75, "density_source": DATA_SHEET,
        "capacities": [
            {"upper_cut_off_v": 4.3, "specific_capacity_mah_g": 165, "reference": PAPER},
            {"upper_cut_off_v": 4.5, "specific_capacity_mah_g": 185, "reference": PAPER},
            {"upper_cut_off_v": 4.7, "specific_capacity_mah_g": 205, "reference": PAPER},
        ],
    },
    "LTO": {
        "name": "Li4Ti5O12", "formula": "Li4Ti5O12", "role": "negative_active", "potential_v_vs_li": 1.55,
        "density_g_cm3": 3.5, "density_source": DATA_SHEET,
        "capacities": [{"upper_cut_off_v": None, "specific_capacity_mah_g": 155, "reference": PAPER}],
    },
    "LPSC": {
        "name": "Li6PS5Cl", "formula": "Li6PS5Cl", "role": "electrolyte", "density_g_cm3": 1.86,
        "density_source": "from the unit cell: a = 9.859 Å, Z = 4",
    },
    "PTFE": {"name": "PTFE", "formula": "C2F4", "role": "binder", "density_g_cm3": 2.2, "density_source": DATA_SHEET},
    "CNF": {
        "name": "Graphitised carbon nanofibre", "formula": "C", "role": "carbon", "density_g_cm3": 1.95,
        "density_source": DATA_SHEET,
    },
    "Nb2O5": {
        "name": "Nb2O5", "formula": "Nb2O5", "role": "coating", "density_g_cm3": 4.47,
        "density_source": "amorphous film, as used for the shell estimate",
    },
    "Nb(OEt)5": {"name": "Niobium(V) ethoxide", "formula": "C10H25NbO5", "role": "precursor"},
}  # fmt: skip

_LOTS: list[tuple[str, str, dict[str, Any]]] = [
    ("NMC532", "MSE Supplies", {
        "lot_number": "DEMO-NMC-01", "mass_ug": 25_000_000, "particle_size_min_um": 2, "particle_size_max_um": 5,
        "name": "SC-NMC532, 2 to 5 µm",
    }),
    ("LPSC", "MSE Supplies", {
        "lot_number": "DEMO-LPSC-FINE", "mass_ug": 10_000_000, "particle_size_max_um": 1,
        "name": "Li6PS5Cl, up to 1 µm, for composites",
    }),
    ("LPSC", "MSE Supplies", {
        "lot_number": "DEMO-LPSC-SEP", "mass_ug": 10_000_000, "particle_size_max_um": 10,
        "name": "Li6PS5Cl, about 10 µm, for separators",
    }),
    ("PTFE", "Sigma-Aldrich", {"lot_number": "DEMO-PTFE-01", "mass_ug": 5_000_000, "name": "PTFE powder"}),
    ("CNF", "Sigma-Aldrich", {
        "lot_number": "DEMO-CNF-01", "mass_ug": 5_000_000, "purity_fraction": 0.98, "name": "Carbon nanofibre",
    }),
    ("LTO", "MSE Supplies", {
        "lot_number": "DEMO-LTO-01", "mass_ug": 25_000_000, "purity_fraction": 0.99, "name": "LTO",
    }),
    ("Nb(OEt)5", "Strem", {
        "lot_number": "DEMO-NBOET-01", "mass_ug": 5_000_000, "purity_fraction": 0.999, "name": "Nb(OEt)5 bubbler fill",
    }),
]  # fmt: skip

ALD_CYCLE: list[dict[str, Any]] = [
    {"kind": "pulse", "substance": "Nb(OEt)5", "duration_s": 1, "source_temperature_c": 110},
    {"kind": "purge", "duration_s": 20},
    {"kind": "pulse", "substance": "H2O", "duration_s": 0.1},
    {"kind": "purge", "duration_s": 20},
]


@action
def fill_the_shelves(*, ada: User, grace: User, project: Project) -> Stock:
    """Return the demo lab's powders, entering whatever is missing."""
    materials = {key: _material(facts, grace) for key, facts in _MATERIALS.items()}
    balance = _equipment("balance", "Glovebox balance", grace, readability_mg=0.1)
    die = _equipment("die", "6 mm PEEK die", grace, diameter_mm=6.0, tolerance_mm=0.05)
    reactor = _equipment("ald_reactor", "Rotary-bed ALD reactor", grace)
    lots = {
        facts["lot_number"]: _lot(materials[key], supplier, facts, ada, project)
        for key, supplier, facts in _LOTS
    }
    recipe = _recipe(materials["Nb2O5"], grace)
    cathode = _formulation("Composite cathode 70:30:5:5", _parts(materials, "NMC532", 70, 30), grace)
    anode = _formulation("Composite anode 50:50:5:5", _parts(materials, "LTO", 50, 50), grace)
    who: dict[str, Any] = {"project": project, "by": ada, "balance": balance}
    coated = _made("Nb2O5-coated SC-NMC532", project) or actions.run_coating(
        **who,
        edition=recipe,
        parent=lots["DEMO-NMC-01"],
        load_mass_ug=ug_from_mg(2000),
        recovered_mass_ug=ug_from_mg(1950),
        precursors=[lots["DEMO-NBOET-01"]],
        reactor=reactor,
        name="Nb2O5-coated SC-NMC532",
        thickness_measured_nm=5.0,
        thickness_method="HR-TEM",
        performed_at=datetime(2024, 2, 26, 9, 30, tzinfo=UTC),
        note="Powder load and recovery are invented for the demo lab; the paper does not give them.",
    )
    fill = {"LPSC": lots["DEMO-LPSC-FINE"], "PTFE": lots["DEMO-PTFE-01"], "CNF": lots["DEMO-CNF-01"]}
    mixed = {
        "Cathode composite, coated": (cathode, coated, (140, 60, 10, 10)),
        "Cathode composite, uncoated": (cathode, lots["DEMO-NMC-01"], (140, 60, 10, 10)),
        "Anode composite": (anode, lots["DEMO-LTO-01"], (500, 500, 50, 50)),
    }
    mixes = {
        name: _made(name, project) or _mix(name, edition, active, fill, masses, who)
        for name, (edition, active, masses) in mixed.items()
    }
    return Stock(
        positive_coated=mixes["Cathode composite, coated"],
        positive_uncoated=mixes["Cathode composite, uncoated"],
        negative=mixes["Anode composite"],
        separator=lots["DEMO-LPSC-SEP"],
        balance=balance,
        die=die,
        materials=materials,
    )


def _material(facts: dict[str, Any], by: User) -> Material:
    found = Material.objects.filter(name=facts["name"]).first()
    return found or actions.create_material(by=by, performed_by=by, **facts)


def _equipment(kind: str, name: str, by: User, **figures: float) -> Equipment:
    found = Equipment.objects.filter(kind=kind, name=name).first()
    return found or actions.create_equipment(by=by, performed_by=by, kind=kind, name=name, **figures)


def _supplier(name: str, by: User) -> Supplier:
    return Supplier.objects.filter(name=name).first() or actions.create_supplier(
        by=by, performed_by=by, name=name
    )


def _lot(material: Material, supplier: str, facts: dict[str, Any], by: User, project: Project) -> Powder:
    found = PowderLot.objects.filter(lot_number=facts["lot_number"], supplier__name=supplier).first()
    if found is not None:
        return found.powder
    return actions.receive_lot(
        by=by,
        project=project,
        material=material,
        supplier=_supplier(supplier, by),
        note=INVENTED,
        performed_at=datetime(2024, 2, 19, 10, 0, tzinfo=UTC),
        **facts,
    )


def _recipe(coating: Material, by: User) -> CoatingRecipeEdition:
    found = CoatingRecipe.objects.filter(name="Nb2O5 on powder, 30 cycles").first()
    if found is not None:
        return found.editions.get(number=1)
    return actions.create_recipe(
        by=by,
        name="Nb2O5 on powder, 30 cycles",
        coating=coating,
        steps=ALD_CYCLE,
        cycles=30,
        substrate_temperature_c=175,
        rotation_rpm=3,
        carrier_gas="Ar, 99.9999 %",
        carrier_flow_sccm=70,
        base_pressure_mtorr=870,
        base_pressure_at_flow_sccm=10,
        note=PAPER,
    )


def _parts(
    materials: dict[str, Material], active: str, parts: float, electrolyte: float
) -> list[tuple[Material, float]]:
    return [
        (materials[active], parts),
        (materials["LPSC"], electrolyte),
        (materials["PTFE"], 5),
        (materials["CNF"], 5),
    ]


def _formulation(name: str, parts: list[tuple[Material, float]], by: User) -> FormulationEdition:
    found = Formulation.objects.filter(name=name).first()
    return (
        found.editions.get(number=1) if found else actions.create_formulation(by=by, name=name, parts=parts)
    )


def _made(name: str, project: Project) -> Powder | None:
    found: Powder | None = Powder.objects.filter(name=name, identity__project=project).with_codes().first()
    return found


def _mix(
    name: str,
    edition: FormulationEdition,
    active: Powder,
    fill: dict[str, Powder],
    masses_mg: tuple[int, int, int, int],
    who: dict[str, Any],
) -> Powder:
    powders = [active, fill["LPSC"], fill["PTFE"], fill["CNF"]]
    return actions.mix_composite(
        **who,
        edition=edition,
        name=name,
        weighings=[
            Weighing(part=part, powder=powder, mass_ug=ug_from_mg(mass))
            for part, powder, mass in zip(edition.parts.all(), powders, masses_mg, strict=True)
        ],
        performed_at=datetime(2024, 3, 4, 14, 0, tzinfo=UTC),
        note="The batch mass is invented for the demo lab. Mixing method and time are not stated in the paper.",
    )
