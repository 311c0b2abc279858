"""What the API says of a lot's container."""

from __future__ import annotations

from typing import Any

from lims.api.serializers import MassField
from materials.models import Powder


def lot_detail(powder: Powder) -> dict[str, Any]:
    """Return what a lot's container says, as the API prints it."""
    lot, tare = powder.lot, powder.container_tare_ug
    names = (
        "lot_number", "container_number", "catalogue_number", "purity_fraction", "particle_size_min_um",
        "particle_size_max_um",
        "concentration_g_ml", "received_on", "opened_on", "expires_on", "mass_basis",
    )  # fmt: skip
    return {
        "supplier": lot.supplier.code,
        **{name: getattr(lot, name) for name in names},
        "container_tare_mg": MassField().to_representation(tare),
    }
