"""What each pulse of a titration says: resistances, overpotential, and a diffusion coefficient where it holds."""

from __future__ import annotations

from testing.calc import gitt as calc
from testing.methods.base import Answer, Answers, Inputs, Method, NoNumber, Number, Output, Parameter
from testing.methods.measuring import columns, has_phase

INSTANT = "gitt_instant_resistance_ohm"
TOTAL = "gitt_total_resistance_ohm"
OVERPOTENTIAL = "gitt_overpotential_v"
DIFFUSION = "diffusion_coefficient_cm2_s"
NOT_STATED = "not stated"
AREA_BASES = (NOT_STATED, "sphere", "bet")


def _length(
    area_basis: str, radius_um: float, surface_m2_g: float, density_g_cm3: float
) -> calc.DiffusionLength:
    """Return what the area is taken to be; raises ValueError where its numbers are missing."""
    if area_basis == "sphere" and radius_um > 0:
        return calc.DiffusionLength.sphere(radius_cm=radius_um / 1e4)
    if area_basis == "bet" and surface_m2_g > 0 and density_g_cm3 > 0:
        return calc.DiffusionLength.bet(surface_m2_g=surface_m2_g, density_g_cm3=density_g_cm3)
    raise ValueError(
        "D not computed: it is not stated what area lithium passes through (spheres with a radius, or a gas surface "
        "with a density); the area enters squared, so it has no default."
    )


def _compute(
    inputs: Inputs,
    *,
    area_basis: str,
    particle_radius_um: float,
    surface_m2_g: float,
    density_g_cm3: float,
    instant_s: float,
    relaxed_mv_h: float,
) -> Answers:
    test = inputs.test
    time, voltage, current = columns(test)
    refused = ""
    try:
        length = _length(area_basis, particle_radius_um, surface_m2_g, density_g_cm3)
    except ValueError as problem:
        # Resistances need no area, so any will do for them.
        refused, length = str(problem), calc.DiffusionLength.sphere(radius_cm=1.0)
    pulses = calc.titrations(
        time, voltage, current, length=length, instant_s=instant_s, relaxed_v_per_h=relaxed_mv_h / 1000
    )
    found: dict[str, list[Answer]] = {output.name: [] for output in METHOD.outputs}
    for one in pulses:
        variant = f"pulse {one.number:02d} at {one.start_voltage_v:.3f} V"
        basis = f"{one.current_ma:+.4g} mA for {one.pulse_s:.4g} s, rest of {one.rest_s:.4g} s, {test.code}"
        found[INSTANT].append(
            Number(one.instant_ohm, f"{basis}; first point at {one.first_point_s:.3g} s", None, variant)
        )
        found[TOTAL].append(Number(one.total_ohm, f"{basis}; end of pulse to relaxed", None, variant))
        found[OVERPOTENTIAL].append(
            Number(one.overpotential_v, f"{basis}; end of pulse to relaxed", None, variant)
        )
        found[DIFFUSION].append(_diffusion(one, basis, refused, variant))
    return found


def _diffusion(one: calc.Titration, basis: str, refused: str, variant: str) -> Answer:
    told = one.diffusion
    if refused or told.value_cm2_s is None or told.validity is None:
        return NoNumber(refused or told.reason, variant)
    bound = f"LOWER BOUND: {told.reason}; " if told.verdict == "lower bound" else ""
    return Number(
        told.value_cm2_s,
        f"{bound}D t / r² = {told.validity:.2g}, r² of the square root of time {told.r_squared:.4f}, area of "
        f"{told.basis}; {basis}",
        None,
        variant,
    )


METHOD = Method(
    name=calc.METHOD,
    version=calc.VERSION,
    scope="test",
    outputs=(
        Output(INSTANT, "GITT instant resistance", "ohm", "Step of the voltage at the pulse's first point."),
        Output(TOTAL, "GITT total resistance", "ohm", "End of the pulse to the relaxed voltage."),
        Output(OVERPOTENTIAL, "GITT overpotential", "V", "End of the pulse to the relaxed voltage."),
        Output(DIFFUSION, "Diffusion coefficient", "cm2/s", "Weppner and Huggins, with its validity number."),
    ),
    needs=frozenset({"rows"}),
    compute=_compute,
    science="gitt",
    parameters=(
        Parameter("area_basis", NOT_STATED, "What area lithium passes through", choices=AREA_BASES),
        Parameter("particle_radius_um", 0.0, "Radius of the particles", "um"),
        Parameter("surface_m2_g", 0.0, "Surface by gas adsorption", "m2/g"),
        Parameter("density_g_cm3", 0.0, "Density of the particles", "g/cm3"),
        Parameter("instant_s", calc.INSTANT_S, "Where diffusion begins in a pulse", "s"),
        Parameter("relaxed_mv_h", 1000 * calc.RELAXED_V_PER_H, "A rest is relaxed below", "mV/h"),
    ),
    applies=lambda inputs: any(has_phase(test, "gitt") and test.rows is not None for test in inputs.tests),
)
