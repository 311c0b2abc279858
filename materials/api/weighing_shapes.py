"""Parsing and printing of weighing sheets."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from lims.api.serializers import CodeField, MassField, ProjectField, RecordSerializer
from lims.units import mg_from_ug
from materials import actions
from materials.api.composite_shapes import PlanMixSerializer
from materials.models import FormulationPart, Powder, WeighingRow, WeighingSheet
from materials.weighings import RowStanding, stand


class PlanSheetSerializer(PlanMixSerializer):
    """A plan that is kept as a sheet."""

    project = ProjectField(required=False, allow_null=True, default=None)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    note = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class SheetSerializer(RecordSerializer):
    """A weighing sheet."""

    name = serializers.CharField(read_only=True)
    state = serializers.CharField(read_only=True)
    formulation = serializers.CharField(source="edition.formulation.code", read_only=True)
    edition = serializers.IntegerField(source="edition.number", read_only=True)
    total_mass_mg = MassField(source="total_ug", read_only=True)
    planned_for = serializers.CharField(read_only=True)
    balance = serializers.CharField(source="balance.code", read_only=True, default=None, allow_null=True)
    batch = serializers.CharField(source="batch.code", read_only=True, default=None, allow_null=True)


class SheetDetailSerializer(SheetSerializer):
    """A weighing sheet with its rows, the ratio so far in parts, and what would restore it where a row is over."""

    standing = serializers.SerializerMethodField()

    def get_standing(self, sheet: WeighingSheet) -> dict[str, Any]:
        now = stand(sheet)
        proposal = now.proposal
        return {
            "rows": [_row(one) for one in now.rows],
            "ratio": [
                {"name": part.name, "meant": part.parts, "weighed": now.running[part.name]}
                for part in now.parts
            ],
            "rebalancing": None
            if proposal is None
            else {
                "total_mass_mg": float(mg_from_ug(proposal.total_ug)),
                "targets_mg": {
                    str(now.rows[place].row.order): float(mg_from_ug(target_ug))
                    for place, target_ug in proposal.targets_ug.items()
                },
                "top_ups_mg": {name: float(mg_from_ug(ug)) for name, ug in proposal.top_ups_ug.items()},
                "short": actions.shortages(sheet, [one.row for one in now.rows], proposal),
            },
        }


def _row(one: RowStanding) -> dict[str, Any]:
    row: WeighingRow = one.row
    part: FormulationPart | None = row.part

    def mg(mass_ug: int | None) -> float | None:
        return None if mass_ug is None else float(mg_from_ug(mass_ug))

    return {
        "row": row.order,
        "name": one.name,
        "order": part.order if part else None,
        "powder": row.powder.code if row.powder else None,
        "target_mg": mg(row.target_ug),
        "tolerance_mg": mg(row.tolerance_ug),
        "mass_mg": mg(row.mass_ug),
        "boat_full_mg": mg(row.boat_full_ug),
        "boat_after_mg": mg(row.boat_after_ug),
        "reading": row.reading,
        "standing": one.standing,
        "weighed_at": row.weighed_at,
        "weighed_by": row.weighed_by.username if row.weighed_by else None,
    }


class RowSerializer(serializers.Serializer):
    """Which row of the sheet."""

    row = serializers.IntegerField(min_value=1)


class ScanSerializer(RowSerializer):
    """The jar that a row is weighed from."""

    powder = CodeField(queryset=Powder.objects.all())
    instead = serializers.BooleanField(
        required=False, default=False, help_text="Take another jar of the right material than the plan chose."
    )


class RestSerializer(RowSerializer):
    """The other jar that what is missing of a row comes from."""

    powder = CodeField(queryset=Powder.objects.all())


class WeighRowSerializer(RowSerializer):
    """What the balance showed: its print-out as it sent it, the net mass, or the boat's two masses."""

    reading = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    mass_mg = MassField(source="mass_ug", required=False)
    boat_full_mg = MassField(source="boat_full_ug", required=False)
    boat_after_mg = MassField(source="boat_after_ug", required=False)
    replaces_mg = MassField(
        source="replaces_ug",
        required=False,
        allow_null=True,
        default=None,
        help_text="What the row holds already, where it is to be weighed anew.",
    )


class DropSerializer(serializers.Serializer):
    """Why a sheet is dropped."""

    reason = serializers.CharField(max_length=500)
