"""What nobody wrote down of a cell, and what somebody said that it was not measured."""

from __future__ import annotations

from typing import Any

from cells.models import Cell, Layer, PressStep
from lims.models import Blank
from lims.names import named

SPELLED = {
    "np_ratio": "N/P", "one_c_current_ma": "1C current", "one_c_current_density_ma_cm2": "1C current density",
    "resistance_1khz_ohm": "resistance at 1 kHz", "areal_capacity_mah_cm2": "Areal capacity, positive",
    "negative_areal_capacity_mah_cm2": "Areal capacity, negative",
}  # fmt: skip


def not_recorded(
    cell: Cell, layers: list[Layer], presses: list[PressStep], *, pellets: bool, told: dict[str, Any]
) -> list[str]:
    """Return what nobody wrote down, and what somebody said that it was not measured."""
    assembly = told["assembly"]
    lacking = [
        (not layers, "any layer"),
        *(
            (
                layer.use.balance is None and not layer.use.powder.counted_in,
                f"the balance of the {layer.get_role_display().lower()}",
            )
            for layer in layers
        ),
        (not presses, "any pressing"),
        *((step.hold_started_at is None, f"when hold {step.number} began and ended") for step in presses),
        *(
            (step.pressure_end_mpa is None, f"the pressure at the end of hold {step.number}")
            for step in presses
        ),
        *((step.press is None, f"the press of step {step.number}") for step in presses),
        (cell.glovebox is None, "the glovebox"),
        (not pellets, "plunger heights"),
        *(
            (assembly[name] is None and name not in cell.blanks, f"the {words} after assembly")
            for name, words in (
                ("open_circuit_voltage_v", "open-circuit voltage"),
                ("resistance_1khz_ohm", "resistance at 1 kHz"),
            )
        ),
        (not told["stack"], "the stack pressure"),
        (told["exposure"]["open_h"] is None, "open times"),
    ]
    said = {name: Blank(reason).label for name, reason in cell.blanks.items()}
    words = [what for missing, what in lacking if missing]
    return [
        *words,
        *(
            f"{SPELLED.get(name, named(name).label.lower())} ({reason})"
            for name, reason in sorted(said.items())
        ),
    ]
