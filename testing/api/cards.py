"""The set-up card as JSON: numbers for a script that sets up a cycler."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from cells.models import CellBasis
from testing.models import CellTest
from testing.naming import card_name
from testing.protocols import currents_of, duration_of, expected_end, setting_of
from testing.setup_card import one_c_note


class RateCurrentSerializer(serializers.Serializer):
    """A rate and its current on this cell."""

    rate = serializers.CharField()
    current_ma = serializers.FloatField()
    current_density_ma_cm2 = serializers.FloatField(allow_null=True)


class SetupCardSerializer(serializers.Serializer):
    """What to enter into the cycler. Voltages are those at the cell."""

    file_name = serializers.CharField()
    one_c_current_ma = serializers.FloatField(allow_null=True)
    one_c_note = serializers.CharField()
    currents = RateCurrentSerializer(many=True)
    upper_cell_voltage_v = serializers.FloatField(allow_null=True)
    lower_cell_voltage_v = serializers.FloatField(allow_null=True)
    reference_offset_v = serializers.FloatField(allow_null=True)
    area_cm2 = serializers.FloatField(allow_null=True)
    temperature_c = serializers.FloatField(allow_null=True)
    expected_duration_h = serializers.FloatField(allow_null=True)
    open_holds = serializers.IntegerField(allow_null=True)
    expected_end_at = serializers.DateTimeField(allow_null=True)


def card_facts(test: CellTest) -> dict[str, Any]:
    """Return the card of a test."""
    basis = CellBasis.objects.filter(cell=test.cell_id, current=True).first()
    area_cm2 = basis.area_cm2 if basis else None
    setting, duration = setting_of(test), duration_of(test)
    return {
        "file_name": card_name(test),
        "one_c_current_ma": setting.one_c_current_ma,
        "one_c_note": one_c_note(test),
        "currents": [
            {
                "rate": each.label,
                "current_ma": each.current_ma,
                "current_density_ma_cm2": each.current_density_ma_cm2,
            }
            for each in currents_of(test, area_cm2)
        ],
        "upper_cell_voltage_v": setting.upper_cell_v,
        "lower_cell_voltage_v": setting.lower_cell_v,
        "reference_offset_v": setting.reference_offset_v,
        "area_cm2": area_cm2,
        "temperature_c": test.temperature_c,
        "expected_duration_h": duration.seconds / 3600 if duration else None,
        "open_holds": duration.open_holds if duration else None,
        "expected_end_at": expected_end(test, test.performed_at),
    }
