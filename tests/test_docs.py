"""The documentation says what the code does: names in it exist, and what exists is in it."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
SCIENCE = sorted((ROOT / "docs" / "science").glob("*.md"))
NAMED = re.compile(r"`((?:materials|cells|testing)\.[\w.]+)`")


def test_every_setting_that_is_read_is_documented() -> None:
    read = set(
        re.findall(r"LIMS_[A-Z_]+", (ROOT / "lims" / "settings.py").read_text() + (ROOT / "lab").read_text())
    )
    documented = set(
        re.findall(r"`(LIMS_[A-Z_]+)`", (ROOT / "docs" / "reference" / "settings.md").read_text())
    )
    assert read - documented == set()


@pytest.mark.parametrize("page", SCIENCE, ids=lambda page: page.stem)
def test_every_function_that_a_science_page_names_exists(page: Path) -> None:
    names = NAMED.findall(page.read_text(encoding="utf-8"))
    assert names, f"{page.name} names no function."
    for name in names:
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), name


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text()))
    assert listed == {path.name for path in folder.glob("[0-9]*.md")}


def test_the_version_is_the_changelogs_newest() -> None:
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest.group(1) == settings.VERSION


@pytest.mark.parametrize(
    "page", [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"], ids=lambda p: p.name
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
