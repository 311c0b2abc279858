"""Energy: its efficiency, the mean voltages, and the two parts that the efficiency is made of."""

from dataclasses import dataclass

from testing.calc.cycles import CycleSummary

METHOD = "energy_efficiency"
VERSION = "1"


@dataclass(frozen=True)
class EnergyEfficiency:
    """What comes back of the energy of a cycle; efficiencies are fractions, voltages those of the cell in V.

    value = coulombic x voltage: what is lost as charge, and what is lost as voltage.
    polarisation_v is the difference of the mean voltages; a change of plateau enters it too.
    """

    value: float
    coulombic: float
    voltage: float
    charge_mean_voltage_v: float
    discharge_mean_voltage_v: float
    polarisation_v: float
    method: str = METHOD
    method_version: str = VERSION


def energy_efficiency(cycle: CycleSummary) -> EnergyEfficiency:
    """Return the energy discharged over the energy charged, and what it is made of.

    Voltages are those of the cell, not against Li: a constant added to both would change the ratio.
    Raises ValueError if the cycle is not complete. EMMO EnergyEfficiency, RoundTripEnergyEfficiency.
    Method "energy_efficiency", version "1": docs/science/energy-efficiency.md.

    >>> cycle = CycleSummary(1, 1.0, 0.9, 2.2, 1.89, 0.9, True, 0, 1, None, None, 7200, 3600, 3600, None, 1.0, 1.0)
    >>> found = energy_efficiency(cycle)
    >>> round(found.value, 4), round(found.coulombic * found.voltage, 4), round(found.polarisation_v, 3)
    (0.8591, 0.8591, 0.1)
    """
    charge, discharge = cycle.charge_capacity_mah, cycle.discharge_capacity_mah
    put_in, came_out = cycle.charge_energy_mwh, cycle.discharge_energy_mwh
    if charge is None or discharge is None or put_in is None or came_out is None:
        raise ValueError(f"Energy efficiency not computed: cycle {cycle.cycle_number} is not complete.")
    if not (charge > 0 and discharge > 0 and put_in > 0):
        raise ValueError(f"Energy efficiency not computed: cycle {cycle.cycle_number} moved no energy.")
    up, down = put_in / charge, came_out / discharge
    return EnergyEfficiency(
        value=came_out / put_in,
        coulombic=discharge / charge,
        voltage=down / up,
        charge_mean_voltage_v=up,
        discharge_mean_voltage_v=down,
        polarisation_v=up - down,
    )
