"""Mixtures: the 70:30:5:5 cathode and the 50:50:5:5 anode."""

import pytest

from materials.calc.composition import (
    mixture,
    theoretical_density_g_cm3,
    volume_fractions,
    weight_fractions,
)

CATHODE = {"NMC": 70, "LPSC": 30, "PTFE": 5, "CNF": 5}
DENSITIES = {"NMC": 4.75, "LPSC": 1.86, "PTFE": 2.2, "CNF": 1.95}


def test_parts_need_not_total_a_hundred():
    fractions = weight_fractions(CATHODE)
    assert [round(100 * value, 3) for value in fractions.values()] == [63.636, 27.273, 4.545, 4.545]
    anode = weight_fractions({"LTO": 50, "LPSC": 50, "PTFE": 5, "CNF": 5})
    assert [round(100 * value, 2) for value in anode.values()] == [45.45, 45.45, 4.55, 4.55]


def test_density_and_volumes_follow_from_specific_volumes():
    fractions = weight_fractions(CATHODE)
    assert theoretical_density_g_cm3(fractions, DENSITIES) == pytest.approx(3.08, abs=0.005)
    volumes = volume_fractions(fractions, DENSITIES)
    assert volumes["NMC"] == pytest.approx(0.41, abs=0.005)
    assert volumes["LPSC"] == pytest.approx(0.45, abs=0.005)
    assert sum(volumes.values()) == pytest.approx(1)
    equal = theoretical_density_g_cm3({"a": 0.5, "b": 0.5}, {"a": 1.0, "b": 3.0})
    assert equal == pytest.approx(1.5), "the harmonic mean, not 2.0"


def test_without_a_density_there_are_no_volumes_and_it_is_said_whose_is_missing():
    whole = mixture(CATHODE, DENSITIES)
    assert whole.density_g_cm3 == pytest.approx(3.08, abs=0.005)
    assert whole.without_density == ()
    lacking = mixture(CATHODE, {**DENSITIES, "CNF": None})
    assert (lacking.volume_fractions, lacking.density_g_cm3) == (None, None)
    assert lacking.without_density == ("CNF",)
    assert lacking.weight_fractions == whole.weight_fractions


def test_what_cannot_be_is_refused_with_its_number():
    with pytest.raises(ValueError, match="part of PTFE must be 0 or more, not -5"):
        weight_fractions({"NMC": 70, "PTFE": -5})
    with pytest.raises(ValueError, match="at least one part"):
        weight_fractions({})
    with pytest.raises(ValueError, match="density of CNF is missing"):
        theoretical_density_g_cm3({"CNF": 1.0}, {})
    with pytest.raises(ValueError, match=r"total 1, not 1\.1"):
        volume_fractions({"NMC": 0.7, "LPSC": 0.4}, DENSITIES)
