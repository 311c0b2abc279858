"""Readers that others install: every object under the entry point group ``lims.readers``.

They come last, so that none can take a file from a reader of ours, and they run where ours run: in the
process of the one file, with its limits on time and memory.
"""

from importlib.metadata import EntryPoint, entry_points

from testing.readers.base import Reader, UnreadableFile

GROUP = "lims.readers"
NEEDED = ("name", "version", "recognises", "read")


def installed() -> list[Reader]:
    """Return the installed readers in the order of their names, or raise UnreadableFile if one is none."""
    return [_loaded(point) for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)]


def _loaded(point: EntryPoint) -> Reader:
    try:
        found = point.load()
        reader: Reader = found() if isinstance(found, type) else found
    except (ImportError, AttributeError) as error:
        raise UnreadableFile(
            f"The installed reader '{point.name}' ({point.value}) cannot be loaded: {error}."
        ) from error
    missing = [name for name in NEEDED if not hasattr(reader, name)]
    if missing:
        raise UnreadableFile(f"The installed reader '{point.name}' ({point.value}) has no '{missing[0]}'.")
    return reader
