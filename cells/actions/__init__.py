"""The verbs of the cells app."""

from cells.actions.build import add_layer, finish_cell, plan_cell, press_again, press_layer
from cells.actions.claim import make_claim, withdraw_claim
from cells.actions.correct import change_cell, correct_layer, correct_press
from cells.actions.define import create_study
from cells.actions.design import create_design, set_assembly_limits, write_design_edition
from cells.actions.design_layers import LayerFacts
from cells.actions.observe import (
    measure_height,
    measure_thickness,
    read_stack,
    record_deviation,
    record_exposure,
    withdraw_height,
)
from cells.actions.plan_study import Meant, plan_study
from cells.actions.states import dismantle_cell, fail_cell, move_cell, rebuild_cell
from cells.pressure import Hold, Pressed

__all__ = [
    "Hold",
    "LayerFacts",
    "Meant",
    "Pressed",
    "add_layer",
    "change_cell",
    "correct_layer",
    "correct_press",
    "create_design",
    "create_study",
    "dismantle_cell",
    "fail_cell",
    "finish_cell",
    "make_claim",
    "measure_height",
    "measure_thickness",
    "move_cell",
    "plan_cell",
    "plan_study",
    "press_again",
    "press_layer",
    "read_stack",
    "rebuild_cell",
    "record_deviation",
    "record_exposure",
    "set_assembly_limits",
    "withdraw_claim",
    "withdraw_height",
    "write_design_edition",
]
