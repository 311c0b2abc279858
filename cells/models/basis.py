"""What a cell's numbers are divided by, in versions: rewritten in the transaction that corrects a mass."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from cells.models.cell import Cell


class CellBasis(models.Model):
    """Area, masses and capacities of one cell, each with its standard uncertainty (k = 1) where it is known."""

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="bases")
    version = models.PositiveIntegerField()
    current = models.BooleanField(default=True)
    computed_at = models.DateTimeField(auto_now_add=True)
    method = models.CharField(max_length=40)
    method_version = models.CharField(max_length=12)
    np_basis = models.CharField(max_length=12, blank=True)
    area_cm2 = models.FloatField(null=True)
    positive_composite_mass_mg = models.FloatField(null=True)
    positive_active_mass_mg = models.FloatField(null=True)
    composite_loading_mg_cm2 = models.FloatField(null=True)
    active_loading_mg_cm2 = models.FloatField(null=True)
    areal_capacity_mah_cm2 = models.FloatField(null=True)
    negative_areal_capacity_mah_cm2 = models.FloatField(null=True)
    capacity_mah = models.FloatField(null=True)
    np_ratio = models.FloatField(null=True)
    one_c_current_ma = models.FloatField(null=True)
    one_c_current_density_ma_cm2 = models.FloatField(null=True)
    np_ratio_reversible = models.FloatField(null=True)
    np_ratio_first_charge = models.FloatField(null=True)
    np_ratio_theoretical = models.FloatField(null=True)
    first_charge_areal_capacity_mah_cm2 = models.FloatField(null=True)
    negative_composite_mass_mg = models.FloatField(null=True)
    negative_active_loading_mg_cm2 = models.FloatField(null=True)
    counter_excess = models.FloatField(null=True)
    separator_areal_mass_mg_cm2 = models.FloatField(null=True)
    separator_dense_thickness_um = models.FloatField(null=True)
    positive_dense_thickness_um = models.FloatField(null=True)
    negative_dense_thickness_um = models.FloatField(null=True)
    uncertainties = models.JSONField(default=dict)
    missing = models.JSONField(default=dict, help_text="By a quantity's name: why it could not be computed.")

    QUANTITIES = (
        "area_cm2",
        "positive_composite_mass_mg",
        "positive_active_mass_mg",
        "composite_loading_mg_cm2",
        "active_loading_mg_cm2",
        "areal_capacity_mah_cm2",
        "negative_areal_capacity_mah_cm2",
        "capacity_mah",
        "np_ratio",
        "one_c_current_ma",
        "one_c_current_density_ma_cm2",
        "np_ratio_reversible",
        "np_ratio_first_charge",
        "np_ratio_theoretical",
        "first_charge_areal_capacity_mah_cm2",
        "negative_composite_mass_mg",
        "negative_active_loading_mg_cm2",
        "counter_excess",
        "separator_areal_mass_mg_cm2",
        "separator_dense_thickness_um",
        "positive_dense_thickness_um",
        "negative_dense_thickness_um",
    )

    class Meta:
        verbose_name_plural = "cell bases"
        constraints = [
            models.UniqueConstraint(name="one_basis_version_each", fields=["cell", "version"]),
            models.UniqueConstraint(name="one_current_basis", fields=["cell"], condition=Q(current=True)),
        ]

    def __str__(self) -> str:
        return f"basis {self.version} of {self.cell_id}"

    def quantity(self, name: str) -> tuple[float, float | None] | None:
        """Return value and standard uncertainty of one quantity, or None where it could not be computed."""
        value = getattr(self, name)
        return None if value is None else (value, self.uncertainties.get(name))
