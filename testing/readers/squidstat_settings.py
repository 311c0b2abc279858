"""The text that a Squidstat lays beside its files: ``Experiment settings and notes.txt``."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from testing.readers.base import DEFAULT_BUDGET, SETTINGS, Budget, Reading, UnreadableFile, check_file_size
from testing.readers.lines import BYTE_ORDER_MARK, decode, refuse_nul

MARK = b"Software Version: Squidstat"
SMALL_BYTES = 1_000_000
DEVICE = re.compile(r"^(?P<instrument>.+), Channel (?P<channel>\S+)$")
BEGIN_OF_STEPS = "Experiment Parameters:"
NAMES = {
    "Software Version": "software",
    "Firmware version": "firmware",
    "Working Electrode Area (cm2)": "electrode_surface_area_cm2",
    "Working Electrode Mass (g)": "mass_g",
    "Temperature (deg. C)": "temperature_c",
    "Atmosphere": "atmosphere",
    "Electrolyte": "electrolyte",
    "Other Notes": "notes",
}


@dataclass(frozen=True)
class SquidstatSettingsReader:
    """Reads instrument, channel, firmware, area, mass and steps; what was left empty stays out."""

    name: str = "squidstat-settings"
    version: str = "1"

    def recognises(self, head: bytes) -> bool:
        lines = head.removeprefix(BYTE_ORDER_MARK).splitlines()[:6]
        return any(line.strip().startswith(MARK) for line in lines)

    def read(self, path: Path, *, name: str, budget: Budget = DEFAULT_BUDGET) -> Reading:
        check_file_size(path, replace(budget, file_bytes=min(budget.file_bytes, SMALL_BYTES)))
        data = path.read_bytes()
        refuse_nul(data, offset=0)
        text, encoding = decode(data)
        lines = [line.strip() for line in text.splitlines()]
        steps = _steps(lines)
        if not steps:
            raise UnreadableFile(
                f"This is a Squidstat settings text, but it has no '{BEGIN_OF_STEPS}' with steps below it."
            )
        frame = pl.DataFrame(
            {"place": range(1, len(steps) + 1), "text": steps}, schema_overrides={"place": pl.Int64}
        )
        facts = {
            "encoding": encoding,
            "experiment": lines[0],
            **dict(_facts(lines)),
            "procedure": "\n".join(steps),
        }
        return Reading(self.name, self.version, frame, {}, (), facts, SETTINGS)


def _facts(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if line == BEGIN_OF_STEPS:
            return
        device = DEVICE.match(line)
        if device:
            yield "instrument", device["instrument"]
            yield "channel", device["channel"]
        label, _, value = line.partition(":")
        if label in NAMES and value.strip():
            yield NAMES[label], value.strip()


def _steps(lines: Sequence[str]) -> list[str]:
    if BEGIN_OF_STEPS not in lines:
        return []
    return [line for line in lines[lines.index(BEGIN_OF_STEPS) + 1 :] if line]
