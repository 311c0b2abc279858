"""What was done before is entered from a sheet: all rows or none, and nothing is guessed."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
import xlsxwriter
from django.core.exceptions import ValidationError

from lims.imports import Outcome, RowsRefused, check, enter, plan
from lims.models import Identity, LogEntry, User
from lims.sheets import Sheet, read_rows, read_text, read_upload
from materials.models import Hold, MassEntry, Powder
from tests import factories
from tests.factories import Shelf

DAY = "2026-03-02"
HEAD = "Material,Supplier,Lot number,Mass received (mg),Done at"


def lots(*rows: str, head: str = HEAD) -> Sheet:
    return read_text("\n".join([head, *rows]))


def tried(kind: str, sheet: Sheet | list[Sheet], by: User) -> list[tuple[int, str, str]]:
    """Return what a dry run finds: row, column and sentence."""
    read = plan(kind, sheet if isinstance(sheet, list) else [sheet])
    return [(p.row, p.column, p.sentence) for p in check(read, by=by).problems]


def entered(kind: str, sheet: Sheet | list[Sheet], by: User) -> Outcome:
    return enter(plan(kind, sheet if isinstance(sheet, list) else [sheet]), by=by)


def only(problems: list[tuple[int, str, str]]) -> tuple[int, str, str]:
    (problem,) = problems
    return problem


# --- all or nothing -----------------------------------------------------------------------------------------


def test_a_dry_run_lists_each_bad_row_and_writes_nothing(shelf: Shelf, ada: User) -> None:
    before = Identity.objects.count(), LogEntry.objects.count(), MassEntry.objects.count()
    sheet = lots(
        f"NMC532,MSE Supplies,A-1,100,{DAY}",
        f"NMC533,MSE Supplies,A-2,100,{DAY}",
        f"NMC532,MSE Supplies,A-3,a lot,{DAY}",
        "NMC532,MSE Supplies,A-4,100,",
    )
    found = tried("lots", sheet, ada)
    assert [(row, column) for row, column, _ in found] == [
        (3, "material"),
        (4, "mass_mg"),
        (5, "performed_at"),
    ]
    assert 'There is no material "NMC533"' in found[0][2]
    assert (Identity.objects.count(), LogEntry.objects.count(), MassEntry.objects.count()) == before


def test_one_bad_row_keeps_all_others_out(shelf: Shelf, ada: User) -> None:
    before = Powder.objects.count()
    sheet = lots(f"NMC532,MSE Supplies,A-1,100,{DAY}", f"NMC532,MSE Supplies,A-2,-1,{DAY}")
    with pytest.raises(RowsRefused, match="1 of 2 rows is not right yet; nothing was written"):
        entered("lots", sheet, ada)
    assert Powder.objects.count() == before


def test_what_a_dry_run_passes_is_entered_with_who_when_and_from_where(
    shelf: Shelf, ada: User, grace: User
) -> None:
    sheet = lots(
        f"nmc532,MSE Supplies,A-1,100,{DAY} 14:30,grace,NB-COAT,99.5",
        f"NMC532,MSE Supplies,A-2,50.001,{DAY},Grace,,",
        head=f"{HEAD},Done by,Project,Purity (%)",
    )
    assert tried("lots", sheet, ada) == []
    made = entered("lots", sheet, ada).made
    first, second = (one.record for one in made)
    assert (first.performed_by, first.recorded_by, first.source) == (grace, ada, "import")
    assert first.performed_at == datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
    assert (first.project.code, second.project) == ("NB-COAT", None)
    assert first.lot.purity_fraction == pytest.approx(0.995)
    assert second.balance_now_ug() == 50_001
    assert LogEntry.objects.filter(identity=first.identity, verb="entered from a sheet").exists()


def test_rows_that_are_each_fine_cannot_take_more_than_there_is_together(shelf: Shelf, ada: User) -> None:
    lot = factories.make_lot(
        ada, shelf.project, material=shelf.materials["LPSC"], received_mg=100, lot_number="S-1"
    )
    head = "Treatment,Powder put in,Powder load (mg),Mass recovered (mg),Temperature (°C),Done at"
    row = f"Dry,S-1,60,59,80,{DAY}"
    assert tried("treatments", lots(row, head=head), ada) == []
    found = tried("treatments", lots(row, row, head=head), ada)
    assert (3, "load_mass_mg", f"{lot.code} holds only 40 mg; 60 mg cannot be taken.") in found
    assert lot.balance_now_ug() == 100_000


def test_a_powder_on_hold_asks_for_its_reason_in_the_row(shelf: Shelf, ada: User) -> None:
    lot = factories.make_lot(
        ada, shelf.project, material=shelf.materials["LPSC"], received_mg=100, lot_number="S-1"
    )
    Hold.objects.create(powder=lot, reason="moisture", placed_by=ada)
    head = "Treatment,Powder put in,Powder load (mg),Mass recovered (mg),Done at,Why used all the same"
    _row, column, sentence = only(tried("treatments", lots(f"Dry,S-1,60,59,{DAY},", head=head), ada))
    assert (column, "moisture" in sentence) == ("lot_reason", True)
    assert tried("treatments", lots(f"Dry,S-1,60,59,{DAY},only a test", head=head), ada) == []


# --- rows that refer to rows above --------------------------------------------------------------------------


NOTEBOOK = [
    {"kind": "lot", "material": "NMC532", "supplier": "MSE Supplies", "lot_number": "P-7", "mass_mg": 3000,
     "performed_at": DAY},
    {"kind": "treatment", "treatment": "dry", "parent": "P-7", "load_mass_mg": 2900, "recovered_mass_mg": 2890,
     "temperature_c": 80, "name": "Dried P-7", "performed_at": DAY},
    {"kind": "coating", "recipe": "Nb2O5, 30 cycles", "parent": "Dried P-7", "load_mass_mg": 2000,
     "recovered_mass_mg": 1950, "name": "Coated P-7", "performed_at": DAY},
    {"kind": "mixture", "formulation": "Cathode 70:30:5:5", "powder_1": "Coated P-7", "mass_1_mg": 140,
     "powder_2": "LPSC-1", "mass_2_mg": 60, "powder_3": "PTFE-1", "mass_3_mg": 10, "powder_4": "CNF-1",
     "mass_4_mg": 10, "method": "mortar", "performed_at": DAY},
]  # fmt: skip


def test_a_notebook_goes_from_lot_to_mixture_in_one_sheet(shelf: Shelf, ada: User) -> None:
    sheet = read_rows(NOTEBOOK)
    assert tried("notebook", sheet, ada) == []
    made = [one.record for one in entered("notebook", sheet, ada).made]
    assert [record.code.partition("-")[0] for record in made] == ["LOT", "TRT", "ALD", "MIX"]
    assert [record.balance_now_ug() for record in made] == [100_000, 890_000, 1_810_000, 220_000]


def test_a_row_below_one_that_is_wrong_says_so(shelf: Shelf, ada: User) -> None:
    wrong = [{**NOTEBOOK[0], "mass_mg": -1}, *NOTEBOOK[1:2]]
    found = tried("notebook", read_rows(wrong), ada)
    assert found[1] == (2, "parent", '"P-7" is row 1, which is not right yet.')


def test_a_dry_run_names_rows_above_by_their_words_and_not_by_a_code_that_will_not_be(
    shelf: Shelf, ada: User
) -> None:
    found = tried("notebook", read_rows([NOTEBOOK[0], {**NOTEBOOK[1], "load_mass_mg": 3100}]), ada)
    assert (2, "load_mass_mg", '"P-7" (row 1) holds only 3000 mg; 3100 mg cannot be taken.') in found


def test_two_powders_of_one_name_are_not_chosen_between(shelf: Shelf, ada: User) -> None:
    for _ in range(2):
        factories.make_lot(ada, shelf.project, name="Dry LPSC")
    head = "Treatment,Powder put in,Powder load (mg),Mass recovered (mg),Done at"
    _row, column, sentence = only(tried("treatments", lots(f"Dry,Dry LPSC,1,1,{DAY}", head=head), ada))
    assert (column, "write the code" in sentence) == ("parent", True)


def test_a_part_without_its_mass_is_refused(shelf: Shelf, ada: User) -> None:
    row = {key: value for key, value in NOTEBOOK[3].items() if key not in ("kind", "mass_4_mg")}
    found = tried("mixtures", read_rows([{**row, "powder_1": "NMC-1"}]), ada)
    assert only(found)[1] == "mass_4_mg"


def test_other_projects_powders_are_not_there(shelf: Shelf, otto: User) -> None:
    head = "Treatment,Powder put in,Powder load (mg),Mass recovered (mg),Done at"
    code = shelf.lots["NMC"].code
    hidden, never = (
        only(tried("treatments", lots(f"Dry,{word},1,1,{DAY}", head=head), otto))[2]
        for word in (code, "LOT-9999")
    )
    assert hidden.replace(code, "LOT-9999") == never


# --- blanks -------------------------------------------------------------------------------------------------


def test_a_blank_is_a_reason_and_not_nothing(shelf: Shelf, ada: User) -> None:
    sheet = lots(
        f"NMC532,MSE Supplies,A-1,100,{DAY},n.m.,Not Recorded,",
        head=f"{HEAD},Purity (%),Catalogue number,Container tare (mg)",
    )
    (made,) = entered("lots", sheet, ada).made
    assert made.record.blanks == {"purity_fraction": "not_measured", "catalogue_number": "not_recorded"}
    assert made.record.lot.catalogue_number == ""


def test_what_must_be_there_cannot_be_blank(shelf: Shelf, ada: User) -> None:
    head = "Treatment,Powder put in,Powder load (mg),Mass recovered (mg),Done at"
    found = tried("treatments", lots(f"Dry,NMC-1,1,not measured,{DAY}", head=head), ada)
    assert only(found)[1] == "recovered_mass_mg"


def test_a_project_is_nothing_that_is_measured(shelf: Shelf, ada: User) -> None:
    found = tried("lots", lots(f"NMC532,MSE Supplies,A-1,100,{DAY},n.r.", head=f"{HEAD},Project"), ada)
    assert only(found)[1] == "project"


# --- heads and numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "text"),
    [
        ("Mass received (g)", "0.0281"),
        ("Mass received [mg]", "28.1"),
        ("mass_mg", "28.1"),
        ("Mass received / µg", "28100"),
    ],
)
def test_a_head_says_its_unit_and_the_number_follows(shelf: Shelf, ada: User, head: str, text: str) -> None:
    sheet = lots(f"NMC532,MSE Supplies,A-1,{text},{DAY}", head=HEAD.replace("Mass received (mg)", head))
    (made,) = entered("lots", sheet, ada).made
    assert made.record.balance_now_ug() == 28_100


@pytest.mark.parametrize("head", ["Mass received (oz)", "Mass received", "Mass received (Mg)"])
def test_a_unit_that_is_missing_or_unknown_is_never_guessed(shelf: Shelf, ada: User, head: str) -> None:
    sheet = lots(f"NMC532,MSE Supplies,A-1,1,{DAY}", head=HEAD.replace("Mass received (mg)", head))
    row, _column, sentence = only(tried("lots", sheet, ada))
    assert (row, repr(head) in sentence) == (1, True)


def test_a_column_that_nobody_knows_is_refused_unless_it_is_a_remark(shelf: Shelf, ada: User) -> None:
    row = f"NMC532,MSE Supplies,A-1,100,{DAY},blue"
    assert "Colour" in only(tried("lots", lots(row, head=f"{HEAD},Colour"), ada))[2]
    assert tried("lots", lots(row, head=f"{HEAD},# Colour"), ada) == []


def test_semicolons_and_decimal_commas_are_read(shelf: Shelf, ada: User) -> None:
    sheet = lots(f"NMC532;MSE Supplies;A-1;1,234;{DAY}", head=HEAD.replace(",", ";"))
    assert entered("lots", sheet, ada).made[0].record.balance_now_ug() == 1_234


def test_a_comma_that_may_part_thousands_is_not_guessed(shelf: Shelf, ada: User) -> None:
    sheet = lots(f'NMC532,MSE Supplies,A-1,"1,234",{DAY}')
    row, column, sentence = only(tried("lots", sheet, ada))
    assert (row, column, sentence.startswith("1,234 may be 1.234 or 1234")) == (2, "mass_mg", True)
    told = lots(f'NMC532,MSE Supplies,A-1,"1,234",{DAY}', f'NMC532,MSE Supplies,A-2,"2,5",{DAY}')
    assert tried("lots", told, ada) == [], "12,5 elsewhere in the sheet says what a comma is"


def test_a_thing_of_the_same_words_twice_in_the_lab_is_told_by_the_rule_of_the_lab(
    shelf: Shelf, ada: User
) -> None:
    row = f"NMC532,MSE Supplies,A-1,100,{DAY}"
    found = tried("lots", lots(row, row), ada)
    assert only(found)[:2] == (3, "")
    assert "recorded already; a further container of the lot has a container number" in only(found)[2]


# --- files --------------------------------------------------------------------------------------------------


def workbook(write: Any, **options: Any) -> bytes:
    """Return a workbook whose first sheet is called Lots and holds what ``write`` writes."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, **options}) as book:
        write(book, book.add_worksheet("Lots"))
    return buffer.getvalue()


def test_a_workbooks_dates_and_numbers_are_what_people_see(shelf: Shelf, ada: User) -> None:
    def write(book: Any, sheet: Any) -> None:
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(1, 0, ["#", *HEAD.split(","), "Expires on"])
        sheet.write_row(2, 0, ["# example", "NMC532", "x", "y", 1])
        sheet.write_row(3, 0, ["", "NMC532", "MSE Supplies", 12345, 8.1 + 0.2 - 0.1])
        sheet.write_datetime(3, 5, datetime.fromisoformat("2026-03-02T14:30"), day)
        sheet.write_datetime(3, 6, datetime.fromisoformat("2027-01-31"), day)

    (made,) = entered("lots", read_upload("lots.xlsx", workbook(write)), ada).made
    assert made.row == 4
    assert made.record.lot.lot_number == "12345"
    assert made.record.balance_now_ug() == 8_200
    assert made.record.performed_at == datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
    assert str(made.record.lot.expires_on) == "2027-01-31"


def test_a_lot_number_that_a_spreadsheet_made_a_date_of_is_refused(shelf: Shelf, ada: User) -> None:
    def write(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEAD.split(","))
        sheet.write_row(1, 0, ["NMC532", "MSE Supplies", "", 5, DAY])
        sheet.write_datetime(
            1, 2, datetime.fromisoformat("2026-03-01"), book.add_format({"num_format": "mmm d"})
        )

    row, column, sentence = only(tried("lots", read_upload("lots.xlsx", workbook(write)), ada))
    assert (row, column, "made a date of it" in sentence) == (2, "lot_number", True)


def test_a_formula_is_not_a_measured_value(shelf: Shelf, ada: User) -> None:
    def write(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEAD.split(","))
        sheet.write_row(1, 0, ["NMC532", "MSE Supplies", "A-1", 0, DAY])
        sheet.write_formula(1, 3, "=12*2", None, 24)

    assert "D2 holds a formula" in only(tried("lots", read_upload("lots.xlsx", workbook(write)), ada))[2]


def test_macros_are_refused() -> None:
    content = workbook(lambda _book, sheet: sheet.write(0, 0, "Material"))
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as parts:
        parts.writestr("xl/vbaProject.bin", b"macro")
    with pytest.raises(ValidationError, match="holds macros"):
        read_upload("lots.xlsm", buffer.getvalue())


def test_two_thousand_rows_are_read_and_one_more_is_refused() -> None:
    row = f"NMC532,MSE Supplies,A,1,{DAY}"
    assert len(read_upload("a.csv", "\n".join([HEAD, *[row] * 2000]).encode())[0].lines) == 2000
    with pytest.raises(ValidationError, match="has 2,001 rows; at most 2,000"):
        read_upload("a.csv", "\n".join([HEAD, *[row] * 2001]).encode())


@pytest.mark.parametrize(
    "content", [b"", b"  \n", b"\xd0\xcf\x11\xe0old", b"PK\x03\x04broken", b"a,b\n\x00\x01"]
)
def test_what_is_no_table_is_told_in_a_sentence(content: bytes) -> None:
    with pytest.raises(ValidationError):
        read_upload("photo.bin", content)


def test_a_file_of_more_than_ten_megabytes_is_refused() -> None:
    with pytest.raises(ValidationError, match="at most 10 MB"):
        read_upload("a.csv", b"x" * (10 * 1024**2 + 1))


def test_another_encoding_is_read_and_said_so() -> None:
    (plain,) = read_upload("a.csv", b"\xef\xbb\xbfMaterial;Note\nNMC;\xc2\xb5\n")
    assert (plain.header, plain.notes) == (["Material", "Note"], [])
    (latin,) = read_upload("a.csv", "Material;Note\nNMC;µ\n".encode("latin-1"))
    assert latin.lines[0].cells == ["NMC", "µ"]
    assert "Latin-1" in latin.notes[0]
