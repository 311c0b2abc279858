"""A wide tree stays readable: alike records are one box, and nothing that differs is hidden in it."""

from __future__ import annotations

from materials.lineage_fold import fold


def wide(cells: int) -> tuple[dict[str, str], dict[tuple[str, str], int | None]]:
    """A lot, a mixture, so many cells of it, a test of each."""
    kinds = {"LOT-1": "lot", "MIX-1": "composite"}
    edges: dict[tuple[str, str], int | None] = {("LOT-1", "MIX-1"): 500}
    for number in range(cells):
        kinds |= {f"CELL-{number}": "cell", f"TEST-{number}": "test"}
        edges |= {("MIX-1", f"CELL-{number}"): 8, (f"CELL-{number}", f"TEST-{number}"): None}
    return kinds, edges


def test_twenty_four_cells_and_their_tests_are_two_boxes() -> None:
    kinds, edges = wide(24)
    found = fold(kinds=kinds, edges=edges, focus="LOT-1")
    assert sorted(len(box) for box in found.members.values()) == [1, 1, 24, 24]
    assert found.edges == {("LOT-1", "MIX-1"): 500, ("MIX-1", "CELL-0"): 192, ("CELL-0", "TEST-0"): None}


def test_three_are_still_read_one_by_one() -> None:
    kinds, edges = wide(3)
    found = fold(kinds=kinds, edges=edges, focus="LOT-1")
    assert all(len(box) == 1 for box in found.members.values())
    assert found.edges == edges


def test_cells_of_another_mixture_are_a_box_of_their_own() -> None:
    kinds, edges = wide(4)
    kinds |= {"MIX-2": "composite", **{f"CELL-2{n}": "cell" for n in range(5)}}
    edges |= {("LOT-1", "MIX-2"): 500, **{("MIX-2", f"CELL-2{n}"): 8 for n in range(5)}}
    found = fold(kinds=kinds, edges=edges, focus="LOT-1")
    assert sorted(len(box) for code, box in found.members.items() if code.startswith("CELL")) == [4, 5]


def test_what_the_drawing_is_about_is_never_folded_away() -> None:
    kinds, edges = wide(6)
    found = fold(kinds=kinds, edges=edges, focus="CELL-3")
    assert found.members["CELL-3"] == ["CELL-3"]


def test_above_alike_lots_are_one_box() -> None:
    kinds = {"MRG-1": "merge", **{f"LOT-{n}": "lot" for n in range(5)}}
    edges: dict[tuple[str, str], int | None] = {(f"LOT-{n}", "MRG-1"): 10 for n in range(5)}
    found = fold(kinds=kinds, edges=edges, focus="MRG-1")
    assert found.edges == {("LOT-0", "MRG-1"): 50}
