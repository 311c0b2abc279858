"""Tests beside cycling, simulated: titration, pulses, voltammetry of the electrolyte, rising current."""

from dataclasses import dataclass

import numpy as np

from testing.demo.cell_model import Cell, Floats, nmc_potential_v
from testing.demo.simulator import Trace
from testing.demo.truth import ACTIVE_LOADING_MG_CM2, AREA_CM2, TRUTH

# Titration of a half cell: pulses of C/20 and long rests, so that each pulse ends before the middle of a
# particle notices it and each rest after the particle has forgotten it.
RADIUS_CM = 1.75e-4
DIFFUSION_CM2_S = 6.1e-13
PULSE_S = 600.0
REST_S = 18_000.0
PULSE_C_RATE = 0.05
PULSES = 24
PULSE_POINTS, REST_POINTS = 40, 50
MODES = 200

PULSE_MA_CM2 = 0.3
PULSE_TIMES_S = 30.0

SCAN_RATE_MV_S = 0.1
SCAN_TO_V = 4.7
SCAN_STEP_V = 0.005

LEVELS_MA_CM2 = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2)
SHORTS_AT_MA_CM2 = 0.8
LEVEL_S = 1800.0
LEVEL_OHM_CM2 = 60.0


@dataclass(frozen=True)
class TitrationTruth:
    """What the simulated half cell is: cm2/s, cm, and ohm for the step at once and at the end of a pulse."""

    diffusion_cm2_s: float
    radius_cm: float
    series_ohm: float
    interface_ohm: float

    @property
    def validity(self) -> float:
        """D t / r^2 of a pulse."""
        return self.diffusion_cm2_s * PULSE_S / self.radius_cm**2


@dataclass(frozen=True)
class VoltammetryTruth:
    """Charges in mAh/cm2 by cycle, and the voltage at which the first sweep crosses 10 uA/cm2."""

    oxidised_mah_cm2: tuple[float, ...]
    reduced_mah_cm2: tuple[float, ...]
    onset_10_ua_cm2_v: float


def titration_truth(condition: str) -> TitrationTruth:
    """Return the truth of a half cell with that cathode; interfaces are those of the first charge, halved."""
    return TitrationTruth(
        diffusion_cm2_s=DIFFUSION_CM2_S,
        radius_cm=RADIUS_CM,
        series_ohm=70.0,
        interface_ohm=26.0 if not condition.startswith("uncoated") else 59.0,
    )


def simulate_titration(condition: str, replicate: int = 2, *, pulses: int = PULSES) -> Trace:
    """Return a titration of a Li|Li6PS5Cl|NMC532 half cell in charge, voltages against Li.

    Diffusion in a sphere at constant flux is summed exactly (Crank, eq. 6.45), and rests by superposition.
    """
    if condition not in TRUTH:
        raise ValueError(f"No simulated condition is called {condition!r}.")
    truth, random = titration_truth(condition), np.random.default_rng([11, len(condition), replicate])
    current_ma = PULSE_C_RATE * 3.0 * AREA_CM2
    step_mah = current_ma * PULSE_S / 3600
    grams = ACTIVE_LOADING_MG_CM2 / 1000 * AREA_CM2 * (1 + 0.01 * (replicate - 2))
    start_mah = 12.0 * grams
    time, voltage, current = [np.linspace(0, 600, 7)], [], [np.zeros(7)]
    numbers, names = ["1_1"] * 7, ["Open Circuit Potential"] * 7
    states = start_mah + step_mah * np.arange(pulses + 1)
    rest_v = nmc_potential_v(states / grams)
    voltage.append(np.full(7, rest_v[0]))
    begins: list[float] = []
    now = 600.0
    for number in range(pulses):
        begins.append(now)
        pulse = np.geomspace(0.1, PULSE_S, PULSE_POINTS)
        rest = PULSE_S + np.geomspace(0.1, REST_S, REST_POINTS)
        since = np.concatenate([pulse, rest])
        flows = np.concatenate([np.full(PULSE_POINTS, current_ma), np.zeros(REST_POINTS)])
        at = rest_v[0] + _diffusing(now + since, begins, np.diff(rest_v), truth)
        settled = 1 - np.exp(-pulse / 2.0)
        gone = np.exp(-(rest - PULSE_S) / 2.0)
        interface = np.concatenate([settled, gone]) * truth.interface_ohm * current_ma / 1000
        time.append(now + since)
        voltage.append(at + interface + flows * truth.series_ohm / 1000)
        current.append(flows)
        numbers += [f"2_{number + 1}"] * PULSE_POINTS + [f"3_{number + 1}"] * REST_POINTS
        names += ["Constant Current"] * PULSE_POINTS + ["Open Circuit Potential"] * REST_POINTS
        now += PULSE_S + REST_S
    return _trace(
        f"SIMULATED {condition.replace(',', '')} half cell {replicate}",
        np.concatenate(time),
        np.concatenate(voltage) + 2e-5 * random.standard_normal(len(numbers)),
        np.concatenate(current) / 1000,
        (numbers, names),
        limits=(3.0, 4.3),
    )


def sphere_response(t: Floats) -> Floats:
    """Return what constant flux does to the surface of a sphere: concentration times D / (flux radius).

    t  D time / radius^2, shape (n,), not below zero. It tends to 3 t + 1/5.

    >>> float(np.round(sphere_response(np.array([1.0]))[0], 6))
    3.2
    """
    roots = _roots()
    decaying = np.exp(-np.outer(np.maximum(t, 0), roots**2)) / roots**2
    # The sum over all modes at t = 0 is 1/10; what the cut-off leaves of it is put back.
    total = 3 * t + 0.2 - 2 * decaying.sum(axis=1) - 2 * (0.1 - (1 / roots**2).sum()) * (t <= 0)
    return np.where(t > 0, total, 0.0)


def _roots() -> Floats:
    """Return the first positive roots of tan x = x, by Newton's method on sin x - x cos x."""
    x = (np.arange(1, MODES + 1) + 0.5) * np.pi
    for _ in range(8):
        x = x - (np.sin(x) - x * np.cos(x)) / (x * np.sin(x))
    return np.asarray(x, dtype=np.float64)


def _diffusing(at_s: Floats, begins: list[float], steps_v: Floats, truth: TitrationTruth) -> Floats:
    """Return the sum over pulses of what each does to the surface, scaled to the step of its rest voltage."""
    per_s = truth.diffusion_cm2_s / truth.radius_cm**2
    total = np.zeros_like(at_s)
    for begin, step_v in zip(begins, steps_v, strict=False):
        on = sphere_response(per_s * (at_s - begin))
        off = sphere_response(per_s * (at_s - begin - PULSE_S))
        total += step_v * (on - off) / (3 * per_s * PULSE_S)
    return total


def simulate_pulses(condition: str, replicate: int = 2) -> Trace:
    """Return a rest, a charge and a discharge pulse of 30 s at 0.3 mA/cm2; the charge they move is neglected."""
    cell = Cell(TRUTH[condition], replicate)
    random = np.random.default_rng([13, len(condition), replicate])
    rest_v = float(cell.equilibrium_v(cell.formation_mah_cm2[0] / 2))
    pulse, rest = np.geomspace(0.001, PULSE_TIMES_S, 60), np.geomspace(0.1, 600, 20)
    time, voltage, current = [np.linspace(0, 60, 7)], [np.full(7, rest_v)], [np.zeros(7)]
    numbers, names = ["1_1"] * 7, ["Open Circuit Potential"] * 7
    now = 60.0
    for element, sign in ((2, 1), (4, -1)):
        time += [now + pulse, now + PULSE_TIMES_S + rest]
        over = cell.overpotential_v(PULSE_MA_CM2, pulse)
        left = (over[-1] - cell.overpotential_v(PULSE_MA_CM2, 0.0)) * np.exp(-rest / 8.0)
        voltage += [rest_v + sign * over, rest_v + sign * left]
        current += [np.full(len(pulse), sign * PULSE_MA_CM2 * AREA_CM2 / 1000), np.zeros(len(rest))]
        numbers += [f"{element}_1"] * len(pulse) + [f"{element + 1}_1"] * len(rest)
        names += ["Constant Current"] * len(pulse) + ["Open Circuit Potential"] * len(rest)
        now += PULSE_TIMES_S + 600
    return _trace(
        f"SIMULATED {condition.replace(',', '')} cell {replicate}",
        np.concatenate(time),
        np.concatenate(voltage) + 2e-5 * random.standard_normal(len(numbers)),
        np.concatenate(current),
        (numbers, names),
        limits=(cell.truth.upper_limit_v - 1.3, cell.truth.upper_limit_v),
    )


def voltammetry_truth() -> VoltammetryTruth:
    """Return what the simulated electrolyte decomposes; the numbers are invented."""
    grid = np.linspace(2.0, 3.2, 120_001)
    above = _oxidation_ua_cm2(grid, 0.12) > 10
    return VoltammetryTruth((0.12, 0.02), (0.03, 0.012), float(grid[np.argmax(above)]))


def _oxidation_ua_cm2(voltage: Floats, charge_mah_cm2: float) -> Floats:
    """Return a peak about 3.3 V that holds this charge at the scan rate used."""
    width = 0.22
    hours = width * np.sqrt(2 * np.pi) / (SCAN_RATE_MV_S / 1000) / 3600
    return np.asarray(1000 * charge_mah_cm2 / hours * np.exp(-0.5 * ((voltage - 3.3) / width) ** 2))


def _reduction_ua_cm2(voltage: Floats, charge_mah_cm2: float) -> Floats:
    width = 0.18
    hours = width * np.sqrt(2 * np.pi) / (SCAN_RATE_MV_S / 1000) / 3600
    return np.asarray(1000 * charge_mah_cm2 / hours * np.exp(-0.5 * ((voltage - 1.0) / width) ** 2))


def simulate_voltammetry() -> Trace:
    """Return two cycles of Li|Li6PS5Cl|steel from 0 to 4.7 V and back at 0.1 mV/s; voltages against Li."""
    truth, random = voltammetry_truth(), np.random.default_rng(17)
    up = np.arange(0, SCAN_TO_V + SCAN_STEP_V / 2, SCAN_STEP_V)
    parts: list[Floats] = []
    currents: list[Floats] = []
    numbers: list[str] = []
    # The double layer gives a box of current whose sign is that of the scan.
    for cycle, (oxidised, reduced) in enumerate(
        zip(truth.oxidised_mah_cm2, truth.reduced_mah_cm2, strict=True), start=1
    ):
        for element, sweep in ((2, up if cycle == 1 else up[1:]), (3, up[-2::-1])):
            sign = 1 if element == 2 else -1
            faradaic = _oxidation_ua_cm2(sweep, oxidised) if sign > 0 else -_reduction_ua_cm2(sweep, reduced)
            parts.append(sweep)
            currents.append(0.4 * sign + faradaic + 0.05 * random.standard_normal(len(sweep)))
            numbers += [f"{element}_{cycle}"] * len(sweep)
    voltage, density = np.concatenate(parts), np.concatenate(currents)
    time = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(voltage)))]) / (SCAN_RATE_MV_S / 1000)
    return _trace(
        "SIMULATED Li Li6PS5Cl steel",
        time,
        voltage,
        density * AREA_CM2 / 1e6,
        (numbers, ["Cyclic Voltammetry"] * len(numbers)),
        limits=(0.0, SCAN_TO_V),
    )


def simulate_rising_current() -> Trace:
    """Return a symmetric Li cell at rising current density, 30 min each way; lithium goes through at 0.8 mA/cm2."""
    random = np.random.default_rng(19)
    points = 90
    times: list[Floats] = []
    voltages: list[Floats] = []
    currents: list[Floats] = []
    numbers: list[str] = []
    now = 0.0
    shorted = False
    for order, density in enumerate(LEVELS_MA_CM2):
        for sign in (1, -1):
            since = np.linspace(LEVEL_S / points, LEVEL_S, points)
            resistance = np.full(points, 12.0 if shorted else LEVEL_OHM_CM2)
            if density == SHORTS_AT_MA_CM2 and not shorted:
                resistance[since > LEVEL_S * 0.6] = 12.0
                shorted = True
            times.append(now + since)
            voltages.append(sign * density / 1000 * resistance * (1 + 0.001 * random.standard_normal(points)))
            currents.append(np.full(points, sign * density * AREA_CM2 / 1000))
            numbers += [f"{2 + order}_{1 if sign > 0 else 2}"] * points
            now += LEVEL_S
    return _trace(
        "SIMULATED Li Li6PS5Cl Li",
        np.concatenate(times),
        np.concatenate(voltages),
        np.concatenate(currents),
        (numbers, ["Constant Current"] * len(numbers)),
        limits=(-1.0, 1.0),
    )


def _trace(
    experiment: str,
    time_s: Floats,
    voltage_v: Floats,
    current_a: Floats,
    steps: tuple[list[str], list[str]],
    *,
    limits: tuple[float, float],
) -> Trace:
    return Trace(
        experiment=experiment,
        time_s=time_s,
        voltage_v=voltage_v,
        current_a=current_a,
        step_number=tuple(steps[0]),
        step_name=tuple(steps[1]),
        lower_limit_v=limits[0],
        upper_limit_v=limits[1],
        truth=(),
    )
