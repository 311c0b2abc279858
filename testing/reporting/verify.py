"""Whether a PDF is the one that the lab printed, and whether what it says still holds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from testing.models import Report, ReportPrint

Outcome = Literal["released", "superseded", "draft", "altered", "unknown"]
# The code stands in the file's identifier, which no PDF compresses, near its end.
CODE = re.compile(rb"/ID *\[ *\((REP-\d{4,})\)")
SEARCHED_BYTES = 200_000


@dataclass(frozen=True)
class Verdict:
    """What is known of a PDF.

    outcome   released: the bytes are those of a released report that holds; superseded: of one that another has
              replaced; draft: of a print that was never released; altered: it names a report, but no print of that
              has these bytes; unknown: neither.
    """

    outcome: Outcome
    sha256: str
    report: Report | None = None
    printed: ReportPrint | None = None

    @property
    def sentence(self) -> str:
        """Return the verdict in words."""
        code = self.report.code if self.report else ""
        return {
            "released": f"This is {code} as it was released. Not a byte of it has changed.",
            "superseded": f"This is {code} as it was released, unchanged, but another report has replaced it.",
            "draft": f"This is a draft of {code} as it was printed, unchanged. It was not released.",
            "altered": f"This file calls itself {code}, but no print of {code} has these bytes: it has been altered.",
            "unknown": "This is no report of this lab: its bytes are those of no print, and it names no report.",
        }[self.outcome]


def verify_bytes(chunks: Iterable[bytes]) -> Verdict:
    """Return what is known of a file; it is hashed as it comes and never kept."""
    digest, tail = hashlib.sha256(), b""
    for chunk in chunks:
        digest.update(chunk)
        tail = (tail + chunk)[-SEARCHED_BYTES:]
    known = verify_hash(digest.hexdigest())
    if known.outcome != "unknown":
        return known
    named = CODE.search(tail)
    code = named.group(1).decode() if named else ""
    report = Report.objects.filter(identity__code=code).with_codes().first() if code else None
    return Verdict("altered", known.sha256, report) if report else known


def verify_hash(sha256: str) -> Verdict:
    """Return what is known of the PDF with this SHA-256."""
    prints = ReportPrint.objects.filter(sha256=sha256).select_related("report__identity__project")
    printed = prints.order_by("-released", "-pk").first()
    if printed is None:
        return Verdict("unknown", sha256)
    report = printed.report
    if not printed.released:
        return Verdict("draft", sha256, report, printed)
    outcome: Outcome = "superseded" if report.standing == Report.Standing.SUPERSEDED else "released"
    return Verdict(outcome, sha256, report, printed)
