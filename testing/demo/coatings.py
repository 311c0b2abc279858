"""The demo lab's coating from solution: the paper's LiNbO3 on NMC532, 3 wt% on half a gram."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from lims.models import Project, User
from lims.units import ug_from_mg
from materials import actions
from materials.models import CoatingRecipe, CoatingRecipeEdition, Equipment, Material, Powder
from testing.demo.catalogue import PAPER

RECIPE = "LiNbO3 from solution, 3 wt%"
BATCH = "LiNbO3-coated SC-NMC532"
HOUR_S = 3600
STEPS = [
    {"kind": "stir", "duration_s": HOUR_S, "atmosphere": "Ar"},
    {"kind": "dry", "duration_s": 12 * HOUR_S, "temperature_c": 70, "atmosphere": "Ar flow"},
    {"kind": "anneal", "duration_s": 1.5 * HOUR_S, "temperature_c": 425, "atmosphere": "O2"},
]


def coat_with_niobate(
    *,
    lots: dict[str, Powder],
    balance: Equipment,
    furnace: Equipment,
    project: Project,
    ada: User,
    grace: User,
) -> Powder:
    """Return the niobate-coated powder, entering it, its recipe and its coating where they are missing."""
    edition = _recipe(_niobate(grace), grace)
    found = Powder.objects.filter(name=BATCH, identity__project=project).with_codes().first()
    return found or actions.coat_from_solution(
        project=project,
        edition=edition,
        parent=lots["DEMO-NMC-01"],
        load_mass_ug=ug_from_mg(500),
        recovered_mass_ug=ug_from_mg(486),
        solution=lots["DEMO-LINBO-01"],
        # What the recipe asks for: the paper states no volume.
        solution_volume_ml=Decimal("0.751"),
        furnace=furnace,
        balance=balance,
        name=BATCH,
        performed_at=datetime(2024, 2, 27, 9, 0, tzinfo=UTC),
        # The paper states how each step was done, and of the ramps nothing.
        blanks={"dry_ramp_c_min": "not_recorded", "anneal_ramp_c_min": "not_recorded"},
        note="The mass recovered is invented for the demo lab; the paper states neither it nor the volume.",
        by=ada,
    )


def _niobate(by: User) -> Material:
    found = Material.objects.filter(name="LiNbO3").first()
    return found or actions.create_material(
        by=by, performed_by=by, name="LiNbO3", formula="LiNbO3", roles=["coating"], density_g_cm3=4.65,
        density_source="handbook value of the crystal, to be checked",
    )  # fmt: skip


def _recipe(coating: Material, by: User) -> CoatingRecipeEdition:
    found = CoatingRecipe.objects.filter(name=RECIPE).first()
    if found is not None:
        return found.editions.get(number=1)
    return actions.create_recipe(
        by=by, name=RECIPE, coating=coating, method="solution", target_mass_fraction=0.03, target_basis="powder",
        steps=STEPS, note=f"{PAPER} states no ramp and not of what the 3 wt% are; here they are of the powder put in.",
    )  # fmt: skip
