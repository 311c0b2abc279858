"""What the label of a powder says: what it is, whose lot, until when, where it stands, and its hazards."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.timezone import localdate

from lims.facts import spelled
from lims.registry import LabelWords
from materials.hazards import hazards_of
from materials.models import Material, Powder

SIGNAL_WORDS = (Material.SignalWord.DANGER, Material.SignalWord.WARNING)


def of_powders(keys: Iterable[int]) -> dict[int, LabelWords]:
    """Return what the labels of these powders say, with as many questions as their thread has steps."""
    wanted = list(keys)
    powders = Powder.objects.filter(pk__in=wanted).with_codes()
    dangers = hazards_of(wanted)
    told = {}
    for powder in powders.select_related("material", "place", "lot__supplier"):
        materials = dangers[powder.pk]
        told[powder.pk] = LabelWords(
            title=powder.name,
            lines=_lines(powder),
            signal_word=_signal_word(materials),
            hazard_codes=_codes(materials),
        )
    return told


def _signal_word(materials: set[Material]) -> str:
    """Return the stronger of the signal words: one label bears one (CLP, article 20)."""
    words = {material.signal_word for material in materials}
    return next((word.label for word in SIGNAL_WORDS if word in words), "")


def _codes(materials: set[Material]) -> tuple[str, ...]:
    found = {code.strip() for m in materials for code in m.hazard_statements.split(",") if code.strip()}
    return tuple(sorted(found))


def _lines(powder: Powder) -> tuple[str, ...]:
    """Return the lines of a label, the most important first: a small label has room for one or two."""
    lines = []
    if powder.kind == Powder.Kind.LOT:
        lines.append(f"Lot {powder.lot.lot_number}, {powder.lot.supplier.name}")
        if powder.lot.expires_on:
            lines.append(f"Expires {spelled(powder.lot.expires_on)}")
    else:
        lines.append(f"{powder.get_kind_display()}, {spelled(localdate(powder.performed_at))}")
    if powder.place:
        lines.append(powder.place.path)
    if powder.material and powder.material.name not in powder.name:
        lines.append(powder.material.name)
    lines.append(f"By {powder.performed_by.display_name}")
    return tuple(lines)


def of_materials(keys: Iterable[int]) -> dict[int, LabelWords]:
    """Return what the labels of these substances say, such as the one on their drawer."""
    return {
        material.pk: LabelWords(
            title=material.name,
            lines=tuple(line for line in (material.formula, material.cas_number) if line),
            signal_word=_signal_word({material}),
            hazard_codes=_codes({material}),
        )
        for material in Material.objects.filter(pk__in=list(keys))
    }
