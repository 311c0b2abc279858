"""The process that lays out one PDF: ``python -m lims.pdf_child FOLDER`` turns its page.html into page.pdf.

What it has to say that a person can read goes to refused.txt, with ``REFUSED_EXIT``.
"""

import json
import sys
from datetime import datetime
from pathlib import Path

from lims.pdf import Attached, TooManyPages, write_pdf

REFUSED_EXIT = 3


def main(folder: Path) -> int:
    """Lay out the page in ``folder``."""
    asked = json.loads((folder / "asked.json").read_text())
    attached = [
        Attached(
            name=one["name"],
            content=(folder / one["file"]).read_bytes(),
            description=one["description"],
            made_at=datetime.fromisoformat(one["made_at"]),
        )
        for one in asked["attached"]
    ]
    page = (folder / "page.html").read_text()
    try:
        pdf = write_pdf(page, identifier=asked["identifier"], attached=attached)
    except TooManyPages as refusal:
        (folder / "refused.txt").write_text(str(refusal))
        return REFUSED_EXIT
    (folder / "page.pdf").write_bytes(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
