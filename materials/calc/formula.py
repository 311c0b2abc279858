"""Chemical formulas: what they weigh."""

import functools
import re

import periodictable
from pyparsing import ParseException

# Elements, counts and brackets alone: the library's parser would take mixtures, sequences and densities too.
FORMULA = re.compile(r"(?:[A-Z][a-z]?|\d+(?:\.\d+)?|[()])+")


@functools.cache
def molar_mass_g_mol(formula: str) -> float:
    """Return the molar mass in g/mol of a formula unit, natural isotopes assumed.

    formula  Element symbols with counts that may be fractions, and groups in brackets.

    Raises ValueError with a sentence for what is no formula. Atomic masses are those that the periodictable
    library takes from CIAAW.

    >>> round(molar_mass_g_mol("LiNi0.5Mn0.3Co0.2O2"), 3), round(molar_mass_g_mol("LiNb(OC2H5)6"), 2)
    (96.553, 370.21)
    """
    if not FORMULA.fullmatch(formula):
        raise ValueError(
            f"{formula!r} is no chemical formula: it consists of element symbols, counts and brackets."
        )
    try:
        mass = float(periodictable.formula(formula).mass)
    except ParseException as problem:
        raise ValueError(
            f"{formula!r} is no chemical formula: it breaks off at {problem.found}."
        ) from problem
    except ValueError as problem:
        raise ValueError(f"{formula!r} is no chemical formula: {problem}.") from problem
    if not mass > 0:
        raise ValueError(f"{formula!r} is no chemical formula: it weighs nothing.")
    return mass


def mass_fraction_of_element(formula: str, element: str) -> float:
    """Return the mass fraction of ``element`` in a formula unit.

    Raises ValueError where the formula is none or does not contain the element.

    >>> round(mass_fraction_of_element("Nb2O5", "Nb"), 4)
    0.699
    """
    molar_mass_g_mol(formula)
    fractions = {str(atom): share for atom, share in periodictable.formula(formula).mass_fraction.items()}
    if element not in fractions:
        raise ValueError(f"{formula} contains no {element}.")
    return float(fractions[element])


def elements_of(formula: str) -> frozenset[str]:
    """Return the symbols of the elements in a formula; raises ValueError where it is none.

    >>> sorted(elements_of("LiNbO3"))
    ['Li', 'Nb', 'O']
    """
    molar_mass_g_mol(formula)
    return frozenset(str(atom) for atom in periodictable.formula(formula).atoms)
