"""What is true of the simulated cells: the targets that every trace is built to meet.

Numbers are those reported in Nat. Commun. 15, 10233 (2024), doi 10.1038/s41467-024-54331-w, for
LTO|Li6PS5Cl|NMC532 cells; what it shows only in figures is interpolated or assumed and listed in ASSUMED.
Nothing here was measured.
"""

import math
from dataclasses import dataclass
from typing import Literal

Mode = Literal["cc", "cccv"]

AREA_CM2 = math.pi * 0.6**2 / 4
ACTIVE_LOADING_MG_CM2 = 8.1 * 70 / 110 / AREA_CM2
LTO_POTENTIAL_V = 1.55
LOWER_LIMIT_V = 3.0 - LTO_POTENTIAL_V
# 1C follows the design capacity at the cut-off: 165, 185 and 205 mAh/g on the printed 3 mA/cm2.
ONE_C_MA_CM2 = {4.3: 3.0, 4.5: 3.0 * 185 / 165, 4.7: 3.0 * 205 / 165}

REPLICATES = (1, 2, 3)
CAPACITY_SPREAD = 0.004
FORMATION_SURPLUS = 1.005
LONG_TERM_CYCLES = 500
# Charge and discharge at these rates, three cycles each, in this order.
RATES = (0.1, 0.2, 0.5, 1.0, 2.0, 0.1)
CYCLES_PER_RATE = 3

ASSUMED = (
    "capacities at C/5 and C/2 and those at 1C of coated cells at 4.3 and 4.5 V",
    "coulombic efficiencies of formation cycles 2 and 3 and of the rate test",
    "the share of a formation charge that passes at constant voltage",
    "retention of uncoated cells and every fade exponent",
    "interfacial resistances at 4.5 V",
)


@dataclass(frozen=True)
class LongTermTruth:
    """First capacities in mAh/cm2 and what becomes of them over 500 cycles at 1C.

    The loss after cycle n is (1 - retention) ((n - 1) / 499)^fade_exponent of the first discharge. Either the
    efficiency of cycle 2 and the tail after it are given, or 1 - CE falls as loss_first n^-loss_exponent.
    cc_share is the part of each charge that passes at constant current; below 1 the charge lasts one hour in
    all.
    """

    first_charge_mah_cm2: float
    first_discharge_mah_cm2: float
    retention: float
    fade_exponent: float
    second_efficiency: float | None = None
    tail_inefficiency: float | None = None
    loss_first: float | None = None
    loss_exponent: float | None = None
    cc_share: float = 1.0

    def discharge_mah_cm2(self, cycle: int) -> float:
        """Return the areal capacity discharged in cycle ``cycle`` (from 1)."""
        lost = (1 - self.retention) * ((cycle - 1) / (LONG_TERM_CYCLES - 1)) ** self.fade_exponent
        return float(self.first_discharge_mah_cm2 * (1 - lost))

    def charge_mah_cm2(self, cycle: int) -> float:
        """Return the areal capacity charged in cycle ``cycle`` (from 1)."""
        if cycle == 1:
            return self.first_charge_mah_cm2
        return self.discharge_mah_cm2(cycle) / self._efficiency(cycle)

    def _efficiency(self, cycle: int) -> float:
        if self.loss_first is not None and self.loss_exponent is not None:
            return float(1 - self.loss_first * float(cycle) ** -self.loss_exponent)
        if self.second_efficiency is None or self.tail_inefficiency is None:
            raise ValueError("A long-term truth needs either a loss law or a second efficiency and a tail.")
        return self.second_efficiency if cycle == 2 else 1 - self.tail_inefficiency


@dataclass(frozen=True)
class Truth:
    """One condition of the demo study. Ratios are fractions, capacities mAh/cm2, resistances ohm.

    charge_side_share  How much of the capacity lost at a higher rate is lost at the end of charge.
    connected_fraction Share of the active mass that takes part.
    """

    name: str
    coated: bool
    cut_off_vs_li_v: float
    ice_mean: float
    ice_sd: float
    interfacial_resistance_ohm: float
    capacity_mah_cm2: float
    rate_fractions: tuple[float, float, float, float]
    charge_side_share: float
    connected_fraction: float
    long_term: dict[Mode, LongTermTruth]

    @property
    def upper_limit_v(self) -> float:
        """The upper limit at the cell in V."""
        return self.cut_off_vs_li_v - LTO_POTENTIAL_V

    @property
    def one_c_ma_cm2(self) -> float:
        """The current density of 1C in mA/cm2."""
        return ONE_C_MA_CM2[self.cut_off_vs_li_v]

    @property
    def held_share(self) -> float:
        """Share of a formation charge that passes at constant voltage."""
        return 0.035 if self.coated else 0.10

    @property
    def formation_efficiencies(self) -> tuple[float, float]:
        """Coulombic efficiency of formation cycles 2 and 3."""
        return (0.990, 0.996) if self.coated else (0.965, 0.980)

    @property
    def rate_efficiency(self) -> float:
        """Share of a rate-test charge that is not parasitic."""
        return 0.999 if self.coated else 0.995

    def initial_efficiency(self, replicate: int) -> float:
        """Return the ICE of one cell: mean - sd, mean, mean + sd, so mean and sample sd are exact."""
        return self.ice_mean + _deviate(replicate) * self.ice_sd

    def capacity_factor(self, replicate: int) -> float:
        """Return what one cell's capacities are multiplied by."""
        return 1 + _deviate(replicate) * CAPACITY_SPREAD

    def rate_capacity_mah_cm2(self, rate: float) -> float:
        """Return the areal capacity discharged at ``rate`` (in C) by the middle replicate."""
        if rate == RATES[0]:
            return self.capacity_mah_cm2
        if rate not in RATES:
            raise ValueError(f"The rate test has no step at {rate:g}C.")
        return self.capacity_mah_cm2 * self.rate_fractions[RATES.index(rate) - 1]


def _deviate(replicate: int) -> int:
    if replicate not in REPLICATES:
        raise ValueError(f"There are replicates 1 to 3, not {replicate}.")
    return replicate - 2


_ALL = (
    Truth(
        name="Nb2O5-coated, 4.3 V",
        coated=True,
        cut_off_vs_li_v=4.3,
        ice_mean=0.916,
        ice_sd=0.005,
        interfacial_resistance_ohm=88,
        capacity_mah_cm2=3.0,
        rate_fractions=(0.96, 0.86, 0.73, 0.54),
        charge_side_share=0.56,
        connected_fraction=1.02,
        long_term={},
    ),
    Truth(
        name="Nb2O5-coated, 4.5 V",
        coated=True,
        cut_off_vs_li_v=4.5,
        ice_mean=0.906,
        ice_sd=0.003,
        interfacial_resistance_ohm=115,
        capacity_mah_cm2=3.1,
        rate_fractions=(0.955, 0.84, 0.7, 0.51),
        charge_side_share=0.505,
        connected_fraction=0.945,
        long_term={
            "cc": LongTermTruth(2.63, 2.12, 0.991, 1.0, second_efficiency=0.993, tail_inefficiency=2e-4)
        },
    ),
    Truth(
        name="Nb2O5-coated, 4.7 V",
        coated=True,
        cut_off_vs_li_v=4.7,
        ice_mean=0.885,
        ice_sd=0.002,
        interfacial_resistance_ohm=160,
        capacity_mah_cm2=3.52,
        rate_fractions=(0.94, 0.79, 0.623, 0.42),
        charge_side_share=0.534,
        connected_fraction=1.005,
        long_term={
            "cc": LongTermTruth(
                2.81,
                2.193,
                0.994,
                1.0,
                second_efficiency=0.9925,
                tail_inefficiency=2.5e-4,
            ),
            "cccv": LongTermTruth(
                3.41, 3.205, 0.7706, 0.8, second_efficiency=0.993, tail_inefficiency=3e-4, cc_share=0.8
            ),
        },
    ),
    Truth(
        name="uncoated, 4.3 V",
        coated=False,
        cut_off_vs_li_v=4.3,
        ice_mean=0.828,
        ice_sd=0.006,
        interfacial_resistance_ohm=500,
        capacity_mah_cm2=2.63,
        rate_fractions=(0.86, 0.62, 0.35, 0.08),
        charge_side_share=0.69,
        connected_fraction=1.02,
        long_term={},
    ),
    Truth(
        name="uncoated, 4.5 V",
        coated=False,
        cut_off_vs_li_v=4.5,
        ice_mean=0.822,
        ice_sd=0.006,
        interfacial_resistance_ohm=850,
        capacity_mah_cm2=2.85,
        rate_fractions=(0.82, 0.54, 0.28, 0.05),
        charge_side_share=0.68,
        connected_fraction=0.99,
        long_term={
            "cc": LongTermTruth(
                1.32,
                0.43,
                0.35,
                0.5,
                loss_first=0.674,
                loss_exponent=1.667,
            ),
        },
    ),
    Truth(
        name="uncoated, 4.7 V",
        coated=False,
        cut_off_vs_li_v=4.7,
        ice_mean=0.798,
        ice_sd=0.0004,
        interfacial_resistance_ohm=1350,
        capacity_mah_cm2=2.45,
        rate_fractions=(0.62, 0.2, 0.02, 0.002),
        charge_side_share=0.78,
        connected_fraction=0.81,
        long_term={
            "cc": LongTermTruth(
                0.60,
                0.03,
                0.40,
                0.5,
                loss_first=0.95,
                loss_exponent=0.798,
            ),
        },
    ),
)

TRUTH: dict[str, Truth] = {truth.name: truth for truth in _ALL}
