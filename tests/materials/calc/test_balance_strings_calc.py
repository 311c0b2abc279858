"""Balance print-outs: what real balances send is read, and what cannot be trusted is refused with a sentence."""

import pytest

from materials.calc.balance_strings import read_balance

READ = [
    # Mettler Toledo, MT-SICS
    ("S S     12.345 g", 12_345_000),
    ("S S      12.34 mg", 12_340),
    ("S S   0.012345 g", 12_345),
    ("S S    127.31[5] mg", 127_315),
    # Sartorius, SBI, 22 and 16 characters
    ("N     +   12.345 mg", 12_345),
    ("N     +    0.0123 g  ", 12_300),
    ("G#    +  1234.5 mg", 1_234_500),
    ("+   12.345 mg ", 12_345),
    # A&D
    ("ST,+00012.34  mg", 12_340),
    ("ST,NT,+0012.345  g", 12_345_000),
    # Ohaus
    ("   12.345 mg", 12_345),
    ("      12.3 mg     N", 12_300),
    # typed by a person: mg, with either decimal sign
    ("12.3", 12_300),
    ("12,3", 12_300),
    ("127", 127_000),
    ("0.5 g", 500_000),
    ("12.5 µg", 12),
    # a finer balance: to the microgram that the ledger keeps, half to even
    ("S S   12.34567 mg", 12_346),
]

REFUSED = [
    ("S D     12.345 g", "still moving"),
    ("N     +   12.345", "still moving"),
    ("+   12.345", "still moving"),
    ("US,+00012.34  mg", "still moving"),
    ("   12.345 mg ?", "still moving"),
    ("S +", "overloaded"),
    ("OL,+9999999E+19", "overloaded"),
    ("Stat     High", "overloaded"),
    ("S -", "less than its zero"),
    ("Stat     Low", "less than its zero"),
    ("S I", "could not weigh"),
    ("Stat     Err 54", "shows no mass"),
    ("S S     12.345 ct", "is in ct"),
    ("QT,+00000012 PC", "neither a mass"),
    ("12.3 oz", "is in oz"),
    ("S S     12.345", "is in no unit"),
    ("T     +    1.234 g", "is the tare"),
    ("N     -    0.012 mg", "below zero"),
    ("-12.3", "below zero"),
    ("0.000", "nothing on the pan"),
    ("1.234,5", "neither a mass"),
    ("12.3.4", "neither a mass"),
    ("hello", "neither a mass"),
    ("", "neither a mass"),
    ("1e5", "is in e5|neither a mass"),
    ("NaN", "neither a mass"),
]


@pytest.mark.parametrize(("text", "mass_ug"), READ)
def test_what_a_balance_sends_is_read(text, mass_ug):
    reading = read_balance(text)
    assert reading.mass_ug == mass_ug
    assert reading.raw == text.strip(), "the words of the balance are kept"


@pytest.mark.parametrize(("text", "sentence"), REFUSED)
def test_what_cannot_be_trusted_is_refused(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_balance(text)
