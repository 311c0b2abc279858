"""What the page of a powder says of it, by its kind."""

from __future__ import annotations

from typing import Any

from lims.facts import Fact, fact, facts_of, record_fact
from materials.models import Powder, Treatment
from materials.views.coating_facts import coating_sections
from materials.views.composite_facts import component_facts, mixing_facts
from materials.views.lot_facts import lot_facts
from materials.views.yields import yield_fact

DETAILS = (
    "material__identity",
    "lot__supplier__identity",
    "coating__edition__recipe__coating",
    "coating__edition__recipe__identity",
    "coating__reactor__identity",
    "composite__edition__formulation__identity",
    "treatment__equipment__identity",
    "treatment__load__powder__identity",
    "place__identity",
)
Section = dict[str, Any]


def sections(powder: Powder) -> list[Section]:
    """Return the sections of a powder's page."""
    if powder.kind == Powder.Kind.LOT:
        return [{"title": "Container", "facts": lot_facts(powder)}]
    if powder.kind == Powder.Kind.COATING:
        return coating_sections(powder)
    if powder.kind == Powder.Kind.COMPOSITE:
        return [
            {"title": "Composition as weighed", "facts": component_facts(powder.composite)},
            {"title": "Mixing", "facts": mixing_facts(powder, powder.composite)},
        ]
    if powder.kind == Powder.Kind.TREATMENT:
        return [{"title": "Treatment", "facts": _treatment(powder, powder.treatment)}]
    return [{"title": powder.get_kind_display(), "facts": [record_fact("Material", powder.material)]}]


def _treatment(powder: Powder, treatment: Treatment) -> list[Fact]:
    names = (
        "temperature_c", "duration_h", "ramp_c_min", "pressure_mbar", "atmosphere", "container", "mesh_um", "speed_rpm",
    )  # fmt: skip
    return [
        fact("Treatment", treatment.get_kind_display()),
        record_fact("Of", treatment.load.powder),
        *facts_of(treatment, *names),
        record_fact("In", treatment.equipment),
        yield_fact(powder, "mass out over mass in"),
    ]
