"""The one way to make a PDF: a template, its context, and nothing else.

No request is known here, and a template reaches neither network nor disk: images and styles travel inside the
page as ``data:`` addresses.
"""

import io
import warnings
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime
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
        from weasyprint import HTML, Attachment
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    MISSING_LIBRARY = ""
except OSError as error:
    MISSING_LIBRARY = str(error).splitlines()[0] if str(error) else "a system library"

# PDF/A-3u: fonts embedded, every glyph mapped to Unicode, colours defined.
PDF_VARIANT = "pdf/a-3u"
PAGES_MAX = 500
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


@dataclass(frozen=True)
class Attached:
    """A file inside a PDF."""

    name: str
    content: bytes
    description: str
    made_at: datetime


class TooManyPages(Exception):
    """The page is longer than a report may be."""


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


def render_pdf(
    template: str, context: Mapping[str, Any], *, identifier: str = "", attached: Sequence[Attached] = ()
) -> bytes:
    """Return the template filled with ``context`` as a tagged PDF/A-3u; the same input gives the same bytes.

    identifier  Stands in the file's own ``/ID``, where it can be read without opening the file.
    attached    Files that travel inside the PDF.
    The template states title, author and language in its ``<title>``, ``<meta name="author">`` and
    ``<html lang>``. Raises PdfUnavailable when this machine lacks WeasyPrint's libraries.
    """
    problem = pdf_problem()
    if problem is not None:
        raise PdfUnavailable(problem)
    return write_pdf(render_to_string(template, dict(context)), identifier=identifier, attached=attached)


def write_pdf(page: str, *, identifier: str = "", attached: Sequence[Attached] = ()) -> bytes:
    """Return a whole page of HTML as a tagged PDF/A-3u; raises TooManyPages beyond what anybody prints."""
    document = HTML(string=page, url_fetcher=_closed_fetcher()).render(
        pdf_variant=PDF_VARIANT,
        pdf_identifier=identifier.encode() or None,
        attachments=[_attachment(one) for one in attached] or None,
        # Structure on top of what the variant asks for: a screen reader finds heads, tables and figures.
        pdf_tags=True,
    )
    if len(document.pages) > PAGES_MAX:
        raise TooManyPages(
            f"It would have {len(document.pages)} pages; a report has at most {PAGES_MAX}. "
            "Choose fewer sections, or export the data."
        )
    written: bytes = document.write_pdf(
        pdf_variant=PDF_VARIANT,
        pdf_identifier=identifier.encode() or None,
        attachments=[_attachment(one) for one in attached] or None,
        pdf_tags=True,
    )
    return written


def _attachment(one: Attached) -> "Attachment":
    # Without a moment of its own WeasyPrint would write today's, and the bytes would differ from run to run.
    return Attachment(
        string=one.content,
        name=one.name,
        description=one.description,
        created=one.made_at,
        modified=one.made_at,
        relationship="Data",
    )


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
