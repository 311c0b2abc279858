"""The columns of cells that are entered afterwards: one row a cell, a few columns a layer."""

from __future__ import annotations

from typing import Any

from django import forms

from cells.models import Cell, CellDesign, Deviation, Study
from cells.models.design import LayerRole
from lims.forms import MassField
from lims.import_cells import Reference
from lims.import_columns import Column
from materials.import_columns import BALANCE, ORIGIN, REASONS
from materials.models import Equipment, Powder

BUILT_IN = (LayerRole.SEPARATOR, LayerRole.POSITIVE, LayerRole.NEGATIVE)
EXAMPLES = {
    LayerRole.SEPARATOR: ("T-LPSC-10", "48.6"),
    LayerRole.POSITIVE: ("MIX-0001", "8.1"),
    LayerRole.NEGATIVE: ("MIX-0002", "13.28"),
}


def _number(name: str, label: str, *, unit: str = "", least: float | None = 0, **more: Any) -> Column:
    field = forms.FloatField(required=False, min_value=least)
    return Column(name, label, field, unit=unit, help=more.pop("help", ""), **more)


def _tool(name: str, label: str, kind: str) -> Column:
    cell = Reference(label.lower(), lambda: Equipment.objects.filter(kind=kind), ("name", "serial_number"))
    return Column(name, label, cell, help="Its code or its name.")


def _of_layer(role: LayerRole) -> tuple[Column, ...]:
    """Return what is written about one layer: from which jar, how much, what was lost, how it was pressed."""
    words = role.label.split()[0] if role != LayerRole.SEPARATOR else "Separator"
    jar, mass = EXAMPLES[role]
    powder = Reference("powder", Powder.objects.all, ("name", "lot__lot_number"), above=True)
    return (
        Column(f"{role}_powder", f"{words} jar", powder, example=jar, help="Its code, name or lot number."),
        Column(
            f"{role}_mass_mg", f"{words} mass", MassField(required=False), argument=f"{role}_mass_ug", unit="mg",
            example=mass, help="What was dispensed, what was lost included.",
        ),
    )  # fmt: skip


def _pressing(role: LayerRole) -> tuple[Column, ...]:
    words = role.label.split()[0] if role != LayerRole.SEPARATOR else "Separator"
    return (
        Column(
            f"{role}_lost_mg", f"{words} lost", MassField(required=False, allow_zero=True),
            argument=f"{role}_lost_ug", unit="mg", blank=f"{role}_lost", help="Empty: nothing.",
        ),
        _number(
            f"{role}_pressure_mpa", f"{words} pressed to", unit="MPa", blank=f"{role}_pressure",
            help="Empty: as the design's schedule says.",
        ),
        _number(f"{role}_force_t", f"{words} force", unit="t", help="Instead of the pressure, in tonnes-force."),
        _number(
            f"{role}_gauge_bar", f"{words} gauge", unit="bar",
            help="Instead of the pressure: what the gauge showed; needs the press.",
        ),
        _number(f"{role}_hold_s", f"{words} hold", unit="s", help="Empty: as the design's schedule says."),
        _number(
            f"{role}_height_mm", f"{words} plunger height", unit="mm", blank=f"{role}_height", help="After its press."
        ),
    )  # fmt: skip


CELL_COLUMNS = (
    Column(
        "cell", "Cell", Reference("cell", Cell.objects.all, ("identity__code",)), example="CELL-0012",
        help="A cell that was planned; empty: a new one, and then study, condition and design are needed.",
    ),
    *(column for role in BUILT_IN for column in _of_layer(role)),
    BALANCE,
    _number("open_circuit_voltage_v", "Open circuit", unit="V", least=-1, blank="open_circuit_voltage_v"),
    _number("resistance_1khz_ohm", "At 1 kHz", unit="ohm", blank="resistance_1khz_ohm"),
    *ORIGIN[:2],
    Column("study", "Study", Reference("study", Study.objects.all), example="STUDY-0001", help="Its code or name."),
    Column(
        "group", "Condition", forms.CharField(required=False, max_length=120), example="Nb2O5-coated, 4.3 V",
        help="As the study names it.",
    ),
    Column("design", "Design", Reference("design", CellDesign.objects.all), help="Its code or its name."),
    Column("edition", "Edition", forms.IntegerField(min_value=1, required=False), help="Empty: the newest."),
    _tool("die", "Die", "die"), _tool("press", "Press", "press"), _tool("glovebox", "Glovebox", "glovebox"),
    *(column for role in BUILT_IN for column in _pressing(role)),
    _number("empty_height_mm", "Empty die plunger height", unit="mm"),
    _number("height_uncertainty_um", "Plunger heights uncertainty", unit="um", help="Standard uncertainty, k = 1."),
    Column(
        "heights_loaded", "Plunger heights measured",
        forms.ChoiceField(choices=[("", ""), ("yes", "under load"), ("no", "unloaded")], required=False),
        help="Under the press's load or after it was taken off.",
    ),
    _number("assembly_temperature_c", "Measured at", unit="°C", least=None, blank="assembly_temperature_c"),
    Column(
        "deviation", "Deviation", forms.CharField(required=False, max_length=1000), wide=True,
        help="What was not as meant.",
    ),
    Column(
        "deviation_category", "Deviation category",
        forms.ChoiceField(choices=[("", ""), *Deviation.Category.choices], required=False), help="Empty: other.",
    ),
    Column(
        "deviation_impact", "Deviation impact",
        forms.ChoiceField(choices=[("", ""), *Deviation.Impact.choices], required=False), help="Empty: minor.",
    ),
    Column(
        "notebook_name", "Name in the notebook", forms.CharField(required=False, max_length=120),
        help="Kept in the note; errors name the row by it.",
    ),
    *REASONS, *ORIGIN[2:],
)  # fmt: skip
