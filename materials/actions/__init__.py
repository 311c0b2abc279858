"""The verbs of the materials app: one transaction each, logged, and the same for form, API, admin and demo."""

from materials.actions.another_jar import take_rest_from
from materials.actions.calibrate import PointFacts, record_calibration
from materials.actions.change import (
    add_capacity,
    change_equipment,
    change_material,
    change_supplier,
    correct_capacity,
    lift_limit,
    set_limit,
)
from materials.actions.change_lot import change_lot, open_lot
from materials.actions.coat import Interruption, run_coating
from materials.actions.coat_solution import StepDone, coat_from_solution
from materials.actions.coated_later import record_coating_measurements
from materials.actions.correct import correct_draw, correct_use
from materials.actions.count import adjust_count, take_count, use_count
from materials.actions.define import create_equipment, create_material, create_supplier
from materials.actions.divide import Portion, merge_powders, take_aliquots, treat_powder
from materials.actions.fills import empty_source, fill_source, pulses_so_far
from materials.actions.formulations import PartFacts, create_formulation, write_formulation_edition
from materials.actions.glovebox import record_reading
from materials.actions.hold import put_on_hold, release, review_draw
from materials.actions.jar import (
    adjust_mass,
    dispose,
    draw_mass,
    gain_mass,
    lose_mass,
    reopen,
    return_mass,
    weigh_jar,
)
from materials.actions.ledger import Despite
from materials.actions.mix import Weighing, mix_composite
from materials.actions.places import change_place, create_place, move_powder
from materials.actions.plan import Amount, MixPlan, PlannedRow, PremixChoice, plan_mix
from materials.actions.quality import record_result
from materials.actions.rebalance import rebalance_sheet, shortages
from materials.actions.receive import receive_lot
from materials.actions.recipes import create_recipe, set_growth_limits, write_edition
from materials.actions.weighing import drop_sheet, mix_sheet, plan_sheet
from materials.actions.weighing_rows import clear_row, enter_at_balance, scan_powder, undo_last, weigh_row

__all__ = [
    "Amount",
    "Despite",
    "Interruption",
    "MixPlan",
    "PartFacts",
    "PlannedRow",
    "PointFacts",
    "Portion",
    "PremixChoice",
    "StepDone",
    "Weighing",
    "add_capacity",
    "adjust_count",
    "adjust_mass",
    "change_equipment",
    "change_lot",
    "change_material",
    "change_place",
    "change_supplier",
    "clear_row",
    "coat_from_solution",
    "correct_capacity",
    "correct_draw",
    "correct_use",
    "create_equipment",
    "create_formulation",
    "create_material",
    "create_place",
    "create_recipe",
    "create_supplier",
    "dispose",
    "draw_mass",
    "drop_sheet",
    "empty_source",
    "enter_at_balance",
    "fill_source",
    "gain_mass",
    "lift_limit",
    "lose_mass",
    "merge_powders",
    "mix_composite",
    "mix_sheet",
    "move_powder",
    "open_lot",
    "plan_mix",
    "plan_sheet",
    "pulses_so_far",
    "put_on_hold",
    "rebalance_sheet",
    "receive_lot",
    "record_calibration",
    "record_coating_measurements",
    "record_reading",
    "record_result",
    "release",
    "reopen",
    "return_mass",
    "review_draw",
    "run_coating",
    "scan_powder",
    "set_growth_limits",
    "set_limit",
    "shortages",
    "take_aliquots",
    "take_count",
    "take_rest_from",
    "treat_powder",
    "undo_last",
    "use_count",
    "weigh_jar",
    "weigh_row",
    "write_edition",
    "write_formulation_edition",
]
