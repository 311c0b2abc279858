"""The one way to make a PDF: a template, its context, and nothing else.

No request is known here, and a template reaches neither network nor disk: images and styles travel inside the
page as ``data:`` addresses.
"""

import io
import warnings
from collections.abc import Mapping
from contextlib import redirect_stdout
from typing import Any

from django.template.loader import render_to_string

# WeasyPrint states no types.
# mypy: disallow-untyped-calls=False

# Importing this module must never stop the product: a lab without the libraries does all but print.
# WeasyPrint tells of a missing one on stdout and, for harfbuzz-subset, by a warning that `-W error` would
# make fatal.
try:
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore", DeprecationWarning)
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    MISSING_LIBRARY = ""
except OSError as error:
    MISSING_LIBRARY = str(error).splitlines()[0] if str(error) else "a system library"

# PDF/A-3u: fonts embedded, every glyph mapped to Unicode, colours defined.
PDF_VARIANT = "pdf/a-3u"
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


class PdfUnavailable(Exception):
    """The system libraries that draw PDFs are missing; the message says which packages bring them."""


def pdf_problem() -> str | None:
    """Return why this machine makes no PDFs and what to install, as one sentence; None where it does."""
    if not MISSING_LIBRARY:
        return None
    return (
        f"PDFs cannot be made on this machine: {MISSING_LIBRARY}. "
        f"On Debian or Ubuntu, install them with: apt-get install {PACKAGES}"
    )


def render_pdf(template: str, context: Mapping[str, Any]) -> bytes:
    """Return the template filled with ``context`` as a tagged PDF/A-3u; the same input gives the same bytes.

    The template states title, author and language in its ``<title>``, ``<meta name="author">`` and
    ``<html lang>``. Raises PdfUnavailable when this machine lacks WeasyPrint's libraries.
    """
    problem = pdf_problem()
    if problem is not None:
        raise PdfUnavailable(problem)
    page = render_to_string(template, dict(context))
    written: bytes = HTML(string=page, url_fetcher=_closed_fetcher()).write_pdf(
        pdf_variant=PDF_VARIANT,
        # Structure on top of what the variant asks for: a screen reader finds heads, tables and figures.
        pdf_tags=True,
    )
    return written


def _closed_fetcher() -> "URLFetcher":
    """Return a fetcher that opens ``data:`` addresses and refuses every other, redirects included."""

    class ClosedFetcher(URLFetcher):
        """Refuse by the address itself too, before any handler of the base class sees it."""

        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> "URLFetcherResponse":
            if not url.lower().startswith("data:"):
                raise ValueError(f"A PDF is made without fetching anything; {url[:200]} was refused.")
            response: URLFetcherResponse = super().fetch(url, headers)
            return response

    return ClosedFetcher(allowed_protocols={"data"}, allow_redirects=False)
