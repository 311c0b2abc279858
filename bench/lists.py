"""A page of the list of 100,000 powders takes at most 1.5 times as long as of 1,000, with as many queries."""

from __future__ import annotations

import sys
from collections.abc import Callable

import temporary

# isort: split

from django.test import Client
from rest_framework.test import APIClient

from lims.models import Identity, Project, User
from materials.models import MassEntry, Material, Powder, PowderLot, Supplier
from tests.factories import make_material, make_person, make_project, make_supplier

FEW, MANY, MOST = 1_000, 100_000, 1.5


def fill(
    numbers: range, *, projects: list[Project], material: Material, supplier: Supplier, by: User
) -> None:
    """Add lots of 5 g, as their action writes them, alternately in each project."""
    first = (Identity.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1 - numbers.start
    who = {"performed_by": by, "recorded_by": by}
    temporary.insert(
        Identity,
        (
            Identity(
                pk=first + n,
                code=f"LOT-{n:06d}",
                kind="materials.powder",
                project=projects[n % len(projects)],
            )
            for n in numbers
        ),
    )
    temporary.insert(
        Powder,
        (Powder(pk=first + n, kind="lot", name=f"Powder {n}", material=material, **who) for n in numbers),
    )
    temporary.insert(
        PowderLot, (PowderLot(pk=first + n, supplier=supplier, lot_number=f"L-{n}") for n in numbers)
    )
    temporary.insert(
        MassEntry,
        (
            MassEntry(
                powder_id=first + n, seq=1, kind="received", change_ug=5_000_000, balance_after_ug=5_000_000, by=by
            )
            for n in numbers
        ),
    )  # fmt: skip


def pages(by: User) -> dict[str, Callable[[], object]]:
    """Return what is opened: the page of the list and its call of the API, the first and a filtered one."""
    browser, script = Client(), APIClient()
    browser.force_login(by)
    script.force_authenticate(by)

    def opened(client: Client, url: str) -> Callable[[], object]:
        def get() -> None:
            assert client.get(url).status_code == 200

        return get

    return {
        "page": opened(browser, "/powders/"),
        "page, open lots": opened(browser, "/powders/?kind=lot&state=open"),
        "API": opened(script, "/api/v1/powders/"),
        "API, open lots": opened(script, "/api/v1/powders/?kind=lot&state=open"),
    }


def main() -> int:
    with temporary.database() as vendor:
        projects = [make_project(), make_project("SULFUR")]
        ada = make_person("ada", project=projects[0])
        known = {
            "projects": projects, "material": make_material(ada), "supplier": make_supplier(ada), "by": ada,
        }  # fmt: skip
        seen = pages(ada)
        measured: list[dict[str, tuple[float, int]]] = []
        for numbers in (range(FEW), range(FEW, MANY)):
            fill(numbers, **known)
            temporary.settle()
            measured.append(
                {n: (temporary.milliseconds(p, times=25), temporary.queries(p)) for n, p in seen.items()}
            )
        print(f"The list of {FEW:,} and of {MANY:,} powders, {vendor}")
        few, many = measured
        holds = [temporary.verdict(name, few[name][0], many[name][0], most=MOST) for name in seen]
        same = {name: (few[name][1], many[name][1]) for name in seen}
        print("queries: " + ", ".join(f"{name} {small} and {large}" for name, (small, large) in same.items()))
    return 0 if all(holds) and all(small == large for small, large in same.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
