"""BioLogic ``.mpr``: read by a program that a lab installs beside this one, or parked with the reason.

Every reader of this format that is known is under the GPL, so none is part of the product. The setting names
a command; it is given the file and the name of a BDF CSV to write. docs/how-to/add-a-reader.md.
"""

import os
import shlex
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from testing.readers.base import DEFAULT_BUDGET, Budget, Reading, UnreadableFile, check_file_size
from testing.readers.bdf import BdfCsvReader
from testing.readers.lines import shown

SETTING = "LIMS_MPR_READER"
MARK = b"BIO-LOGIC MODULAR FILE"
TIME_S = 100


@dataclass(frozen=True)
class BioLogicBinaryReader:
    name: str = "biologic-mpr"
    version: str = "1"

    def recognises(self, head: bytes) -> bool:
        return head.startswith(MARK)

    def read(self, path: Path, *, name: str, budget: Budget = DEFAULT_BUDGET) -> Reading:
        check_file_size(path, budget)
        command = shlex.split(os.environ.get(SETTING, ""))
        if not command:
            raise UnreadableFile(
                "This is a BioLogic .mpr file. No program that reads it is installed here (the setting "
                f"{SETTING} is empty). Export it from EC-Lab as text (.mpt) and send that."
            )
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out.bdf.csv"
            _run([*command, str(path), str(out)], out)
            reading = BdfCsvReader().read(out, name=name, budget=budget)
        return replace(
            reading,
            reader=self.name,
            reader_version=self.version,
            metadata={**reading.metadata, "read_by": Path(command[-1]).name},
        )


def _run(command: list[str], out: Path) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=TIME_S, check=False, stdin=subprocess.DEVNULL
        )
    except OSError as error:
        raise UnreadableFile(f"The program that {SETTING} names cannot be started: {error}.") from error
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile(f"The program that {SETTING} names took longer than {TIME_S} s.") from error
    if done.returncode or not out.is_file():
        last = done.stderr.decode(errors="replace").strip().splitlines()
        said = shown(last[-1], 200) if last else f"exit code {done.returncode}"
        raise UnreadableFile(f"The program that {SETTING} names could not read the file: {said}.")
