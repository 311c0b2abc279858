"""The process that a file is read in: ``python -m testing.readers.child IN NAME OUT.parquet``.

It writes Parquet and prints one line of JSON; exit 3 says that the file cannot be read, and why.
"""

import argparse
import json
import math
import signal
import sys
from dataclasses import asdict, replace
from pathlib import Path

from testing.readers.base import DEFAULT_BUDGET, Reading, UnreadableFile
from testing.readers.detect import read_file
from testing.readers.mapping import ColumnMap
from testing.readers.parquet import write_table
from testing.readers.prefix import complete_lines_prefix

UNREADABLE_EXIT = 3


def summary_of(reading: Reading, path: Path) -> dict[str, object]:
    prefix = complete_lines_prefix(path)
    return {
        "reader": reading.reader,
        "reader_version": reading.reader_version,
        "kind": reading.kind,
        "rows": reading.frame.height,
        "flags": [asdict(flag) for flag in reading.flags],
        "digits": dict(reading.digits),
        "metadata": dict(reading.metadata),
        "prefix_bytes": prefix.byte_length,
        "prefix_sha256": prefix.sha256,
    }


def mappings_in(path: Path | None) -> list[ColumnMap]:
    """Return the column mappings that a file of JSON holds."""
    return [] if path is None else [ColumnMap.from_dict(told) for told in json.loads(path.read_text())]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="testing.readers.child")
    parser.add_argument("path", type=Path)
    parser.add_argument("name")
    parser.add_argument("out", type=Path)
    parser.add_argument("--file-bytes", type=int, default=DEFAULT_BUDGET.file_bytes)
    parser.add_argument("--mappings", type=Path, help="JSON: what people said of headers no reader knows")
    parser.add_argument("--time-s", type=float, default=0, help="end by itself after this time; 0 for never")
    given = parser.parse_args(arguments)
    # If the worker that started it is killed, nobody else would end it.
    signal.alarm(math.ceil(given.time_s))
    try:
        budget = replace(DEFAULT_BUDGET, file_bytes=given.file_bytes)
        reading = read_file(given.path, name=given.name, budget=budget, mappings=mappings_in(given.mappings))
    except UnreadableFile as error:
        sys.stdout.write(json.dumps({"unreadable": str(error)}) + "\n")
        return UNREADABLE_EXIT
    write_table(reading.frame, given.out)
    sys.stdout.write(json.dumps(summary_of(reading, given.path)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
