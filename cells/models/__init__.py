"""Studies, designs, cells and what was pressed into them."""

from cells.models.basis import CellBasis
from cells.models.cell import Cell, CellQuerySet, Deviation, Layer, PressStep
from cells.models.design import CellDesign, CellDesignEdition, DesignPress
from cells.models.study import Condition, Study

__all__ = [
    "Cell",
    "CellBasis",
    "CellDesign",
    "CellDesignEdition",
    "CellQuerySet",
    "Condition",
    "DesignPress",
    "Deviation",
    "Layer",
    "PressStep",
    "Study",
]
