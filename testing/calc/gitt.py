"""Titration by pulses and rests: resistances, and a diffusion coefficient where the method holds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

METHOD = "gitt"
VERSION = "1"

# Above this the sphere is no longer half infinite: 23 % too low at 0.02 and worse beyond.
LARGEST_VALIDITY = 0.02
SMALLEST_R_SQUARED = 0.99
RELAXED_V_PER_H = 0.001
INSTANT_S = 10.0
END_SHARE = 0.2

AreaBasis = Literal["sphere", "bet", "geometric"]
Verdict = Literal["valid", "lower bound", "refused"]


@dataclass(frozen=True)
class DiffusionLength:
    """Volume over the area that lithium passes through, in cm, and what that area was taken to be.

    It enters squared, and bases differ by orders of magnitude, so there is no default.
    """

    basis: AreaBasis
    length_cm: float

    @classmethod
    def sphere(cls, *, radius_cm: float) -> "DiffusionLength":
        """Return a third of the radius: the particles are spheres."""
        return cls("sphere", radius_cm / 3)

    @classmethod
    def bet(cls, *, surface_m2_g: float, density_g_cm3: float) -> "DiffusionLength":
        """Return 1 / (density x surface): the area is that which gas adsorbs on."""
        return cls("bet", 1 / (density_g_cm3 * surface_m2_g * 1e4))

    @classmethod
    def geometric(cls, *, volume_cm3: float, area_cm2: float) -> "DiffusionLength":
        """Return volume over the electrode's own area: a dense film."""
        return cls("geometric", volume_cm3 / area_cm2)

    @property
    def radius_cm(self) -> float:
        """The radius of the sphere with the same volume over area, by which validity is judged."""
        return 3 * self.length_cm


@dataclass(frozen=True)
class Diffusion:
    """A diffusion coefficient in cm2/s, or the reason why there is none.

    validity   D t / r^2; below 0.02 the pulse ended before the middle of a particle noticed it.
    r_squared  Of the voltage over the square root of time.
    """

    verdict: Verdict
    value_cm2_s: float | None
    validity: float | None
    r_squared: float
    basis: AreaBasis
    reason: str = ""


@dataclass(frozen=True)
class Titration:
    """One pulse and the rest after it.

    instant_ohm      abs(V(first point) - V_rest) / abs(I); first_point_s says when that point was logged.
    total_ohm        abs(V_end - V_relaxed) / abs(I); overpotential_v is its numerator.
    steady_v         V_relaxed after the rest minus before the pulse.
    relaxation_v_h   How fast the voltage still moved at the end of the rest, in V/h.
    """

    number: int
    current_ma: float
    pulse_s: float
    rest_s: float
    start_voltage_v: float
    end_voltage_v: float
    relaxed_voltage_v: float
    first_point_s: float
    instant_ohm: float
    total_ohm: float
    overpotential_v: float
    steady_v: float
    relaxation_v_h: float
    relaxed: bool
    diffusion: Diffusion
    charge_mah: float
    method: str = METHOD
    method_version: str = VERSION


def titrations(
    time_s: npt.ArrayLike,
    voltage_v: npt.ArrayLike,
    current_a: npt.ArrayLike,
    *,
    length: DiffusionLength,
    instant_s: float = INSTANT_S,
    relaxed_v_per_h: float = RELAXED_V_PER_H,
    threshold_a: float | None = None,
) -> tuple[Titration, ...]:
    """Return what each pulse of a titration says, in order; a pulse without a rest on both sides says nothing.

    time_s, voltage_v, current_a  Shape (n,), current in A, positive while charging.
    length                        See ``DiffusionLength``; there is no default.
    instant_s                     Where the diffusion part of the pulse begins: after interfaces have answered.
    relaxed_v_per_h               The rest counts as relaxed if the voltage moves less than this at its end.
    threshold_a                   Above it current counts as a pulse; by default 5 % of the largest one.

    Raises ValueError if the record has no pulse between two rests. Weppner, Huggins, J. Electrochem. Soc. 124,
    1569 (1977), doi 10.1149/1.2133112; the spread that bases and non-ideal pulses cause: Kang, Chueh,
    J. Electrochem. Soc. 168, 120504 (2021). Method "gitt", version "1": docs/science/gitt.md.
    """
    time, voltage, current = (np.asarray(v, dtype=np.float64) for v in (time_s, voltage_v, current_a))
    largest = float(np.abs(current).max()) if len(current) else 0.0
    flows = np.abs(current) > (0.05 * largest if threshold_a is None else threshold_a)
    edges = np.flatnonzero(np.diff(flows.astype(np.int8))) + 1
    bounds = [0, *(int(edge) for edge in edges), len(flows)]
    parts = [(start, stop, bool(flows[start])) for start, stop in pairwise(bounds)]
    found: list[Titration] = []
    for before, pulse, rest in zip(parts, parts[1:], parts[2:], strict=False):
        if before[2] or not pulse[2] or rest[2]:
            continue
        rows = [slice(*part[:2]) for part in (before, pulse, rest)]
        if rows[1].stop - rows[1].start < 3 or rows[2].stop - rows[2].start < 3:
            continue
        found.append(
            _titration(len(found) + 1, time, voltage, current, rows, length, instant_s, relaxed_v_per_h)
        )
    if not found:
        raise ValueError("GITT not computed: the record has no pulse between two rests.")
    return tuple(found)


def _titration(
    number: int,
    time: npt.NDArray[np.float64],
    voltage: npt.NDArray[np.float64],
    current: npt.NDArray[np.float64],
    rows: Sequence[slice],
    length: DiffusionLength,
    instant_s: float,
    relaxed_v_per_h: float,
) -> Titration:
    before, pulse, rest = rows
    start_s, start_v = float(time[before][-1]), float(voltage[before][-1])
    since, during = time[pulse] - start_s, voltage[pulse]
    level = float(np.median(current[pulse]))
    end_v, relaxed_v = float(during[-1]), float(voltage[rest][-1])
    drift = _end_drift_v_h(time[rest], voltage[rest])
    pulse_s = float(since[-1])
    relaxed = abs(drift) <= relaxed_v_per_h
    overpotential = abs(end_v - relaxed_v)
    return Titration(
        number=number,
        current_ma=1000 * level,
        pulse_s=pulse_s,
        rest_s=float(time[rest][-1] - time[pulse][-1]),
        start_voltage_v=start_v,
        end_voltage_v=end_v,
        relaxed_voltage_v=relaxed_v,
        first_point_s=float(since[0]),
        instant_ohm=abs(float(during[0]) - start_v) / abs(level),
        total_ohm=overpotential / abs(level),
        overpotential_v=overpotential,
        steady_v=relaxed_v - start_v,
        relaxation_v_h=drift,
        relaxed=relaxed,
        diffusion=_diffusion(since, during, relaxed_v - start_v, length, instant_s, relaxed, drift),
        charge_mah=abs(level) * pulse_s / 3.6,
    )


def _end_drift_v_h(time: npt.NDArray[np.float64], voltage: npt.NDArray[np.float64]) -> float:
    """Return the slope of the voltage over the last fifth of a rest in V/h."""
    kept = time >= time[-1] - END_SHARE * (time[-1] - time[0])
    if kept.sum() < 2:
        kept[-2:] = True
    hours = (time[kept] - time[kept].mean()) / 3600
    return float((hours * voltage[kept]).sum() / (hours**2).sum())


def _diffusion(
    since: npt.NDArray[np.float64],
    during: npt.NDArray[np.float64],
    steady_v: float,
    length: DiffusionLength,
    instant_s: float,
    relaxed: bool,  # noqa: FBT001
    drift: float,
) -> Diffusion:
    kept = since >= instant_s
    if kept.sum() < 5:
        reason = f"D not computed: fewer than five points lie later than {instant_s:g} s in the pulse."
        return Diffusion("refused", None, None, 0.0, length.basis, reason)
    root = np.sqrt(since[kept])
    r_squared = float(np.corrcoef(root, during[kept])[0, 1] ** 2)
    if not relaxed:
        reason = (
            f"D not computed: the voltage still moved by {1000 * abs(drift):.2g} mV/h at the end of the rest."
        )
        return Diffusion("refused", None, None, r_squared, length.basis, reason)
    pulse_s = float(since[-1])
    # The part before ``instant_s`` holds the answer of interfaces; a square root of time says what is missing.
    transient_v = float(during[-1] - during[kept][0]) / (1 - math.sqrt(float(since[kept][0]) / pulse_s))
    if transient_v == 0 or steady_v * transient_v <= 0:
        reason = "D not computed: the voltage at rest and that in the pulse did not move the same way."
        return Diffusion("refused", None, None, r_squared, length.basis, reason)
    value = weppner_huggins(pulse_s=pulse_s, length=length, steady_v=steady_v, transient_v=transient_v)
    validity = value * pulse_s / length.radius_cm**2
    if r_squared < SMALLEST_R_SQUARED:
        reason = f"the voltage does not follow the square root of time (r² = {r_squared:.3f}, below 0.99)"
    elif validity >= LARGEST_VALIDITY:
        reason = f"D t / r² is {validity:.2g}, not below 0.02: the pulse reached the middle of the particles"
    else:
        return Diffusion("valid", value, validity, r_squared, length.basis)
    return Diffusion("lower bound", value, validity, r_squared, length.basis, reason)


def weppner_huggins(*, pulse_s: float, length: DiffusionLength, steady_v: float, transient_v: float) -> float:
    """Return 4 / (pi t) x length^2 x (steady / transient)^2 in cm2/s.

    steady_v     Change of the relaxed voltage by the pulse; transient_v that during it, without the ohmic step.

    >>> radius = DiffusionLength.sphere(radius_cm=1.75e-4)
    >>> f"{weppner_huggins(pulse_s=600, length=radius, steady_v=0.005, transient_v=0.02):.2e}"
    '4.51e-13'
    """
    return 4 / (math.pi * pulse_s) * length.length_cm**2 * (steady_v / transient_v) ** 2
