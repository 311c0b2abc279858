"""The verbs of the materials app: one transaction each, logged, and the same for form, API, admin and demo."""

from materials.actions.coat import run_coating
from materials.actions.define import (
    create_equipment,
    create_formulation,
    create_material,
    create_recipe,
    create_supplier,
)
from materials.actions.ledger import correct_use, draw_mass, receive_lot
from materials.actions.mix import Weighing, mix_composite

__all__ = [
    "Weighing",
    "correct_use",
    "create_equipment",
    "create_formulation",
    "create_material",
    "create_recipe",
    "create_supplier",
    "draw_mass",
    "mix_composite",
    "receive_lot",
    "run_coating",
]
