"""The process that a file is read in: ``python -m testing.readers.child IN NAME OUT.parquet``.

It writes Parquet and prints one line of JSON; exit 3 says that the file cannot be read, and why.
"""

import argparse
import json
import math
import os
import signal
import sys
from dataclasses import asdict, replace
from pathlib import Path

import polars as pl

from testing.readers.base import DEFAULT_BUDGET, Reading, UnreadableFile
from testing.readers.detect import read_file
from testing.readers.prefix import complete_lines_prefix

UNREADABLE_EXIT = 3
ROW_GROUP_ROWS = 50_000


def part_name(out: Path, *, pid: int) -> Path:
    """Return the name that a process writes under until the file is whole."""
    return out.with_name(f".{out.name}.{pid}.part")


def write_parquet(frame: pl.DataFrame, out: Path) -> None:
    """Write ``frame`` so that ``out`` is either whole or not there."""
    part = part_name(out, pid=os.getpid())
    frame.write_parquet(part, compression="zstd", row_group_size=ROW_GROUP_ROWS)
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(out)


def summary_of(reading: Reading, path: Path) -> dict[str, object]:
    prefix = complete_lines_prefix(path)
    return {
        "reader": reading.reader,
        "reader_version": reading.reader_version,
        "rows": reading.frame.height,
        "flags": [asdict(flag) for flag in reading.flags],
        "digits": dict(reading.digits),
        "metadata": dict(reading.metadata),
        "prefix_bytes": prefix.byte_length,
        "prefix_sha256": prefix.sha256,
    }


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="testing.readers.child")
    parser.add_argument("path", type=Path)
    parser.add_argument("name")
    parser.add_argument("out", type=Path)
    parser.add_argument("--file-bytes", type=int, default=DEFAULT_BUDGET.file_bytes)
    parser.add_argument("--time-s", type=float, default=0, help="end by itself after this time; 0 for never")
    given = parser.parse_args(arguments)
    # If the worker that started it is killed, nobody else would end it.
    signal.alarm(math.ceil(given.time_s))
    try:
        budget = replace(DEFAULT_BUDGET, file_bytes=given.file_bytes)
        reading = read_file(given.path, name=given.name, budget=budget)
    except UnreadableFile as error:
        sys.stdout.write(json.dumps({"unreadable": str(error)}) + "\n")
        return UNREADABLE_EXIT
    write_parquet(reading.frame, given.out)
    sys.stdout.write(json.dumps(summary_of(reading, given.path)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
