"""Studies, designs, cells and what was pressed into them."""

from cells.models.basis import CellBasis
from cells.models.building import Deviation, Layer, PlungerHeight, PressStep
from cells.models.cell import Cell, CellQuerySet
from cells.models.claim import Claim
from cells.models.design import Architecture, CellDesign, CellDesignEdition, LayerRole, NpBasis
from cells.models.keeping import Exposure, StackReading, StepUnderWay
from cells.models.plan import BuildPlan
from cells.models.stack import AssemblyLimit, DesignLayer, DesignPress
from cells.models.study import Condition, Study

__all__ = [
    "Architecture",
    "AssemblyLimit",
    "BuildPlan",
    "Cell",
    "CellBasis",
    "CellDesign",
    "CellDesignEdition",
    "CellQuerySet",
    "Claim",
    "Condition",
    "DesignLayer",
    "DesignPress",
    "Deviation",
    "Exposure",
    "Layer",
    "LayerRole",
    "NpBasis",
    "PlungerHeight",
    "PressStep",
    "StackReading",
    "StepUnderWay",
    "Study",
]
