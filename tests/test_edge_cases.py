"""Every edge case and amendment is in the table, and each test that it names exists."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TABLE = (ROOT / "docs" / "reference" / "edge-cases.md").read_text(encoding="utf-8")


CASES = [*(f"E{number}" for number in range(1, 35)), *(f"A{number}" for number in range(1, 17))]


@pytest.mark.parametrize("case", CASES)
def test_every_case_is_in_the_table_with_a_test(case: str) -> None:
    (line,) = [line for line in TABLE.splitlines() if line.startswith(f"| {case} ")]
    assert re.search(r"\| `test_\w+` \|$", line), line


def test_every_test_that_the_table_names_exists() -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    known = set(re.findall(r"def (test_\w+)", written))
    named = re.findall(r"`(test_\w+)`", TABLE)
    assert len(named) > 45
    assert set(named) - known == set()
