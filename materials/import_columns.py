"""The columns of lots, both kinds of coatings, treatments and mixtures that are entered afterwards."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.models import fields_for_model

from lims.forms import MassField
from lims.import_cells import Person, Reference
from lims.import_columns import DATE_FORMATS, MOMENT_FORMATS, Column
from lims.models import Project, RecordQuerySet, User
from lims.names import named
from materials.import_steps import MORE_JARS, MOST_PARTS, PREMIXES, InterruptionsCell, step_columns
from materials.models import (
    CoatingBatch,
    CoatingRecipe,
    CompositeBatch,
    CountUnit,
    Equipment,
    Formulation,
    Material,
    Place,
    Powder,
    PowderLot,
    Supplier,
    Treatment,
)


class ProjectCell:
    """A cell that names one of the person's projects by its code; an empty one shares it with the whole lab."""

    required = False

    def read(self, text: str, by: User, seen: Any) -> Project | None:
        if not text:
            return None
        found = Project.objects.visible_to(by).filter(code__iexact=text).first()
        if found is None:
            raise ValidationError(f'You are a member of no project "{text}".')
        return found

    def options(self, by: User) -> list[str]:
        return list(Project.objects.visible_to(by).values_list("code", flat=True))


def _of(model: type[models.Model], name: str, *, unit: str = "", **more: Any) -> Column:
    """Return the column of a model's optional field; its words and limits are the model's own."""
    field = fields_for_model(model, fields=[name])[name]
    if isinstance(field, forms.DateField):
        field.input_formats = DATE_FORMATS
    label = more.pop("label", named(name).label)
    blank = "" if field.required else name
    return Column(name, label, field, unit=unit, blank=blank, help=str(field.help_text), **more)


def _mass(name: str, label: str, *, required: bool = True, **more: Any) -> Column:
    argument = f"{name.removesuffix('_mg')}_ug"
    return Column(name, label, MassField(required=required), argument=argument, unit="mg", **more)


def _powder(name: str, label: str, *, required: bool = True, **more: Any) -> Column:
    cell = Reference("powder", Powder.objects.all, ("name", "lot__lot_number"), required=required, above=True)
    told = "Its code, its name, its lot number, or what a row above calls it."
    return Column(name, label, cell, help=more.pop("help", told), **more)


def _equipment(name: str, label: str, *kinds: str, blank: str = "") -> Column:
    def among() -> RecordQuerySet:
        found = Equipment.objects.all()
        return found.filter(kind__in=kinds) if kinds else found

    return Column(name, label, Reference(label.lower(), among), blank=blank, help="Its code or its name.")


def _library(
    name: str, label: str, model: Any, *, required: bool = True, blank: str = "", example: str = ""
) -> Column:
    names = ("path",) if model is Place else ("name",)
    cell = Reference(label.lower(), model.objects.all, names, required=required)
    return Column(name, label, cell, blank=blank, help="Its code or its name.", example=example)


def _text(name: str, label: str, *, most: int = 120, required: bool = False, **more: Any) -> Column:
    return Column(name, label, forms.CharField(max_length=most, required=required), **more)


MOMENT = forms.DateTimeField(input_formats=MOMENT_FORMATS)
PROJECT = Column(
    "project", "Project", ProjectCell(), example="NB-COAT", help="Its code; empty: shared with the whole lab."
)
NAME = _text("name", "Name", help="What it is called; rows below may name it so.")
BALANCE = _equipment("balance", "Balance", "balance", blank="balance")
EDITION = Column(
    "edition", "Edition", forms.IntegerField(min_value=1, required=False), help="Empty: the newest."
)
ORIGIN = (
    Column(
        "performed_at", "Done at", MOMENT, example="2026-03-02 14:30",
        help="Day and hour, such as 2026-03-02 14:30; a day alone counts from 00:00.",
    ),
    Column("performed_by", "Done by", Person(), example="grace", help="User name or full name; empty: you."),
    Column("note", "Note", forms.CharField(max_length=20_000, required=False), wide=True),
)  # fmt: skip
REASONS = (
    _text(
        "lot_reason", "Why used all the same", most=500,
        help="Only for a powder that is on hold, expired or suspect; a manager looks at it later.",
    ),
    _text("book_reason", "Why the book was wrong", most=500, help="Only where the book says that less was left."),
)  # fmt: skip
PLACE = _library("place", "Place", Place, required=False, blank="place")
TARE = _mass("container_tare_mg", "Container tare", required=False, blank="container_tare_ug")
RECOVERED = _mass("recovered_mass_mg", "Mass recovered", example="1950")


MEASURED = (
    _of(CoatingBatch, "thickness_measured_nm", unit="nm", label="Thickness measured", example="5"),
    _of(CoatingBatch, "thickness_method", example="HR-TEM"),
    _of(CoatingBatch, "thickness_sites", label="Places measured"),
    _of(CoatingBatch, "thickness_standard_deviation_nm", unit="nm", label="Standard deviation"),
    _of(CoatingBatch, "witness_thickness_nm", unit="nm", label="Witness wafer thickness"),
    _of(CoatingBatch, "witness_sites", label="Witness wafer places"),
)


LOT_COLUMNS = (
    _library("material", "Material", Material, example="NMC532, single crystal"),
    _library("supplier", "Supplier", Supplier, example="MSE Supplies"),
    replace(
        _text("lot_number", "Lot number", most=60, required=True, example="T-NMC-01"),
        help="As printed on the container; rows below may name it so.",
    ),
    _mass("mass_mg", "Mass received", required=False, example="25000"),
    Column(
        "counted_in", "Counted in", forms.ChoiceField(choices=[("", ""), *CountUnit.choices], required=False),
        help="For foils, gases and solutions instead of a mass.",
    ),
    Column(
        "count", "Count", forms.DecimalField(min_value=Decimal("0.001"), decimal_places=3, required=False),
        argument="count_milli", help="How much of it came, in the unit that it is counted in.",
    ),
    *ORIGIN[:2],
    PROJECT, NAME,
    _of(PowderLot, "catalogue_number"),
    Column(
        "container_number", "Container number", forms.IntegerField(min_value=1, max_value=9999, required=False),
        help="2 for a second container of the same lot; empty for the first.",
    ),
    Column(
        "purity_fraction", "Purity", forms.FloatField(min_value=0, max_value=1, required=False), unit="fraction",
        shown="%", blank="purity_fraction", example="99.5",
    ),
    _of(PowderLot, "particle_size_min_um", unit="um", label="Particle size from", example="2"),
    _of(PowderLot, "particle_size_max_um", unit="um", label="Particle size to", example="5"),
    _of(PowderLot, "received_on"), _of(PowderLot, "opened_on"), _of(PowderLot, "expires_on"),
    PLACE, TARE,
    _of(PowderLot, "concentration_g_ml", unit="g/mL", label="Concentration"),
    *ORIGIN[2:],
)  # fmt: skip

COATING_COLUMNS = (
    _library("recipe", "Recipe", CoatingRecipe, example="Nb2O5 on powder, 30 cycles"),
    _powder("parent", "Powder put in", example="T-NMC-01"),
    _mass("load_mass_mg", "Powder load", example="2000"),
    RECOVERED,
    *ORIGIN[:2],
    PROJECT, NAME, EDITION,
    replace(_of(CoatingBatch, "cycles_done", example="30"), help="Empty: all of the recipe's."),
    _equipment("reactor", "Reactor", "ald_reactor", blank="reactor"),
    BALANCE,
    *MEASURED,
    _of(CoatingBatch, "substrate_temperature_c", unit="°C"),
    _of(CoatingBatch, "bed_preheat_min", unit="min", label="Bed preheat"),
    _of(CoatingBatch, "rotation_rpm", unit="rpm"),
    _of(CoatingBatch, "carrier_flow_sccm", unit="sccm"),
    _of(CoatingBatch, "base_pressure_mtorr", unit="mTorr"),
    _of(CoatingBatch, "base_pressure_at_flow_sccm", unit="sccm", label="Base pressure at a flow of"),
    Column(
        "interruptions", "Interruptions", InterruptionsCell(), wide=True,
        help="After which cycle, for how long and why: 12 (30 min): power cut; 20: valve.",
    ),
    Column(
        "precursors", "Precursors", Reference("powder", Powder.objects.all, ("name", "lot__lot_number"),
        several=True, above=True), blank="precursors", help="Their codes or lot numbers, commas between them.",
    ),
    *REASONS, *ORIGIN[2:],
)  # fmt: skip

SOLUTION_COLUMNS = (
    _library("recipe", "Recipe", CoatingRecipe, example="LiNbO3 from solution, 3 wt%"),
    _powder("parent", "Powder put in", example="T-NMC-01"),
    _mass("load_mass_mg", "Powder load", example="500"),
    replace(RECOVERED, example="486"),
    _powder("solution", "Solution", example="T-LINBO-01"),
    Column(
        "solution_volume_ml", "Volume used", forms.DecimalField(min_value=Decimal("0.001"), decimal_places=3),
        unit="mL", example="0.751",
    ),
    *ORIGIN[:2],
    PROJECT, NAME, EDITION,
    *step_columns(),
    _equipment("furnace", "Furnace", "furnace", "oven", blank="reactor"),
    BALANCE, *MEASURED, *REASONS, *ORIGIN[2:],
)  # fmt: skip

TREATMENT_COLUMNS = (
    Column(
        "treatment", "Treatment", forms.ChoiceField(choices=Treatment.Kind.choices), argument="kind",
        example="Dry", help="Dry, Sieve, Mill, Anneal or Re-dry.",
    ),
    replace(_powder("parent", "Powder put in", example="T-LPSC-02"), argument="powder"),
    _mass("load_mass_mg", "Powder load", example="5000"),
    RECOVERED,
    *ORIGIN[:2],
    NAME,
    _of(Treatment, "temperature_c", unit="°C", example="80"),
    _of(Treatment, "duration_h", unit="h", example="12"),
    _of(Treatment, "ramp_c_min", unit="°C/min", label="Ramp"),
    _of(Treatment, "pressure_mbar", unit="mbar", label="Pressure"),
    _of(Treatment, "atmosphere", example="Vacuum"),
    _of(Treatment, "container"),
    _of(Treatment, "mesh_um", unit="um", label="Mesh"),
    _of(Treatment, "speed_rpm", unit="rpm", label="Speed"),
    _equipment("equipment", "Equipment", blank="equipment"),
    PLACE, TARE, BALANCE, *REASONS, *ORIGIN[2:],
)  # fmt: skip


def _parts() -> tuple[Column, ...]:
    """Return a pair of columns for each part of a formulation, in its order."""
    examples = (("T-NMC-01", "140"), ("T-LPSC-02", "60"), ("T-PTFE-03", "10"), ("T-CNF-04", "10"))
    found: list[Column] = []
    for order in range(1, MOST_PARTS + 1):
        powder, mass = examples[order - 1] if order <= len(examples) else ("", "")
        found += [
            _powder(f"powder_{order}", f"Powder {order}", required=False, example=powder,
                    help=f"For part {order} of the formulation: code, lot number, or what a row above calls it."),
            replace(_mass(f"mass_{order}_mg", f"Mass {order}", required=False, example=mass), argument=f"mass_{order}"),
        ]  # fmt: skip
    return tuple(found)


def _mass_of(name: str, label: str) -> Column:
    """Return the column of a mass that the action is given under this name."""
    return replace(_mass(f"{name}_mg", label, required=False), argument=name)


def _premixes_and_more_jars() -> tuple[Column, ...]:
    """Return the columns of premixes, and of what came from a further jar of some part."""
    found: list[Column] = []
    for number in PREMIXES:
        brings = "A composite that brings some of the parts."
        found += [
            _powder(f"premix_{number}", f"Premix {number}", required=False, help=brings),
            _mass_of(f"premix_mass_{number}", f"Premix mass {number}"),
        ]
    for number in MORE_JARS:
        called = f"Further jar {number}"
        order = forms.IntegerField(min_value=1, max_value=MOST_PARTS, required=False)
        found += [
            Column(
                f"jar_part_{number}",
                f"{called}: part",
                order,
                help="The part that more of came from it: 1, 2, 3.",
            ),
            _powder(f"jar_{number}", f"{called}: powder", required=False),
            _mass_of(f"jar_mass_{number}", f"{called}: mass"),
        ]
    return tuple(found)


MIXTURE_COLUMNS = (
    _library("formulation", "Formulation", Formulation, example="Composite cathode 70:30:5:5"),
    *_parts(),
    *_premixes_and_more_jars(),
    *ORIGIN[:2],
    PROJECT, NAME, EDITION,
    replace(RECOVERED, cell=MassField(required=False), example="", blank="recovered_mass_ug", help="Empty: all of it."),
    BALANCE,
    _of(CompositeBatch, "method", example="Mortar"),
    _of(CompositeBatch, "duration_min", unit="min", label="Mixing time", example="15"),
    _of(CompositeBatch, "oxygen_ppm", unit="ppm", label="Oxygen"),
    _of(CompositeBatch, "water_ppm", unit="ppm", label="Water"),
    *REASONS, *ORIGIN[2:],
)  # fmt: skip
