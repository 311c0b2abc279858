"""The process that lays out PDFs: ``python -m lims.pdf_child`` turns each folder's page.html into its page.pdf.

Its standard input is a socket on which folders' names come, a line each. Each is laid out by a copy of this process,
which begins with WeasyPrint and the fonts already there. The answer is two lines: the number of the copy's process,
and the exit code that it ended with.
What a copy has to say that a person can read goes to the folder's refused.txt, with ``REFUSED_EXIT``; what is wrong
with the product goes to complaints.txt.
"""

import gc
import json
import os
import socket
import sys
import traceback
from datetime import datetime
from pathlib import Path

from lims.pdf import Attached, TooManyPages, write_pdf

REFUSED_EXIT = 3
FAILED_EXIT = 1
# The first page of all looks for the fonts.
WARM_UP = '<!doctype html><html lang="en"><title>.</title><p style="font-family: DejaVu Sans">.'


def lay_out(folder: Path) -> int:
    """Lay out the page in ``folder`` and return the exit code that tells how it went."""
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


def lay_out_and_end(folder: Path) -> None:
    """Lay out the page in ``folder`` and end this process, whatever happens."""
    code = FAILED_EXIT
    try:
        code = lay_out(folder)
    finally:
        if problem := traceback.format_exc() if sys.exc_info()[0] else "":
            (folder / "complaints.txt").write_text(problem)
        os._exit(code)


def main() -> None:
    """Lay out what is asked for until nobody can ask any more."""
    write_pdf(WARM_UP)
    # A copy lives for one document, under a limit of memory: looking for garbage again and again would only cost time.
    gc.disable()
    gc.freeze()
    with socket.socket(fileno=sys.stdin.fileno()) as asking:
        for line in asking.makefile("rb"):
            pid = os.fork()
            if pid == 0:
                lay_out_and_end(Path(os.fsdecode(line.rstrip(b"\n"))))
            asking.sendall(b"%d\n" % pid)
            _, status = os.waitpid(pid, 0)
            asking.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
