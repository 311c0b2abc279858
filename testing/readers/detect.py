"""Which reader a file is for: told by its content, never by its name."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from testing.readers import plugins
from testing.readers.auxiliary import AuxiliaryReader
from testing.readers.base import DEFAULT_BUDGET, HEAD_BYTES, Budget, Reader, Reading, UnreadableFile
from testing.readers.bdf import BdfCsvReader, BdfParquetReader
from testing.readers.lines import first_line, shown
from testing.readers.mapped import MappedReader
from testing.readers.mapping import ColumnMap
from testing.readers.spreadsheet import is_spreadsheet, sheets_as_files
from testing.readers.squidstat import SquidstatReader
from testing.readers.squidstat_settings import SquidstatSettingsReader
from testing.readers.vendors.arbin import ARBIN
from testing.readers.vendors.basytec import BASYTEC
from testing.readers.vendors.biologic import ECLAB, ECLAB_IMPEDANCE
from testing.readers.vendors.biologic_binary import BioLogicBinaryReader
from testing.readers.vendors.impedance import GAMRY_IMPEDANCE, SQUIDSTAT_IMPEDANCE, Z60W_IMPEDANCE
from testing.readers.vendors.landt import LANDT
from testing.readers.vendors.maccor import MACCOR
from testing.readers.vendors.neware_binary import NewareReader
from testing.readers.vendors.neware_csv import NEWARE_CSV
from testing.readers.vendors.neware_layered import NewareLayeredReader
from testing.readers.vendors.novonix import NOVONIX
from testing.readers.vendors.pec import PEC

READERS: tuple[Reader, ...] = (
    SQUIDSTAT_IMPEDANCE,
    SquidstatReader(),
    SquidstatSettingsReader(),
    BdfCsvReader(),
    BdfParquetReader(),
    NewareReader(),
    NewareLayeredReader(),
    NEWARE_CSV,
    ECLAB_IMPEDANCE,
    ECLAB,
    GAMRY_IMPEDANCE,
    Z60W_IMPEDANCE,
    ARBIN,
    MACCOR,
    NOVONIX,
    PEC,
    BASYTEC,
    LANDT,
    AuxiliaryReader(),
    BioLogicBinaryReader(),
)
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def find_reader(head: bytes, mappings: Sequence[ColumnMap] = ()) -> Reader | None:
    """Return the reader that knows a file by its first bytes (``HEAD_BYTES`` are enough), or None.

    What a person said of just this header comes first, then our readers; what a person said of tables without
    any header, and what others have installed, come last.
    """
    named = [MappedReader(mapping) for mapping in mappings if mapping.header]
    nameless = [MappedReader(mapping) for mapping in mappings if not mapping.header]
    for readers in (named, READERS, nameless):
        found = next((reader for reader in readers if reader.recognises(head)), None)
        if found is not None:
            return found
    return next((reader for reader in plugins.installed() if reader.recognises(head)), None)


def read_file(
    path: Path, *, name: str, budget: Budget = DEFAULT_BUDGET, mappings: Sequence[ColumnMap] = ()
) -> Reading:
    """Return what the file holds, or raise UnreadableFile.

    name       The name it was sent under.
    mappings   What people of the lab have said of headers that no reader knows.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    reader = find_reader(head, mappings)
    if reader is not None:
        return reader.read(path, name=name, budget=budget)
    if is_spreadsheet(head):
        return _read_sheet(path, name, budget, mappings)
    raise UnreadableFile(unknown_in_words(head))


def _read_sheet(path: Path, name: str, budget: Budget, mappings: Sequence[ColumnMap]) -> Reading:
    """Read the one sheet of a spreadsheet that a reader knows."""
    with sheets_as_files(path, budget) as sheets:
        known = [
            (sheet, file, reader)
            for sheet, file, head in sheets
            if (reader := find_reader(head, mappings)) is not None
        ]
        if not known:
            names = "', '".join(sheet for sheet, _, _ in sheets) or "none with content"
            raise UnreadableFile(
                f"No reader knows a sheet of this spreadsheet ('{names}'). Map its columns, or save the sheet with "
                "the points as CSV."
            )
        if len(known) > 1:
            names = "', '".join(sheet for sheet, _, _ in known)
            raise UnreadableFile(
                f"The sheets '{names}' can each be read; which one is meant is not guessed. Save each as a file."
            )
        sheet, file, reader = known[0]
        reading = reader.read(file, name=name, budget=budget)
    return replace(reading, metadata={**reading.metadata, "sheet": sheet})


def unknown_in_words(head: bytes) -> str:
    """Return why no reader takes a file that begins with ``head``, and what its sender can do."""
    if not head:
        return "The file is empty: it holds 0 bytes."
    if head.startswith(UTF16_MARKS):
        return "The file is saved as UTF-16. Save it as CSV in UTF-8 and send it again."
    return (
        f"No reader knows this file: its first line is '{shown(first_line(head), 120)}'. Export it with its "
        "header line (Squidstat, Neware, EC-Lab, Arbin, Maccor, Novonix, PEC, Basytec and Landt are read), or say on "
        "the file's page what its columns are, or convert it to BDF (test_time_second in s, voltage_volt in V, "
        "current_ampere in A)."
    )
