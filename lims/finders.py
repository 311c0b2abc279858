"""Static files that live inside installed packages and are served by their single files."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import bootstrap_wrapper
import youplot
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage, Storage

_BOOTSTRAP = Path(bootstrap_wrapper.get_bootstrap_dir())
_YOUPLOT = Path(youplot.__file__).parent / "vendor"

# Whole package folders would break hashed storage: their source maps name files that are not shipped.
PACKAGE_FILES: dict[str, Path] = {
    "bootstrap/css/bootstrap.min.css": _BOOTSTRAP / "css" / "bootstrap.min.css",
    "bootstrap/js/bootstrap.bundle.min.js": _BOOTSTRAP / "js" / "bootstrap.bundle.min.js",
    "uplot/uPlot.iife.min.js": _YOUPLOT / "uplot.iife.min.js",
    "uplot/uPlot.min.css": _YOUPLOT / "uplot.min.css",
}


class _OneFileStorage(FileSystemStorage):
    """A storage that knows one file by the name it is served under."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(location=str(path.parent))
        self._name, self._path = name, path

    def path(self, name: str) -> str:
        if name != self._name:
            raise FileNotFoundError(name)
        return str(self._path)


class PackageFileFinder(BaseFinder):
    """Find the files of `PACKAGE_FILES`."""

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's name
        found = PACKAGE_FILES.get(path)
        if kwargs.get("all"):
            find_all = True
        if find_all:
            return [str(found)] if found else []
        return str(found) if found else []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for name, path in PACKAGE_FILES.items():
            yield name, _OneFileStorage(name, path)
