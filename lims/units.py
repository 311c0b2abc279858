"""Units at the edges: masses are whole micrograms inside and milligrams on pages and in the API."""

from decimal import Decimal

from django.core.exceptions import ValidationError

UG_PER_MG = 1000
UG_PER_G = 1_000_000
# Half a tonne: larger than any jar, small enough that sums stay inside 64 bits.
MAX_MASS_UG = 500_000_000_000


def ug_from_mg(mass_mg: Decimal | int | str) -> int:
    """Return whole micrograms, or raise ValidationError where the mass is finer than 0.001 mg.

    >>> ug_from_mg("8.1")
    8100
    """
    mass_ug = Decimal(str(mass_mg)) * UG_PER_MG
    if mass_ug != mass_ug.to_integral_value():
        raise ValidationError(f"{mass_mg} mg is finer than the ledger's 0.001 mg.")
    return int(mass_ug)


def mg_from_ug(mass_ug: int) -> Decimal:
    """Return the same mass in milligrams, exactly.

    >>> mg_from_ug(8100)
    Decimal('8.100')
    """
    return (Decimal(mass_ug) / UG_PER_MG).quantize(Decimal("0.001"))


def mass_text(mass_ug: int) -> str:
    """Return a mass as people write it: milligrams with no needless zeros.

    >>> mass_text(13_280), mass_text(2_000_000), mass_text(-1)
    ('13.28 mg', '2000 mg', '-0.001 mg')
    """
    return f"{format(mg_from_ug(mass_ug), 'f').rstrip('0').rstrip('.')} mg"
