"""Materials, the equipment that handles them, powders of every kind, recipes and the ledger."""

from materials.models.equipment import Equipment
from materials.models.ledger import MassEntry, Use
from materials.models.made import CoatingBatch, CompositeBatch, MixComponent
from materials.models.material import Material, MaterialCapacity, Supplier
from materials.models.powder import Powder, PowderLot, PowderQuerySet
from materials.models.recipe import (
    CoatingRecipe,
    CoatingRecipeEdition,
    CoatingStep,
    Formulation,
    FormulationEdition,
    FormulationPart,
)

__all__ = [
    "CoatingBatch",
    "CoatingRecipe",
    "CoatingRecipeEdition",
    "CoatingStep",
    "CompositeBatch",
    "Equipment",
    "Formulation",
    "FormulationEdition",
    "FormulationPart",
    "MassEntry",
    "Material",
    "MaterialCapacity",
    "MixComponent",
    "Powder",
    "PowderLot",
    "PowderQuerySet",
    "Supplier",
    "Use",
]
