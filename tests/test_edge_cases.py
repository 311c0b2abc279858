"""Every edge case and amendment is in the table, and each test that it names exists."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TABLE = (ROOT / "docs" / "reference" / "edge-cases.md").read_text(encoding="utf-8")


def test_every_case_is_in_the_table() -> None:
    for case in [*(f"E{n}" for n in range(1, 35)), *(f"A{n}" for n in range(1, 17))]:
        assert f"| {case} " in TABLE, case


def test_every_test_that_the_table_names_exists() -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    known = set(re.findall(r"def (test_\w+)", written))
    named = re.findall(r"`(test_\w+)`", TABLE)
    assert len(named) > 45
    assert set(named) - known == set()
