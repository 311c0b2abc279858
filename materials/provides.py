"""What this app shows elsewhere: kinds, navigation, lineage, home card, immutable tables."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from lims import imports as imported
from lims import registry
from lims.models import Record, User
from lims.permissions import may
from materials import finders, flows, genealogy, imports, labels, lineage
from materials.models import (
    Calibration,
    CalibrationPoint,
    CoatingRecipe,
    CoatingRecipeEdition,
    CoatingStep,
    CountEntry,
    Equipment,
    Formulation,
    FormulationEdition,
    FormulationPart,
    GloveboxReading,
    MassEntry,
    Material,
    Place,
    Powder,
    QualityResult,
    Supplier,
    WeighingSheet,
)
from materials.views.coatings import coating_parts
from materials.views.composite_facts import composition_of_composite
from materials.views.fills import reactor_part
from materials.views.hazards import hazards_of_powder
from materials.views.lot_facts import lot_part
from materials.views.places import place_of_powder
from materials.views.quality import results_of_powder
from materials.views.reviews import reviews_card
from materials.views.stock import stock_card

PLAIN: list[tuple[type[Record], str, str, str]] = [
    (Material, "material", "materials", "atom"),
    (Supplier, "supplier", "suppliers", "truck"),
    (Equipment, "equipment", "equipment", "wrench"),
    (Place, "place", "places", "map-pin"),
    (CoatingRecipe, "recipe", "recipes", "scroll-text"),
    (Formulation, "formulation", "formulations", "blend"),
]


def register() -> None:
    """Tell lims about the materials app."""
    registry.register(
        registry.Kind(
            Powder,
            "Powder",
            "Powders",
            "materials:powder",
            "materials:powders",
            "flask-conical",
            _describe_powders,
        )
    )
    for model, word, plural, icon in PLAIN:
        registry.register(
            registry.Kind(
                model,
                word.capitalize(),
                plural.capitalize(),
                f"materials:{word}",
                f"materials:{plural}_list",
                icon,
                _describer(model),
            )
        )
    registry.register(
        registry.Kind(
            WeighingSheet,
            "Weighing sheet",
            "Weighing sheets",
            "materials:weighing_sheet",
            "materials:weighing_sheets",
            "scale",
            _describe_sheets,
        )
    )
    registry.navigation += [
        registry.NavigationItem("Powders", "materials:powders", "flask-conical", 10),
        registry.NavigationItem("Weighing", "materials:weighing_sheets", "scale", 15),
        registry.NavigationItem("Places", "materials:places_list", "map-pin", 59),
        registry.NavigationItem("Materials", "materials:materials_list", "atom", 60),
        registry.NavigationItem("Recipes", "materials:recipes_list", "scroll-text", 61),
        registry.NavigationItem("Formulations", "materials:formulations_list", "blend", 62),
        registry.NavigationItem("Equipment", "materials:equipment_list", "wrench", 63),
        registry.NavigationItem("Precursor fills", "materials:fills_list", "cylinder", 64),
        registry.NavigationItem("Suppliers", "materials:suppliers_list", "truck", 65),
    ]
    registry.immutable += [
        MassEntry,
        CountEntry,
        GloveboxReading,
        QualityResult,
        Calibration,
        CalibrationPoint,
        CoatingRecipeEdition,
        CoatingStep,
        FormulationEdition,
        FormulationPart,
    ]
    registry.lineage_edges.append(genealogy.edges)
    registry.mass_tellers.append(flows.tell)
    registry.thread_drawers.append(lineage.draw_thread)
    registry.on_threads.add(Powder._meta.label_lower)
    registry.add_detail_part(Powder, coating_parts)
    for kind in imports.KINDS:
        imported.register(kind)
    registry.labellers[Powder._meta.label_lower] = labels.of_powders
    registry.labellers[Material._meta.label_lower] = labels.of_materials
    registry.number_finders += [
        finders.lots_by_number,
        finders.substances_by_number,
        finders.equipment_by_number,
    ]
    registry.name_finders += [finders.powders_by_name, finders.substances_by_name]
    registry.home_cards += [powders_card, reviews_card, stock_card]
    for part in (composition_of_composite, hazards_of_powder, results_of_powder, place_of_powder):
        registry.add_detail_part(Powder, part)
    registry.add_detail_part(Powder, lot_part)
    registry.add_detail_part(Equipment, reactor_part)


def _describe_powders(keys: Iterable[int]) -> dict[int, str]:
    return dict(Powder.objects.filter(pk__in=keys).values_list("pk", "name"))


def _describe_sheets(keys: Iterable[int]) -> dict[int, str]:
    sheets = WeighingSheet.objects.filter(pk__in=keys).select_related("edition__formulation")
    return {sheet.pk: sheet.title for sheet in sheets}


def _describer(model: type[Record]) -> registry.Describer:
    def describe(keys: Iterable[int]) -> dict[int, str]:
        return {record.pk: record.title for record in model._default_manager.with_codes().filter(pk__in=keys)}

    return describe


def powders_card(user: User) -> registry.Card:
    """Show the newest powders with what is left of them."""
    powders = Powder.objects.visible_to(user).with_codes().with_balance().order_by("-pk")[:6]
    return registry.Card(
        title="Powders",
        icon="flask-conical",
        lines=[
            {
                "text": f"{p.code} · {p.name}",
                "url": registry.url_of(p.identity),
                "badge": p.left_text(),
            }
            for p in powders
        ],
        empty="No powder has been received yet.",
        action=("Receive a lot", reverse("materials:receive_lot")) if may(user, "record") else None,
    )
