"""The first page of a report as a picture, before anything is frozen."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pypdfium2

from lims.models import Project, Record, User
from lims.pdf import PdfUnavailable, render_pdf
from testing.models import Report
from testing.reporting.kinds import KINDS, judge_options
from testing.reporting.snapshot import head_of, preview_inputs

# A tablet shows an A4 page about this wide.
DOTS_PER_INCH = 96
POINTS_PER_INCH = 72


class NoPreview(Exception):
    """The page cannot be drawn here; the sentence says why."""


def first_page(kind: str, about: Record | Project, by: User, options: Mapping[str, Any]) -> bytes:
    """Return the first page as PNG: its first sections alone are frozen and laid out, and nothing is kept."""
    inputs = preview_inputs(kind, about, by, judge_options(kind, options))
    snapshot = head_of(Report(kind=kind), about, by, code="Preview", inputs=inputs)
    context = KINDS[kind].context(snapshot)
    context["report"] |= {"is_draft": True, "signatures": [], "qr": "", "verify_address": ""}
    try:
        pdf = render_pdf(KINDS[kind].template, context)
    except PdfUnavailable as problem:
        raise NoPreview(str(problem)) from problem
    document = pypdfium2.PdfDocument(pdf)
    try:
        picture = document[0].render(scale=DOTS_PER_INCH / POINTS_PER_INCH).to_pil()
    finally:
        document.close()
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
