"""The forms of the materials app."""

from materials.forms.choices import (
    SHARED_HELP,
    EditionField,
    EquipmentChoiceField,
    PowderChoiceField,
    balance_field,
    offer_balances,
    offer_editions,
    offer_equipment,
    offer_powders,
    offer_project,
    put_last,
)
from materials.forms.coatings import CoatingMeasuredForm, RunCoatingForm
from materials.forms.despite import DespiteMixin
from materials.forms.fills import EmptySourceForm, FillSourceForm
from materials.forms.formulations import (
    ChooseFormulationForm,
    FormulationEditionForm,
    FormulationForm,
    TotalForm,
)
from materials.forms.jar import DrawForm
from materials.forms.library import EquipmentForm, MaterialForm, SupplierForm
from materials.forms.lots import (
    AdjustCountForm,
    ChangeLotForm,
    CountField,
    OpenLotForm,
    ReceiveLotForm,
    UseCountForm,
)
from materials.forms.mixing import MixForm, MixSheetForm
from materials.forms.recipes import GrowthLimitsForm, NewEditionForm, RecipeForm, SolutionRecipeForm
from materials.forms.solution import CoatFromSolutionForm, PlanSolutionForm, StepsOnlyForm
from materials.forms.weighing import ConfirmForm, DropSheetForm, EnterForm, JarForm, PlanForm, RestForm

__all__ = [
    "SHARED_HELP",
    "AdjustCountForm",
    "ChangeLotForm",
    "ChooseFormulationForm",
    "CoatFromSolutionForm",
    "CoatingMeasuredForm",
    "ConfirmForm",
    "CountField",
    "DespiteMixin",
    "DrawForm",
    "DropSheetForm",
    "EditionField",
    "EmptySourceForm",
    "EnterForm",
    "EquipmentChoiceField",
    "EquipmentForm",
    "FillSourceForm",
    "FormulationEditionForm",
    "FormulationForm",
    "GrowthLimitsForm",
    "JarForm",
    "MaterialForm",
    "MixForm",
    "MixSheetForm",
    "NewEditionForm",
    "OpenLotForm",
    "PlanForm",
    "PlanSolutionForm",
    "PowderChoiceField",
    "ReceiveLotForm",
    "RecipeForm",
    "RestForm",
    "RunCoatingForm",
    "SolutionRecipeForm",
    "StepsOnlyForm",
    "SupplierForm",
    "TotalForm",
    "UseCountForm",
    "balance_field",
    "offer_balances",
    "offer_editions",
    "offer_equipment",
    "offer_powders",
    "offer_project",
    "put_last",
]
