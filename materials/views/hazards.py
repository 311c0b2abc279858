"""What a safety data sheet warns of, above everything else on a page."""

from __future__ import annotations

from typing import Any

from lims.models import User
from materials.calc.hazards import statement
from materials.models import Material, Powder

Banner = dict[str, Any]


def hazard_banner(material: Material) -> Banner | None:
    """Return the banner of a substance, or None where nothing is warned of."""
    if not material.is_hazardous:
        return None
    codes = [code for code in material.hazard_statements.split(", ") if code]
    word = material.get_signal_word_display() if material.signal_word else "Handle with care"
    return {
        "title": f"{word}: {material.name}",
        "level": "danger" if material.signal_word == Material.SignalWord.DANGER else "warning",
        "icon": "octagon-alert" if material.signal_word == Material.SignalWord.DANGER else "triangle-alert",
        "codes": [{"code": code, "text": statement(code)} for code in codes],
        "lines": [material.safety_note] if material.safety_note else [],
    }


def hazards_of_powder(powder: Powder, _user: User) -> dict[str, Any]:
    """Add to a powder's page what the substances in it warn of."""
    banners = [banner for material in _substances(powder) if (banner := hazard_banner(material))]
    return {"banners": banners}


def _substances(powder: Powder) -> list[Material]:
    """Return what a powder is, or is coated with, or was mixed from by its formulation."""
    if powder.kind == Powder.Kind.COMPOSITE:
        parts = powder.composite.edition.parts.select_related("material")
        return list({part.material_id: part.material for part in parts}.values())
    found = [powder.material] if powder.material else []
    if powder.kind == Powder.Kind.COATING:
        found.append(powder.coating.edition.recipe.coating)
    return found
