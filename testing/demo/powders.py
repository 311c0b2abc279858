"""The demo lab's shelves filled: substances, places, lots, fills, a coating run and mixtures, as the paper gives them.

What the paper does not say (the powder load of the ALD run, the size of a mix) is invented so that the thread can
be walked, stands in a project marked as simulated, and is noted as invented. What stands on the shelves is in
`testing.demo.catalogue`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from lims.audit import action
from lims.models import Project, User
from lims.units import ug_from_mg
from materials import actions
from materials.actions import PartFacts, Weighing
from materials.models import (
    CoatingRecipe,
    CoatingRecipeEdition,
    Equipment,
    Formulation,
    FormulationEdition,
    Material,
    Place,
    Powder,
    PowderLot,
    PrecursorFill,
    Supplier,
)
from testing.demo.catalogue import INVENTED, LIMITS, LOTS, MATERIALS, NOT_MEASURED, OWN_RULE, PAPER, RESULTS
from testing.demo.coatings import coat_with_niobate

ARRIVED = datetime(2024, 2, 19, 10, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Stock:
    """What the demo cells are pressed from."""

    positive_coated: Powder
    positive_uncoated: Powder
    negative: Powder
    separator: Powder
    lithium: Powder
    balance: Equipment
    die: Equipment
    materials: dict[str, Material]
    cathode: FormulationEdition
    anode: FormulationEdition


def ald_cycle(materials: dict[str, Material]) -> list[dict[str, Any]]:
    """Return the paper's cycle; each pulse names its material, so that the fills count their pulses."""
    return [
        {
            "kind": "pulse",
            "substance": "Nb(OEt)5",
            "material": materials["Nb(OEt)5"],
            "duration_s": 1,
            "source_temperature_c": 110,
        },
        {"kind": "purge", "duration_s": 20},
        {"kind": "pulse", "substance": "H2O", "material": materials["water"], "duration_s": 0.1},
        {"kind": "purge", "duration_s": 20},
    ]


@action
def fill_the_shelves(*, ada: User, grace: User, project: Project) -> Stock:
    """Return the demo lab's powders, entering whatever is missing."""
    materials = {key: _material(facts, grace) for key, facts in MATERIALS.items()}
    balance = _equipment("balance", "Glovebox balance", grace, readability_mg=0.1)
    die = _equipment("die", "6 mm PEEK die", grace, diameter_mm=6.0, tolerance_mm=0.05)
    reactor = _equipment("ald_reactor", "Rotary-bed ALD reactor", grace)
    lots = {
        facts["lot_number"]: _lot(
            materials[key], supplier, {**facts, **_stands(days, place, grace)}, ada, project
        )
        for key, supplier, facts, days, place in LOTS
    }
    _judge_quality(materials, lots, ada, grace)
    fills = [
        _fill(lots["DEMO-NBOET-5G"], reactor, "source 1", 2_000, ada),
        _fill(lots["DEMO-WATER-01"], reactor, "source 2", 20_000, ada),
    ]
    recipe = _recipe(materials, grace)
    cathode = _formulation("Composite cathode 70:30:5:5", _parts(materials, "NMC532", 70, 30), grace)
    anode = _formulation("Composite anode 50:50:5:5", _parts(materials, "LTO", 50, 50), grace)
    who: dict[str, Any] = {"project": project, "by": ada, "balance": balance}
    coated = _made("Nb2O5-coated SC-NMC532", project) or actions.run_coating(
        **who,
        edition=recipe,
        parent=lots["DEMO-NMC-01"],
        load_mass_ug=ug_from_mg(2000),
        recovered_mass_ug=ug_from_mg(1950),
        fills=fills,
        reactor=reactor,
        name="Nb2O5-coated SC-NMC532",
        thickness_measured_nm=5.0,
        thickness_method="HR-TEM",
        thickness_sites=8,
        thickness_standard_deviation_nm=0.6,
        performed_at=datetime(2024, 2, 26, 9, 30, tzinfo=UTC),
        note="Powder load, recovery, and the number and scatter of the places measured are invented for the demo "
        "lab; the paper gives about 5 nm.",
    )
    furnace = _equipment("furnace", "Tube furnace, O2", grace)
    coat_with_niobate(lots=lots, balance=balance, furnace=furnace, project=project, ada=ada, grace=grace)
    rest = {"LPSC": lots["DEMO-LPSC-FINE"], "PTFE": lots["DEMO-PTFE-01"], "CNF": lots["DEMO-CNF-01"]}
    mixed = {
        "Cathode composite, coated": (cathode, coated, (140, 60, 10, 10)),
        "Cathode composite, uncoated": (cathode, lots["DEMO-NMC-01"], (140, 60, 10, 10)),
        "Anode composite": (anode, lots["DEMO-LTO-01"], (500, 500, 50, 50)),
    }
    mixes = {
        name: _made(name, project) or _mix(name, edition, active, rest, masses, who)
        for name, (edition, active, masses) in mixed.items()
    }
    return Stock(
        positive_coated=mixes["Cathode composite, coated"],
        positive_uncoated=mixes["Cathode composite, uncoated"],
        negative=mixes["Anode composite"],
        separator=lots["DEMO-LPSC-SEP"],
        lithium=lots["DEMO-LI-01"],
        balance=balance,
        die=die,
        materials=materials,
        cathode=cathode,
        anode=anode,
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
        performed_at=ARRIVED,
        received_on=ARRIVED.date(),
        **facts,
    )


def _stands(days: int | None, place: tuple[str, ...], by: User) -> dict[str, Any]:
    """Return where a lot stands and when it expires, counted from today so that the demo never grows old."""
    expires_on = None if days is None else timezone.localdate() + timedelta(days=days)
    return {"place": _place(place, by), "expires_on": expires_on}


def _place(names: tuple[str, ...], by: User) -> Place | None:
    """Return the last of these places, each in the one before it."""
    inside: Place | None = None
    for name in names:
        found = Place.objects.filter(name=name, inside=inside).first()
        inside = found or actions.create_place(by=by, performed_by=by, name=name, inside=inside)
    return inside


def _judge_quality(materials: dict[str, Material], lots: dict[str, Powder], ada: User, grace: User) -> None:
    """State what results of some substances must keep to, and enter results of some lots."""
    for key, quantity, lower, upper in LIMITS:
        if not materials[key].limits.filter(quantity=quantity).exists():
            actions.set_limit(
                material=materials[key],
                by=grace,
                quantity=quantity,
                lower=lower,
                upper=upper,
                source=OWN_RULE,
            )
    for lot_number, quantity, value, uncertainty, method in RESULTS:
        if not lots[lot_number].results.filter(quantity=quantity).exists():
            actions.record_result(
                powder=lots[lot_number], by=ada, quantity=quantity, value=value, uncertainty=uncertainty,
                method=method, measured_at=ARRIVED + timedelta(days=1), note=NOT_MEASURED,
            )  # fmt: skip


def _fill(lot: Powder, reactor: Equipment, source: str, count_milli: int, by: User) -> PrecursorFill:
    found = PrecursorFill.objects.filter(reactor=reactor, powder=lot, source=source).first()
    return found or actions.fill_source(
        powder=lot,
        reactor=reactor,
        source=source,
        count_milli=count_milli,
        by=by,
        filled_at=ARRIVED + timedelta(days=1),
    )


def _recipe(materials: dict[str, Material], by: User) -> CoatingRecipeEdition:
    found = CoatingRecipe.objects.filter(name="Nb2O5 on powder, 30 cycles").first()
    if found is not None:
        return found.editions.get(number=1)
    return actions.create_recipe(
        by=by,
        name="Nb2O5 on powder, 30 cycles",
        coating=materials["Nb2O5"],
        steps=ald_cycle(materials),
        cycles=30,
        substrate_temperature_c=175,
        rotation_rpm=3,
        carrier_gas="Ar, 99.9999 %",
        carrier_flow_sccm=70,
        base_pressure_mtorr=870,
        base_pressure_at_flow_sccm=10,
        note=PAPER,
    )


def _parts(materials: dict[str, Material], active: str, parts: float, electrolyte: float) -> list[PartFacts]:
    # The paper states no tolerance; 2 % of 10 mg is twice what the demo's balance shows.
    return [
        PartFacts(materials[active], parts, 0.02),
        PartFacts(materials["LPSC"], electrolyte, 0.02),
        PartFacts(materials["PTFE"], 5, 0.02),
        PartFacts(materials["CNF"], 5, 0.02),
    ]


def _formulation(name: str, parts: list[PartFacts], by: User) -> FormulationEdition:
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
