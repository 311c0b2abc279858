"""How to recognise a file that has grown: its complete lines are still there, byte for byte."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

PIECE_BYTES = 4_000_000


@dataclass(frozen=True)
class Prefix:
    """The complete lines of a file, from its first byte to its last line end.

    byte_length   Bytes in those lines.
    sha256        Their SHA-256 in hexadecimal.
    """

    byte_length: int
    sha256: str


def complete_lines_prefix(path: Path) -> Prefix:
    """Return length and SHA-256 of all complete lines of a file of text."""
    length = _complete_lines_bytes(path)
    return Prefix(length, _sha256_of_first(path, length))


def begins_with(path: Path, prefix: Prefix) -> bool:
    """Return whether the file begins with the bytes of ``prefix``: the same file, then, grown or not."""
    if path.stat().st_size < prefix.byte_length:
        return False
    return _sha256_of_first(path, prefix.byte_length) == prefix.sha256


def _complete_lines_bytes(path: Path) -> int:
    end = path.stat().st_size
    with path.open("rb") as stream:
        while end > 0:
            start = max(0, end - PIECE_BYTES)
            stream.seek(start)
            piece = stream.read(end - start)
            cut = max(piece.rfind(b"\n"), piece.rfind(b"\r")) + 1
            if cut:
                return start + cut
            end = start
    return 0


def _sha256_of_first(path: Path, length: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while length > 0 and (piece := stream.read(min(length, PIECE_BYTES))):
            digest.update(piece)
            length -= len(piece)
    return digest.hexdigest()
