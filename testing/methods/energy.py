"""Energy efficiency and mean voltages, of the last complete cycle at each rate."""

from __future__ import annotations

from testing.calc import energy as calc
from testing.methods.base import Answers, Inputs, Method, NoNumber, Number, Output
from testing.methods.measuring import named_steps

EFFICIENCY = "energy_efficiency"
VOLTAGE_EFFICIENCY = "voltage_efficiency"
CHARGE_V = "charge_mean_voltage_v"
DISCHARGE_V = "discharge_mean_voltage_v"
DIFFERENCE = "mean_voltage_polarisation_v"


def _compute(inputs: Inputs) -> Answers:
    test = inputs.test
    found: dict[str, list[Number | NoNumber]] = {output.name: [] for output in METHOD.outputs}
    for named in named_steps(test):
        cycle = named.last_whole
        if cycle is None:
            reason = "Energy efficiency not computed: no cycle at this rate is complete."
            for answers in found.values():
                answers.append(NoNumber(reason, named.variant))
            continue
        one = calc.energy_efficiency(cycle)
        at = f" at {named.variant}" if named.variant else ""
        basis = f"cycle {cycle.cycle_number} of {test.code}{at}, voltages of the cell"
        for name, value in (
            (EFFICIENCY, one.value),
            (VOLTAGE_EFFICIENCY, one.voltage),
            (CHARGE_V, one.charge_mean_voltage_v),
            (DISCHARGE_V, one.discharge_mean_voltage_v),
            (DIFFERENCE, one.polarisation_v),
        ):
            found[name].append(Number(value, basis, None, named.variant))
    return found


METHOD = Method(
    name=calc.METHOD,
    version=calc.VERSION,
    scope="test",
    outputs=(
        Output(EFFICIENCY, "Energy efficiency", "fraction", "Energy discharged over energy charged."),
        Output(VOLTAGE_EFFICIENCY, "Voltage efficiency", "fraction", "Mean voltages, discharge over charge."),
        Output(CHARGE_V, "Mean charge voltage", "V", "Energy over charge, at the cell."),
        Output(DISCHARGE_V, "Mean discharge voltage", "V", "Energy over charge, at the cell."),
        Output(DIFFERENCE, "Difference of mean voltages", "V", "Charge minus discharge."),
    ),
    needs=frozenset({"cycles"}),
    compute=_compute,
    science="energy-efficiency",
    applies=lambda inputs: any(cycle.complete for test in inputs.tests for cycle in test.cycles),
)
