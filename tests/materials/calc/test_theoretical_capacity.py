"""G41: theoretical capacities against the paper's, not against our own output."""

from __future__ import annotations

import pytest

from materials.calc.capacity import theoretical_capacity_mah_g
from materials.calc.formula import molar_mass_g_mol


def test_nmc532_holds_277_6_mah_g_per_lithium() -> None:
    mass = molar_mass_g_mol("LiNi0.5Mn0.3Co0.2O2")
    assert theoretical_capacity_mah_g(molar_mass_g_mol=mass) == pytest.approx(277.6, abs=0.05)


def test_lto_holds_175_1_mah_g_for_three_lithium() -> None:
    mass = molar_mass_g_mol("Li4Ti5O12")
    assert theoretical_capacity_mah_g(molar_mass_g_mol=mass, electrons=3) == pytest.approx(175.1, abs=0.05)


@pytest.mark.parametrize(("mass", "electrons"), [(0, 1), (-5, 1), (100, 0), (float("nan"), 1)])
def test_what_is_not_above_zero_is_refused(mass: float, electrons: float) -> None:
    with pytest.raises(ValueError, match=r"above 0|More than 0"):
        theoretical_capacity_mah_g(molar_mass_g_mol=mass, electrons=electrons)
