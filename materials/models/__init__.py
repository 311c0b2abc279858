"""Materials, the equipment that handles them, powders of every kind, recipes and the ledger."""

from materials.models.calibration import Calibration, CalibrationPoint
from materials.models.counted import CountEntry, CountUnit, PrecursorFill, count_text
from materials.models.equipment import Equipment, GloveboxReading
from materials.models.holds import DrawReview, Hold
from materials.models.ledger import MassEntry, Use
from materials.models.made import (
    CoatingBatch,
    CoatingInterruption,
    CoatingStepDone,
    CompositeBatch,
    MixComponent,
    Treatment,
)
from materials.models.material import Material, MaterialCapacity, MaterialRole, Supplier
from materials.models.place import Place
from materials.models.powder import Powder, PowderLot, PowderQuerySet
from materials.models.quality import MaterialLimit, QualityResult, Quantity
from materials.models.recipe import (
    CoatingRecipe,
    CoatingRecipeEdition,
    CoatingStep,
    Formulation,
    FormulationEdition,
    FormulationPart,
)
from materials.models.weighing import WeighingRow, WeighingSheet

__all__ = [
    "Calibration",
    "CalibrationPoint",
    "CoatingBatch",
    "CoatingInterruption",
    "CoatingRecipe",
    "CoatingRecipeEdition",
    "CoatingStep",
    "CoatingStepDone",
    "CompositeBatch",
    "CountEntry",
    "CountUnit",
    "DrawReview",
    "Equipment",
    "Formulation",
    "FormulationEdition",
    "FormulationPart",
    "GloveboxReading",
    "Hold",
    "MassEntry",
    "Material",
    "MaterialCapacity",
    "MaterialLimit",
    "MaterialRole",
    "MixComponent",
    "Place",
    "Powder",
    "PowderLot",
    "PowderQuerySet",
    "PrecursorFill",
    "QualityResult",
    "Quantity",
    "Supplier",
    "Treatment",
    "Use",
    "WeighingRow",
    "WeighingSheet",
    "count_text",
]
