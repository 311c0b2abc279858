"""The paper's protocols, written as its Methods say; what it leaves open is named in the note."""

from __future__ import annotations

from testing.demo.catalogue import PAPER

FORMATION = "Formation, 3 cycles"
RATE = "Rate test"
LONG_TERM_CC = "Long-term CC, 1C, 500 cycles"
LONG_TERM_CCCV = "Long-term CCCV, 1C, charge in 1 h, 500 cycles"
EIS_FIRST_CHARGE = "Impedance in the first charge"
GITT = "GITT, C/20 pulses"
EIS_AFTER_RATE = "Impedance after the rate test"
SCAN = "Cyclic voltammetry of the electrolyte"

RATES = ("C/10", "C/5", "C/2", "1C", "2C", "C/10")
STOPS_V_VS_LI = (3.9, 4.3, 4.5, 4.7)

_THREE_AT_A_RATE = """repeat 3 times:
  charge at {rate} until upper limit
  discharge at {rate} until lower limit
"""
_UP_TO_A_STOP = """charge at C/10 until {volts} V vs Li
rest 1 h
impedance 1 MHz to 1 Hz, 30 mV rms, 10 points per decade
"""
_FORMATION = """formation, repeat 3 times:
  charge at C/10 until upper limit, then hold until C/25
  discharge at C/10 until lower limit
"""
_LONG_TERM_CC = """long-term, repeat 500 times:
  charge at 1C until upper limit
  discharge at 1C until lower limit
"""
_LONG_TERM_CCCV = """long-term, repeat 500 times:
  for at most 1 h in total:
    charge at 1C until upper limit
    hold at upper limit
  discharge at 1C until lower limit
"""
_GITT = """gitt, repeat 24 times:
  charge at C/20 until 10 min or upper limit
  rest 5 h
"""
_IMPEDANCE = "rest 1 h\nimpedance 1 MHz to 1 Hz, 30 mV rms, 10 points per decade\n"
_SCAN = """cyclic voltammetry:
  scan from 0 V vs Li to 4.7 V vs Li at 0.1 mV/s
  scan from 4.7 V vs Li to 0 V vs Li at 0.1 mV/s
"""
_EIS = "".join(_UP_TO_A_STOP.format(volts=volts) for volts in STOPS_V_VS_LI)
_LADDER = "".join(_THREE_AT_A_RATE.format(rate=rate) for rate in RATES)

# name -> text, and what the paper does not say
PROTOCOLS: dict[str, tuple[str, str]] = {
    FORMATION: (
        _FORMATION,
        f"{PAPER}. The plural 'at the respective voltage limits' leaves open whether the discharge is held too.",
    ),
    RATE: (_LADDER, f"{PAPER}. Without a hold; the same rate both ways, three cycles each."),
    LONG_TERM_CC: (_LONG_TERM_CC, f"{PAPER}. Cycle 1 is the first one after formation."),
    LONG_TERM_CCCV: (
        _LONG_TERM_CCCV,
        f"{PAPER}. Methods limit the charge to 1 h in total; the caption of Fig. 4C says the same of the discharge.",
    ),
    EIS_FIRST_CHARGE: (
        _EIS + "discharge at C/10 until lower limit\n",
        f"{PAPER}. For a 4.7 V cell. Rest and points per decade are not stated; 1 h and 10 are ours.",
    ),
    EIS_AFTER_RATE: (_IMPEDANCE, f"{PAPER}. Rest and points per decade are not stated; 1 h and 10 are ours."),
    GITT: (_GITT, f"Pulse, rest and rate stand only in the supplement of {PAPER}; these are ours."),
    SCAN: (_SCAN, f"{PAPER}. Li | Li6PS5Cl | steel: 13.06 h for each sweep."),
}
