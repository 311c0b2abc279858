"""Which reader a file is for: told by its content, never by its name."""

from pathlib import Path

from testing.readers.base import DEFAULT_BUDGET, HEAD_BYTES, Budget, Reader, Reading, UnreadableFile
from testing.readers.bdf import BdfCsvReader, BdfParquetReader
from testing.readers.lines import first_line, shown
from testing.readers.squidstat import SquidstatReader

READERS: tuple[Reader, ...] = (SquidstatReader(), BdfCsvReader(), BdfParquetReader())
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def find_reader(head: bytes) -> Reader | None:
    """Return the reader that knows a file by its first bytes (``HEAD_BYTES`` are enough), or None."""
    return next((reader for reader in READERS if reader.recognises(head)), None)


def read_file(path: Path, *, name: str, budget: Budget = DEFAULT_BUDGET) -> Reading:
    """Return what the file holds, or raise UnreadableFile. ``name`` is the name it was sent under."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    reader = find_reader(head)
    if reader is None:
        raise UnreadableFile(unknown_in_words(head))
    return reader.read(path, name=name, budget=budget)


def unknown_in_words(head: bytes) -> str:
    """Return why no reader takes a file that begins with ``head``, and what its sender can do."""
    if not head:
        return "The file is empty: it holds 0 bytes."
    if head.startswith(UTF16_MARKS):
        return "The file is saved as UTF-16. Save it as CSV in UTF-8 and send it again."
    return (
        f"No reader knows this file: its first line is '{shown(first_line(head), 120)}'. Export it with "
        "its header line as Squidstat CSV, or convert it to BDF (test_time_second in s, voltage_volt in V, "
        "current_ampere in A), and send it again."
    )
