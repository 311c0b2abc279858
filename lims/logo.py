"""The lab's logo, as pages that are printed carry it."""

from __future__ import annotations

import base64
from pathlib import Path

from django.conf import settings

TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
BYTES_MAX = 300_000


def lab_logo() -> str:
    """Return the logo that LIMS_LAB_LOGO names as a ``data:`` address; empty where there is none."""
    if not settings.LAB_LOGO:
        return ""
    path = Path(settings.LAB_LOGO)
    return f"data:{TYPES[path.suffix.lower()]};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


def logo_problem() -> str:
    """Return why the logo cannot be used, as a sentence; empty where it can."""
    if not settings.LAB_LOGO:
        return ""
    path = Path(settings.LAB_LOGO)
    if path.suffix.lower() not in TYPES:
        return f"LIMS_LAB_LOGO must be a PNG, SVG or JPEG file, not {path.name}."
    if not path.is_file():
        return f"LIMS_LAB_LOGO names {path.name}, which is no file."
    if path.stat().st_size > BYTES_MAX:
        return f"The logo has {path.stat().st_size} bytes; a report carries at most {BYTES_MAX}."
    return ""
