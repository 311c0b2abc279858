"""The forms of the materials app."""

from materials.forms.choices import (
    SHARED_HELP,
    EditionField,
    PowderChoiceField,
    balance_field,
    offer_balances,
    offer_editions,
    offer_powders,
    offer_project,
    put_last,
)
from materials.forms.library import EquipmentForm, FormulationForm, MaterialForm, RecipeForm, SupplierForm
from materials.forms.work import (
    ChooseFormulationForm,
    DrawForm,
    MixForm,
    ReceiveLotForm,
    RunCoatingForm,
    TotalForm,
)

__all__ = [
    "SHARED_HELP",
    "ChooseFormulationForm",
    "DrawForm",
    "EditionField",
    "EquipmentForm",
    "FormulationForm",
    "MaterialForm",
    "MixForm",
    "PowderChoiceField",
    "ReceiveLotForm",
    "RecipeForm",
    "RunCoatingForm",
    "SupplierForm",
    "TotalForm",
    "balance_field",
    "offer_balances",
    "offer_editions",
    "offer_powders",
    "offer_project",
    "put_last",
]
