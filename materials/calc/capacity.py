"""What an active material could hold by its formula."""

# CODATA 2018, exact since the SI of 2019: 96485.33212 C/mol; 3.6 C are one mAh.
FARADAY_C_MOL = 96485.33212
COULOMB_PER_MAH = 3.6


def theoretical_capacity_mah_g(*, molar_mass_g_mol: float, electrons: float = 1) -> float:
    """Return the specific capacity in mAh/g if ``electrons`` per formula unit are exchanged.

    Raises ValueError where the molar mass or the number of electrons is not above 0.
    docs/science/theoretical-capacity.md.

    >>> round(theoretical_capacity_mah_g(molar_mass_g_mol=96.553), 1)
    277.6
    >>> round(theoretical_capacity_mah_g(molar_mass_g_mol=459.09, electrons=3), 1)
    175.1
    """
    if not molar_mass_g_mol > 0:
        raise ValueError(f"A molar mass is above 0 g/mol, not {molar_mass_g_mol:g}.")
    if not electrons > 0:
        raise ValueError(f"More than 0 electrons are exchanged, not {electrons:g}.")
    return electrons * FARADAY_C_MOL / COULOMB_PER_MAH / molar_mass_g_mol
