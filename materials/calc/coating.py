"""What a coating run does to a powder: time, thickness and mass."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

ANGSTROM_PER_NM = 10.0
SECONDS_PER_MINUTE = 60.0


@dataclass(frozen=True)
class AldStep:
    """One step of an ALD cycle: a pulse or a purge of what ``name`` says, for ``duration_s`` seconds."""

    kind: str
    name: str
    duration_s: float


@dataclass(frozen=True)
class AldRun:
    """How long a run takes and how often its powder bed turns meanwhile."""

    cycle_time_s: float
    run_time_s: float
    bed_turns: float


@dataclass(frozen=True)
class ShellMass:
    """A coating's mass as a fraction: of the powder put in, and of the powder that comes out."""

    gain_on_powder: float
    fraction_of_product: float


def ald_run(*, steps: Sequence[AldStep], cycles: int, rotation_rpm: float) -> AldRun:
    """Return the time of a rotary-bed ALD run and the turns of its bed.

    steps         One cycle in order; durations in s.
    rotation_rpm  Turns of the bed per minute.

    Raises ValueError for an empty cycle, a negative duration, rotation or less than one cycle.
    docs/science/ald-growth.md.

    >>> steps = [AldStep("pulse", "Nb(OEt)5", 1.0), AldStep("purge", "Ar", 20.0),
    ...          AldStep("pulse", "H2O", 0.1), AldStep("purge", "Ar", 20.0)]
    >>> run = ald_run(steps=steps, cycles=30, rotation_rpm=3)
    >>> round(run.cycle_time_s, 1), round(run.run_time_s / 60, 2), round(run.bed_turns, 2)
    (41.1, 20.55, 61.65)
    """
    if not steps:
        raise ValueError("An ALD cycle has at least one step.")
    for step in steps:
        if not step.duration_s >= 0:
            raise ValueError(f"The {step.kind} of {step.name} cannot last {step.duration_s:g} s.")
    if cycles < 1:
        raise ValueError(f"An ALD run has at least one cycle, not {cycles}.")
    if not rotation_rpm >= 0:
        raise ValueError(f"A bed cannot turn at {rotation_rpm:g} rpm.")
    cycle_time_s = math.fsum(step.duration_s for step in steps)
    run_time_s = cycles * cycle_time_s
    return AldRun(cycle_time_s, run_time_s, run_time_s / SECONDS_PER_MINUTE * rotation_rpm)


def growth_per_cycle_angstrom(*, thickness_nm: float, cycles: int) -> float:
    """Return the growth per cycle in angstrom, the thickness divided by the cycles.

    With one thickness there is no way to tell a delayed start from slow growth; several thicknesses over the
    cycle number give a slope instead. Raises ValueError for no cycle or a thickness below zero.

    >>> round(growth_per_cycle_angstrom(thickness_nm=5, cycles=30), 2)
    1.67
    """
    if cycles < 1:
        raise ValueError(f"Growth per cycle needs at least one cycle, not {cycles}.")
    if not thickness_nm >= 0:
        raise ValueError(f"A coating cannot be {thickness_nm:g} nm thick.")
    return thickness_nm * ANGSTROM_PER_NM / cycles


def shell_mass_fraction(
    *, thickness_nm: float, diameter_um: float, coating_density_g_cm3: float, core_density_g_cm3: float
) -> ShellMass:
    """Return the mass of an even shell on a sphere, per mass of core and per mass of both (fractions).

    Real particles are rougher than spheres, so this is what smooth ones would carry; weighing seldom sees it,
    since powder is lost and water leaves at the same time. Raises ValueError for what is not above zero.
    docs/science/mass-fractions.md.

    >>> shell = shell_mass_fraction(thickness_nm=5, diameter_um=3.5,
    ...                             coating_density_g_cm3=4.47, core_density_g_cm3=4.75)
    >>> round(100 * shell.gain_on_powder, 2), round(100 * shell.fraction_of_product, 2)
    (0.81, 0.8)
    """
    if not thickness_nm >= 0:
        raise ValueError(f"A coating cannot be {thickness_nm:g} nm thick.")
    for name, value in (
        ("particle diameter in um", diameter_um),
        ("coating density in g/cm3", coating_density_g_cm3),
        ("core density in g/cm3", core_density_g_cm3),
    ):
        if not value > 0:
            raise ValueError(f"The {name} must be above 0, not {value:g}.")
    growth = 2 * thickness_nm / (diameter_um * 1000)
    # (1 + growth)^3 - 1 written out, because the difference of two nearly equal numbers loses digits.
    shell_volume = growth * (3 + growth * (3 + growth))
    gain = shell_volume * coating_density_g_cm3 / core_density_g_cm3
    return ShellMass(gain, gain / (1 + gain))
