"""QR codes that a scanner in a glove port and a phone both read."""

from __future__ import annotations

from dataclasses import dataclass

import segno

# A reader finds the code by the white frame around it: four modules wide (ISO/IEC 18004).
QUIET_MODULES = 4
# 15 % of the modules may be scratched or smeared with powder.
LEAST_CORRECTION = "m"


@dataclass(frozen=True)
class QrCode:
    """A QR code as an image for a page, and how many modules wide it is with its white frame."""

    data_uri: str
    modules: int


def qr_code(text: str) -> QrCode:
    """Return ``text`` as a QR code; never a Micro QR code, which phones do not read.

    >>> qr_code("LOT-0001").modules
    29
    """
    drawn = segno.make_qr(text, error=LEAST_CORRECTION)
    return QrCode(
        data_uri=drawn.svg_data_uri(border=QUIET_MODULES, omitsize=True, xmldecl=False, svgclass=None),
        modules=int(drawn.symbol_size(border=QUIET_MODULES)[0]),
    )


def qr_svg_data_uri(text: str) -> str:
    """Return ``text`` as a QR code for an image's ``src``."""
    return qr_code(text).data_uri
