"""The verbs of the cells app."""

from cells.actions.build import (
    correct_layer,
    fail_cell,
    finish_cell,
    move_cell,
    plan_cell,
    press_layer,
    record_deviation,
)
from cells.actions.define import create_design, create_study

__all__ = [
    "correct_layer",
    "create_design",
    "create_study",
    "fail_cell",
    "finish_cell",
    "move_cell",
    "plan_cell",
    "press_layer",
    "record_deviation",
]
