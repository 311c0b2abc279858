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
    _above_zero(
        ("particle diameter in um", diameter_um),
        ("coating density in g/cm3", coating_density_g_cm3),
        ("core density in g/cm3", core_density_g_cm3),
    )
    growth = 2 * thickness_nm / (diameter_um * 1000)
    # (1 + growth)^3 - 1 written out, because the difference of two nearly equal numbers loses digits.
    shell_volume = growth * (3 + growth * (3 + growth))
    gain = shell_volume * coating_density_g_cm3 / core_density_g_cm3
    return ShellMass(gain, gain / (1 + gain))


def sphere_surface_m2_g(*, diameter_um: float, density_g_cm3: float) -> float:
    """Return the surface of smooth spheres of one size in m2/g, 6 / (density x diameter).

    Raises ValueError for what is not above zero.

    >>> round(sphere_surface_m2_g(diameter_um=3.5, density_g_cm3=4.75), 3)
    0.361
    """
    _above_zero(("particle diameter in um", diameter_um), ("density in g/cm3", density_g_cm3))
    return 6 / (diameter_um * density_g_cm3)


def film_mass(*, thickness_nm: float, surface_m2_g: float, coating_density_g_cm3: float) -> ShellMass:
    """Return the mass of an even film on a known surface, per mass of core and per mass of both (fractions).

    surface_m2_g   Surface of the uncoated powder: from BET, or of spheres (`sphere_surface_m2_g`).

    The film is taken as thin beside the particle: area x thickness x density. Raises ValueError for a
    thickness below zero and for a surface or density that is not above it. docs/science/coating-mass.md.

    >>> film = film_mass(thickness_nm=5, surface_m2_g=6 / (2 * 4.75), coating_density_g_cm3=4.47)
    >>> round(100 * film.fraction_of_product, 2)
    1.39
    """
    if not thickness_nm >= 0:
        raise ValueError(f"A coating cannot be {thickness_nm:g} nm thick.")
    _above_zero(("surface in m2/g", surface_m2_g), ("coating density in g/cm3", coating_density_g_cm3))
    # 1 m2/g x 1 nm x 1 g/cm3 is 1e-3 g of film per g of powder.
    gain = surface_m2_g * thickness_nm * coating_density_g_cm3 / 1000
    return ShellMass(gain, gain / (1 + gain))


def equivalent_thickness_nm(
    *, gain_on_powder: float, surface_m2_g: float, coating_density_g_cm3: float
) -> float:
    """Return how thick a coating of this mass would be, were it an even film on this surface.

    gain_on_powder  Mass of the coating per mass of powder put in.

    A coating from solution is seldom even, so the number serves to compare recipes. Raises ValueError for a
    negative gain and for a surface or density that is not above zero. docs/science/coating-mass.md.

    >>> round(equivalent_thickness_nm(gain_on_powder=0.03, surface_m2_g=6 / (3.5 * 4.75),
    ...                               coating_density_g_cm3=4.65), 1)
    17.9
    """
    if not gain_on_powder >= 0:
        raise ValueError(f"A coating cannot weigh {gain_on_powder:g} of its powder.")
    _above_zero(("surface in m2/g", surface_m2_g), ("coating density in g/cm3", coating_density_g_cm3))
    return gain_on_powder * 1000 / (surface_m2_g * coating_density_g_cm3)


def coating_from_element(*, measured: float, in_coating: float, in_core: float = 0.0) -> float:
    """Return the coating's share of a coated powder from the mass fraction of one of its elements.

    measured    Mass fraction of the element in the coated powder, by ICP-OES.
    in_coating  The same in the coating itself, from its formula.
    in_core     The same in what was coated; 0 where the core is free of the element.

    The element of both parts adds up: measured = share x in_coating + (1 - share) x in_core. Raises ValueError
    where no share between 0 and 1 does that. docs/science/coating-mass.md.

    >>> round(100 * coating_from_element(measured=0.005593, in_coating=0.69904), 2)
    0.8
    """
    if not in_coating > in_core >= 0:
        raise ValueError(
            f"An element tells a coating from its core if the coating holds more of it: {in_coating:g} is not "
            f"more than {in_core:g}."
        )
    share = (measured - in_core) / (in_coating - in_core)
    if not 0 <= share <= 1:
        raise ValueError(
            f"A mass fraction of {measured:g} does not lie between the core's {in_core:g} and the coating's "
            f"{in_coating:g}."
        )
    return share


def _above_zero(*numbers: tuple[str, float]) -> None:
    for name, value in numbers:
        if not value > 0:
            raise ValueError(f"The {name} must be above 0, not {value:g}.")
