"""What this app shows elsewhere: kinds, navigation, lineage, home card, immutable tables."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from lims import registry
from lims.models import Record, User
from lims.permissions import may
from lims.units import mass_text
from materials import genealogy
from materials.models import (
    CoatingRecipe,
    CoatingRecipeEdition,
    CoatingStep,
    Equipment,
    Formulation,
    FormulationEdition,
    FormulationPart,
    MassEntry,
    Material,
    Powder,
    Supplier,
)

PLAIN: list[tuple[type[Record], str, str, str]] = [
    (Material, "material", "materials", "atom"),
    (Supplier, "supplier", "suppliers", "truck"),
    (Equipment, "equipment", "equipment", "wrench"),
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
    registry.navigation += [
        registry.NavigationItem("Powders", "materials:powders", "flask-conical", 10),
        registry.NavigationItem("Materials", "materials:materials_list", "atom", 60),
        registry.NavigationItem("Recipes", "materials:recipes_list", "scroll-text", 61),
        registry.NavigationItem("Formulations", "materials:formulations_list", "blend", 62),
        registry.NavigationItem("Equipment", "materials:equipment_list", "wrench", 63),
        registry.NavigationItem("Suppliers", "materials:suppliers_list", "truck", 64),
    ]
    registry.immutable += [
        MassEntry,
        CoatingRecipeEdition,
        CoatingStep,
        FormulationEdition,
        FormulationPart,
    ]
    registry.lineage_edges.append(genealogy.edges)
    registry.home_cards.append(powders_card)


def _describe_powders(keys: Iterable[int]) -> dict[int, str]:
    return dict(Powder.objects.filter(pk__in=keys).values_list("pk", "name"))


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
                "badge": mass_text(p.balance_ug),
            }
            for p in powders
        ],
        empty="No powder has been received yet.",
        action=("Receive a lot", reverse("materials:receive_lot")) if may(user, "record") else None,
    )
