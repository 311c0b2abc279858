"""What people type of a design: the stack layer by layer, how it is pressed, what is tested and expected."""

from __future__ import annotations

from typing import Any

from django import forms

from cells.models import (
    Architecture,
    AssemblyLimit,
    CellDesign,
    CellDesignEdition,
    DesignLayer,
    LayerRole,
)
from cells.models.stack import FOIL_UNITS
from lims.form_parts import PercentField, RowsForm, choose, model_fields
from lims.forms import ActionForm, MassField, ProjectField, RecordChoiceField, unit
from lims.models import User
from materials.forms import SHARED_HELP, EditionField, EquipmentChoiceField, offer_equipment, offer_project
from materials.forms.groups import Groups, GroupsMixin
from materials.models import CountUnit, Equipment, FormulationEdition, Material
from materials.models.counted import MILLI

Role = Material.Role
ACTIVE_ROLES = {LayerRole.POSITIVE: Role.POSITIVE_ACTIVE, LayerRole.NEGATIVE: Role.NEGATIVE_ACTIVE}
LIMITS = ("upper_cut_off_v_vs_li", "lower_cut_off_v_vs_li", "reference_offset_v", "reference_offset_source")
TESTED = ("stack_pressure_mpa", "temperature_c")
# The fields of a layer as the form names them, without the role before it.
COMPOSITE_PARTS = (
    "material", "formulation", "mass_ug", "areal_capacity_mah_cm2", "specific_capacity_mah_g",
    "first_charge_capacity_mah_g", "initial_efficiency", "theoretical_capacity_mah_g",
)  # fmt: skip
FOIL_PARTS = ("material", "thickness_um", "count", "counted_in", "diameter_mm", "specific_capacity_mah_g")
# Which of its places each architecture fills with a foil.
FOILS: dict[str, tuple[str, ...]] = {
    Architecture.FULL_CELL: (),
    Architecture.HALF_CELL: ("negative", "alloying"),
    Architecture.SYMMETRIC: (),
    Architecture.BLOCKING: ("negative", "positive"),
}
WORDS = {
    Architecture.FULL_CELL: ("Negative composite", "Positive composite"),
    Architecture.HALF_CELL: ("Counter electrode, foil", "Working electrode, composite"),
    Architecture.SYMMETRIC: ("Electrode below the separator", "Electrode above the separator"),
    Architecture.BLOCKING: ("Foil below the separator", "Foil above the separator"),
}


class PressRow(forms.Form):
    """A step of the press schedule."""

    role = forms.ChoiceField(
        choices=[("", "nothing: press again"), *LayerRole.choices], label="Layer that goes in", required=False
    )
    pressure_mpa = unit(
        forms.FloatField(min_value=0.1, max_value=2000, label="Pressure", required=False), "MPa"
    )
    hold_s = unit(forms.FloatField(min_value=0, max_value=1e6, label="Hold", required=False), "s")


class DesignFieldsForm(GroupsMixin, RowsForm):
    """An edition of a design; what is asked goes by the architecture."""

    row_class = PressRow
    rows_title = "Press schedule, in order"
    add_label = "Add a step"
    least_rows = 1
    shown_rows = 3
    REST = "Project and note"

    def __init__(
        self, *args: Any, user: User, architecture: str = Architecture.FULL_CELL, **kwargs: Any
    ) -> None:
        self.architecture = Architecture(architecture)
        super().__init__(*args, user=user, **kwargs)
        self.fields["die"] = EquipmentChoiceField(Equipment.objects.none())
        self.fields["balance"] = EquipmentChoiceField(
            Equipment.objects.none(),
            required=False,
            help_text="What the layers are to be weighed on: the targets get their uncertainty from it.",
        )
        offer_equipment(self, "die", user, Equipment.Kind.DIE)
        offer_equipment(self, "balance", user, Equipment.Kind.BALANCE)
        foils = FOILS[self.architecture]
        for role in ("negative", "alloying", "separator", "positive"):
            if role == "separator":
                self._ask_separator()
            elif role in foils:
                self._ask_foil(
                    role, required=self.architecture == Architecture.HALF_CELL and role == "negative"
                )
            elif role != "alloying" and self.architecture != Architecture.BLOCKING:
                self._ask_composite(LayerRole(role))
        self._ask_edition()
        self.GROUPS = self._groups()

    def _ask_separator(self) -> None:
        self.fields["separator_material"] = RecordChoiceField(Material.objects.none(), label="Electrolyte")
        self.fields["separator_mass_ug"] = MassField(label="Target mass")
        choose(self, "separator_material", Material.objects.in_role(Role.ELECTROLYTE), self.user)

    def _ask_composite(self, role: LayerRole) -> None:
        made = {
            "material": RecordChoiceField(Material.objects.none(), label="Active material"),
            "formulation": EditionField(
                FormulationEdition.objects.none(),
                required=False,
                label="Formulation",
                help_text="Gives the share of active material and the density without pores.",
            ),
            "mass_ug": MassField(required=False, label="Target mass"),
            **model_fields(DesignLayer, *COMPOSITE_PARTS[3:6], "theoretical_capacity_mah_g"),
            "initial_efficiency": PercentField(required=False, label="Initial efficiency"),
        }
        made["areal_capacity_mah_cm2"].label = "Or a target per area"
        made["areal_capacity_mah_cm2"].help_text = "The mass follows from it."
        made["specific_capacity_mah_g"].help_text = "Empty: what the data sheet says for the cut-off."
        made[
            "first_charge_capacity_mah_g"
        ].help_text = "Or the efficiency: N/P on the first charge needs one of them."
        if role == LayerRole.NEGATIVE and self.architecture == Architecture.FULL_CELL:
            made[
                "mass_ug"
            ].help_text = "Empty, with both formulations chosen: it follows from the N/P target."
        made["capacity_reference"] = forms.CharField(required=False, max_length=200, label="Capacity from")
        for name, field in made.items():
            self.fields[f"{role}_{name}"] = field
        # In a symmetric cell either side may be what elsewhere is the other.
        roles = (
            tuple(ACTIVE_ROLES.values())
            if self.architecture == Architecture.SYMMETRIC
            else (ACTIVE_ROLES[role], Role.NEGATIVE_ACTIVE)
            if self.architecture == Architecture.HALF_CELL
            else (ACTIVE_ROLES[role],)
        )
        choose(self, f"{role}_material", Material.objects.in_role(*roles), self.user)
        formulation = self.fields[f"{role}_formulation"]
        if isinstance(formulation, EditionField):
            formulation.queryset = FormulationEdition.objects.select_related(
                "formulation__identity"
            ).order_by("-pk")

    def _ask_foil(self, role: str, *, required: bool) -> None:
        made = {
            "material": RecordChoiceField(Material.objects.none(), required=required, label="Foil"),
            **model_fields(DesignLayer, "thickness_um", "diameter_mm", "specific_capacity_mah_g"),
            "count": forms.DecimalField(
                min_value=0,
                max_digits=9,
                decimal_places=3,
                required=False,
                initial=1,
                label="Of it in a cell",
            ),
            "counted_in": forms.ChoiceField(
                choices=[(u, CountUnit(u).label) for u in FOIL_UNITS], required=False, label="Counted in"
            ),
        }
        made["thickness_um"].required = required
        made["specific_capacity_mah_g"].help_text = "Lithium 3861; empty: what the data sheet says."
        for name in FOIL_PARTS:
            self.fields[f"{role}_{name}"] = made[name]
        choose(self, f"{role}_material", Material.objects.in_role(Role.FOIL), self.user)

    def _ask_edition(self) -> None:
        names = [
            *LIMITS,
            *(("np_target", "np_basis") if self._is_full else ()),
            *TESTED,
            "coating_counted_as_active",
        ]
        self.fields.update(model_fields(CellDesignEdition, *names))
        cycled = self.architecture in (Architecture.FULL_CELL, Architecture.HALF_CELL)
        for name in LIMITS:
            self.fields[name].required = cycled
        if self._is_full:
            self.fields["np_target"].label, self.fields["np_basis"].label = "N/P target", "N/P basis"
            self.fields["np_target"].required = self.fields["np_basis"].required = True
        self.fields["reference_offset_v"].label = "Counter electrode"
        self.fields["reference_offset_source"].label = "Its source"
        unit(self.fields["reference_offset_v"], "V vs Li")
        self.fields["stack_pressure_mpa"].label = "Stack pressure of the test"
        self.fields["temperature_c"].label = "Temperature of the test"

    @property
    def _is_full(self) -> bool:
        return self.architecture == Architecture.FULL_CELL

    def _groups(self) -> Groups:
        below, above = WORDS[self.architecture]

        def of(role: str, *, first: bool) -> tuple[str, ...]:
            rare = ("first_charge_capacity_mah_g", "initial_efficiency", "theoretical_capacity_mah_g")
            return tuple(
                name for name in self.fields if name.startswith(f"{role}_") and first != name.endswith(rare)
            )

        rare = of("positive", first=False) + of("negative", first=False)
        return (
            ("The design", ("name", "reason", "die", "balance"), False),
            (above, of("positive", first=True), False),
            ("Separator", of("separator", first=True), False),
            (below, of("negative", first=True), False),
            ("Second foil, of an In/InLi counter electrode", of("alloying", first=True), True),
            ("Limits and balance", (*LIMITS, "np_target", "np_basis"), False),
            ("The test", (*TESTED, "coating_counted_as_active"), False),
            ("Other capacities, for N/P on another basis", rare, True),
        )

    def arguments(self) -> dict[str, Any]:
        told = super().arguments()
        layers = [
            layer
            for role in ("negative", "alloying", "separator", "positive")
            if (layer := self._layer(role, told)) is not None
        ]
        schedule = [
            (row["role"], row["pressure_mpa"], row["hold_s"]) for row in self.rows() if any(row.values())
        ]
        return {
            **{name: value for name, value in told.items() if not name.startswith(ROLE_PREFIXES)},
            "architecture": self.architecture,
            "layers": layers,
            "press_schedule": schedule,
        }

    def _layer(self, role: str, told: dict[str, Any]) -> dict[str, Any] | None:
        facts = {
            name.removeprefix(f"{role}_"): value
            for name, value in told.items()
            if name.startswith(f"{role}_") and value not in (None, "")
        }
        if facts.get("material") is None:
            return None
        if "initial_efficiency" in facts:
            facts["initial_coulombic_efficiency_fraction"] = facts.pop("initial_efficiency")
        if role in FOILS[self.architecture]:
            facts["kind"], facts["count_milli"] = DesignLayer.Kind.FOIL, int(facts.pop("count", 1) * MILLI)
        elif "specific_capacity_mah_g" not in facts:
            facts.pop("capacity_reference", None)
        if role in FOILS[self.architecture] and "specific_capacity_mah_g" in facts:
            facts["capacity_reference"] = "entered with the design"
        return {"role": role, **facts}


ROLE_PREFIXES = tuple(f"{role}_" for role in LayerRole.values)


class DesignForm(DesignFieldsForm):
    """A new design."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(model_fields(CellDesign, "name", "note"))
        self.fields["project"] = ProjectField(required=False, help_text=SHARED_HELP)
        offer_project(self, user)


class DesignEditionForm(DesignFieldsForm):
    """The next edition, filled with what the newest says."""

    reason = forms.CharField(max_length=500, label="Why it is written", help_text="Kept with the edition.")
    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, user: User, edition: CellDesignEdition, **kwargs: Any) -> None:
        initial = {"based_on": edition.number, **said_by(edition)}
        steps = [
            {"role": step.role, "pressure_mpa": step.pressure_mpa, "hold_s": step.hold_s}
            for step in edition.press_schedule.all()
        ]
        super().__init__(
            *args, user=user, architecture=edition.architecture, initial=initial, started_with=steps, **kwargs
        )


def said_by(edition: CellDesignEdition) -> dict[str, Any]:
    """Return what an edition says, by the names of the form's fields."""
    names = (*LIMITS, *TESTED, "np_target", "np_basis", "coating_counted_as_active", "die", "balance")
    said: dict[str, Any] = {name: getattr(edition, name) for name in names}
    for layer in edition.layers.all():
        for name in (*COMPOSITE_PARTS, "thickness_um", "diameter_mm", "counted_in", "capacity_reference"):
            if hasattr(layer, name):
                said[f"{layer.role}_{name}"] = getattr(layer, name)
        said[f"{layer.role}_formulation"] = layer.formulation_id
        efficiency = layer.initial_coulombic_efficiency_fraction
        said[f"{layer.role}_initial_efficiency"] = None if efficiency is None else efficiency * 100
        if layer.count_milli is not None:
            said[f"{layer.role}_count"] = layer.count_milli / MILLI
        # What follows from a target is worked out again.
        if layer.target_from != DesignLayer.TargetFrom.MASS:
            said[f"{layer.role}_mass_ug"] = None
    return said


LIMIT_FIELDS = (
    "temperature_c", "ocv_low_v", "ocv_high_v", "resistance_1khz_low_ohm", "resistance_1khz_high_ohm", "source",
)  # fmt: skip


class LimitsForm(ActionForm):
    """What a cell of a design shows after assembly."""

    def __init__(self, *args: Any, user: User, edition: CellDesignEdition, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(model_fields(AssemblyLimit, *LIMIT_FIELDS))
        labels = {
            "ocv_low_v": "Open circuit, from", "ocv_high_v": "Open circuit, to",
            "resistance_1khz_low_ohm": "At 1 kHz, from", "resistance_1khz_high_ohm": "At 1 kHz, to",
        }  # fmt: skip
        for name, label in labels.items():
            self.fields[name].label = label
        self.fields["temperature_c"].initial = edition.temperature_c
        self.fields["reason"] = forms.CharField(
            max_length=500, required=False, label="Why they change", help_text="Where there are some already."
        )
