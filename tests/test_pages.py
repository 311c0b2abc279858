"""Every page opens, for everybody who may open it, and does what its form says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from cells.actions import make_claim
from cells.models import Cell, Layer
from lims import jobs
from lims.attachments import attach
from lims.models import LogEntry, Project, Role, User
from lims.notebook import write_note
from lims.suspicion import mark_suspect
from materials import actions as powder_actions
from materials.actions import Despite, dispose, draw_mass, put_on_hold
from materials.models import MassEntry, Powder
from testing import actions
from testing.actions import receive_file, request_report
from testing.models import CellTest, Instrument, Report, Submission
from tests import factories
from tests.factories import Shelf
from tests.testing.bench import Bench, make_bench
from tests.testing.squidstat_by_hand import charge, discharge, squidstat

PAGES = ("lims", "materials", "cells", "testing")
FOLLOWED = re.compile(r'(?:href|data-url|hx-get|src)="(/(?!static/|accounts/|admin/|api/)[^"#]*)"')
# Answered only while something is under way, or not by a GET.
NOT_LINKED = {
    "testing:file_progress", "testing:report_progress", "testing:upload", "testing:assign_file",
    "testing:request_report", "testing:issue_token", "testing:revoke_tokens", "lims:scan",
    "lims:clear_suspicion", "testing:protocol_preview",
    "testing:trial", "testing:past_metrics", "testing:lift_exclusion", "testing:conformance", "cells:dismantle",
    "materials:open_lot", "materials:import_made", "lims:short", "lims:attachments",
    # Taken by a form of the page that shows them, or from a code on paper.
    "lims:save_view", "lims:drop_view", "testing:verify_code", "testing:report_preview", "testing:save_comparison",
    # Opened in tests/testing/test_intake_pages.py, each beside what leads to it.
    "testing:test_now", "testing:drop_files", "testing:acknowledge_alert", "testing:settle_file",
    "testing:conflict_data", "testing:answer_start", "testing:revoke_token", "testing:withdraw_reservation",
}  # fmt: skip


@dataclass(frozen=True)
class Lab:
    """A small lab with something on every page."""

    bench: Bench
    planned: Cell
    half_built: Cell
    complete: Cell
    parked: Submission
    report: Report


def furnish(shelf: factories.Shelf) -> None:
    """Put something on the pages of places, gloveboxes, capacities and limits."""
    by, nmc = shelf.by, shelf.materials["NMC"]
    powder_actions.create_place(by=by, name="Room 12")
    powder_actions.create_equipment(by=by, kind="glovebox", name="Argon box")
    powder_actions.add_capacity(
        material=nmc, by=by, upper_cut_off_v=4.3, specific_capacity_mah_g=165, reference="paper"
    )
    powder_actions.set_limit(material=nmc, by=by, quantity="moisture_ppm", upper=500, source="data sheet")
    powder_actions.change_material(material=nmc, by=by, reason="to order", low_stock_ug=10**9)


@pytest.fixture
def lab(ada: User, project: Project) -> Lab:
    bench = make_bench(ada, project)
    shelf = bench.shelf
    furnish(shelf)
    factories.make_weighing_sheet(shelf)
    condition, edition = bench.cell.condition, bench.cell.edition
    planned = factories.plan_cell(shelf, condition=condition, edition=edition)
    half_built = factories.plan_cell(shelf, condition=condition, edition=edition)
    factories.press(shelf, half_built, "separator", "48.6")
    complete = factories.plan_cell(shelf, condition=condition, edition=edition)
    for role, mass_mg in (("separator", "48.6"), ("positive", "8.1"), ("negative", "13.28")):
        factories.press(shelf, complete, role, mass_mg)
    actions.create_protocol(by=ada, name="Formation", text="charge at C/10 until upper limit")
    measured = SimpleUploadedFile("1_cell-Formation.csv", squidstat([charge(8), discharge(7)]))
    receive_file(upload=measured, by=ada, test=bench.test)
    swept = b"EC-Lab ASCII FILE\nNb header lines : 3\nfreq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\n1000.0\t65.5\t0.5\n1.0\t90.0\t2\n"
    receive_file(upload=SimpleUploadedFile("eis.mpt", swept), by=ada, test=bench.test)
    parked = receive_file(
        upload=SimpleUploadedFile("photo.csv", b"\x89PNG no table"), by=ada, test=bench.test
    )
    sample = actions.take_sample(
        name="Fragment", kind="fragment", cell=bench.cell, after_test=bench.test, by=ada
    )
    actions.record_characterisation(
        by=ada,
        sample=sample,
        technique="tem",
        instrument="TEM",
        values=[{"quantity": "coating thickness", "value": 5}],
    )
    report = request_report(kind="cell", subject=bench.cell.identity, by=ada)
    factories.make_fill(ada, project)
    put_jars_to_use(shelf)
    photo = SimpleUploadedFile("sheet.png", factories.make_picture())
    attach(identity=bench.cell.identity, upload=photo, purpose="sheet", by=ada)
    return Lab(
        bench, planned, half_built, complete, Submission.objects.get(pk=parked.submission.pk),
        Report.objects.get(pk=report.pk),
    )  # fmt: skip


def judge_and_tell(bench: Bench, ada: User) -> None:
    """A claim, a comparison, an entry, a layout, a report in review, a mapping, and a table that waits for its own."""
    study, project = bench.cell.condition.study, bench.shelf.project
    make_claim(
        study=study, by=ada, text="A loading of 18.2", quantity="composite_loading_mg_cm2", stated="18.2"
    )
    actions.save_comparison(by=ada, project=project, name="The only cell", cells=[bench.cell])
    write_note(by=ada, project=project, heading="Dry", body=f"{bench.cell.code} was pressed at 2 ppm.")
    actions.keep_layout(
        kind="cell", options={"foreword": "Of our lab."}, by=factories.make_person("gia", Role.MANAGER)
    )
    for name, head in (("of no maker.csv", "t/h;E;I"), ("of another.csv", "t/h;E;I2")):
        table = SimpleUploadedFile(
            name, f"{head}\n0;1450.00;-0.1\n10;1400.00;-0.1\n20;1300.00;0.1\n".encode()
        )
        receive_file(upload=table, by=ada, test=bench.test)
    report = request_report(kind="lot", subject=bench.shelf.lots["LTO"].identity, by=ada)
    jobs.work_all()
    report.refresh_from_db()
    actions.submit_report(report=report, password=factories.PASSWORD, by=ada)
    columns = [
        {"place": 0, "target": "test_time_second", "unit": "h"},
        {"place": 1, "target": "voltage_volt", "unit": "mV"},
        {"place": 2, "target": "current_ampere", "unit": "mA"},
    ]
    actions.save_mapping(
        submission=Submission.objects.get(name="of no maker.csv"),
        name="Of no maker",
        kind="cycling",
        columns=columns,
        by=ada,
    )


def put_jars_to_use(shelf: Shelf) -> None:
    """A jar on hold that was drawn from all the same, a plain draw from it, and a jar that is finished."""
    lot = shelf.lots["LTO"]
    put_on_hold(powder=lot, reason="moisture is not known", by=shelf.by)
    draw_mass(powder=lot, mass_ug=1_000, purpose="XRD", by=shelf.by, despite=Despite(lot_reason="a trial"))
    dispose(powder=shelf.lots["Nb(OEt)5"], reason="used up", by=shelf.by)


@pytest.fixture
def worked(lab: Lab) -> Lab:
    """The lab after its worker has read every file and printed every report."""
    judge_and_tell(lab.bench, lab.bench.shelf.by)
    jobs.work_all()
    lab.parked.refresh_from_db()
    lab.report.refresh_from_db()
    # Nothing is drawn from an instrument, so the mark is in nobody's way.
    mark_suspect(identity=lab.bench.instrument.identity, reason="clock wrong", by=lab.bench.shelf.by)
    return lab


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def crawl(client: Client) -> dict[str, int]:
    """Return every address that can be reached by links from home, with the status of its answer."""
    found: dict[str, int] = {}
    queue = [reverse("lims:home")]
    while queue:
        url = queue.pop()
        if url in found:
            continue
        answer = client.get(url)
        found[url] = answer.status_code
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            queue += [link.replace("&amp;", "&") for link in FOLLOWED.findall(answer.content.decode())]
    return found


def routes_of_pages() -> Iterator[str]:
    """Return the name of every page."""
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and entry.app_name in PAGES:
            for pattern in entry.url_patterns:
                assert isinstance(pattern, URLPattern)
                yield f"{entry.namespace}:{pattern.name}"


def test_every_page_is_reached_by_links_from_home_and_opens(worked: Lab, grace: User) -> None:
    found = crawl(browser(grace))
    assert {url: status for url, status in found.items() if status != 200} == {}
    reached = {resolve(url.partition("?")[0]).view_name for url in found}
    assert set(routes_of_pages()) - NOT_LINKED - reached == set()


def test_what_a_reader_is_offered_is_never_refused(worked: Lab, project: Project) -> None:
    reader = factories.make_person("rita", Role.READER, project)
    assert set(crawl(browser(reader)).values()) == {200}


def test_an_empty_lab_says_what_to_do_next(otto: User) -> None:
    client = browser(otto)
    assert "Receive a lot" in client.get("/").content.decode()
    assert set(crawl(client).values()) == {200}


def test_a_stranger_is_sent_to_the_login(lab: Lab) -> None:
    for url in (
        "/",
        f"/cells/{lab.bench.cell.code}/",
        f"/files/{lab.parked.pk}/",
        f"/reports/{lab.report.code}/pdf/",
    ):
        answer = Client().get(url)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/login/")


def test_an_instruments_account_opens_no_page(lab: Lab) -> None:
    assert browser(lab.bench.instrument.account).get("/").status_code == 403


@pytest.mark.parametrize("name", ["materials:powders", "cells:cells", "testing:tests", "testing:files"])
def test_a_list_costs_the_same_queries_however_long_it_is(lab: Lab, ada: User, name: str) -> None:
    client, shelf = browser(ada), lab.bench.shelf

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        return len(queries)

    before = count()
    for number in range(3):
        factories.make_lot(ada, shelf.project, material=shelf.materials["NMC"], received_mg=10)
        cell = factories.make_cell(shelf, condition=lab.planned.condition, edition=lab.planned.edition)
        test = factories.make_test(cell, ada)
        receive_file(upload=SimpleUploadedFile(f"{number}.csv", f"{number}".encode()), by=ada, test=test)
    assert count() == before


# --- what forms do ------------------------------------------------------------------------------------------


def send(client: Client, url: str, key: str = "k1", **fields: object) -> object:
    """Post a form as the page sends it."""
    return client.post(url, {"idempotency_key": key, **fields})


def test_a_draw_of_more_than_is_left_says_so_beside_the_field(lab: Lab, ada: User) -> None:
    lot = factories.make_lot(ada, lab.bench.shelf.project, received_mg=100)
    answer = send(browser(ada), f"/powders/{lot.code}/draw/", mass_ug="100.001", purpose="XRD")
    assert answer.status_code == 400
    assert f"{lot.code} holds only 100 mg" in answer.content.decode()
    assert MassEntry.objects.filter(powder=lot).count() == 1


def test_a_double_tap_draws_once(lab: Lab, ada: User) -> None:
    lot = factories.make_lot(ada, lab.bench.shelf.project, received_mg=100)
    client = browser(ada)
    for _ in range(2):
        answer = send(client, f"/powders/{lot.code}/draw/", mass_ug="60", purpose="XRD")
        assert answer.status_code == 302
    assert Powder.objects.get(pk=lot.pk).balance_now_ug() == 40_000


def test_the_admin_refuses_an_overdraw_with_the_same_sentence(lab: Lab) -> None:
    admin = User.objects.create_superuser("admin", password="demo-lab")
    lot = factories.make_lot(admin, None, received_mg=100)
    url, client = reverse("admin:materials_massentry_add"), browser(admin)
    answer = send(client, url, powder=lot.code, mass_ug="100.001", purpose="XRD")
    assert f"{lot.code} holds only 100 mg" in answer.content.decode()
    assert send(client, url, key="k2", powder=lot.code, mass_ug="40", purpose="XRD").status_code == 302
    assert Powder.objects.get(pk=lot.pk).balance_now_ug() == 60_000


def test_the_admin_opens_every_model(lab: Lab) -> None:
    client = browser(User.objects.create_superuser("admin", password="demo-lab"))
    page = client.get(reverse("admin:index")).content.decode()
    lists = sorted(set(re.findall(r'href="(/admin/(?:lims|materials|cells|testing)/\w+/)"', page)))
    assert len(lists) > 30
    assert {url: client.get(url).status_code for url in lists} == dict.fromkeys(lists, 200)


def test_a_lot_is_received(lab: Lab, ada: User) -> None:
    answer = send(
        browser(ada), "/powders/receive/", material=lab.bench.shelf.materials["LTO"].code,
        supplier=factories.make_supplier(ada).code, lot_number="LTO-2", mass_ug="25.5",
        project="NB-COAT", purity_fraction="99",
    )  # fmt: skip
    assert answer.status_code == 302
    powder = Powder.objects.get(lot__lot_number="LTO-2")
    assert (powder.balance_now_ug(), powder.lot.purity_fraction) == (25_500, 0.99)


def test_a_mix_takes_each_part_from_its_powder(lab: Lab, ada: User) -> None:
    shelf = lab.bench.shelf
    parts = zip(
        (shelf.coated, shelf.lots["LPSC"], shelf.lots["PTFE"], shelf.lots["CNF"]), (70, 30, 5, 5), strict=True
    )
    fields = {
        name: value
        for order, (powder, mass_mg) in enumerate(parts, start=1)
        for name, value in ((f"powder_{order}", powder.code), (f"mass_{order}", str(mass_mg)))
    }
    url = f"/powders/mix/{shelf.cathode.formulation.code}/"
    assert "Target 70 mg" in browser(ada).get(f"{url}?total=110").content.decode()
    answer = send(browser(ada), url, project="NB-COAT", **fields)
    made = Powder.objects.order_by("pk").last()
    assert answer["Location"] == f"/powders/{made.code}/"
    assert made.balance_now_ug() == 110_000


def test_three_cells_are_planned_at_once(lab: Lab, ada: User) -> None:
    before = Cell.objects.count()
    answer = send(
        browser(ada),
        "/cells/plan/",
        condition=lab.planned.condition_id,
        edition=lab.planned.edition_id,
        replicates=3,
    )
    assert answer["Location"] == f"/studies/{lab.planned.study.code}/"
    assert Cell.objects.count() == before + 3


def test_a_cell_is_pressed_layer_by_layer_and_finished(lab: Lab, ada: User) -> None:
    shelf, client = lab.bench.shelf, browser(ada)
    url = f"/cells/{lab.planned.code}/press/"
    page = client.get(url).content.decode()
    assert "The design asks for 48.6 mg" in page
    assert shelf.coated_composite.code not in page
    for role, powder, mass_mg in (
        ("separator", shelf.lots["LPSC"], "48.6"),
        ("positive", shelf.coated_composite, "8.1"),
        ("negative", shelf.anode_composite, "13.28"),
    ):
        answer = send(
            client, url, key=role, role=role, powder=powder.code, mass_ug=mass_mg, lost_ug="0",
            pressure_value=100, pressure_unit="MPa", hold_s=10,
        )  # fmt: skip
        assert answer.status_code == 302, answer.content.decode()
    assert send(client, f"/cells/{lab.planned.code}/finish/").status_code == 302
    assert Cell.objects.get(pk=lab.planned.pk).state == Cell.State.BUILT


def test_a_press_form_left_open_cannot_press_its_layer_as_another(lab: Lab, ada: User) -> None:
    url = f"/cells/{lab.half_built.code}/press/"
    answer = send(
        browser(ada), url, role="separator", powder=lab.bench.shelf.coated_composite.code, mass_ug="8.1",
        lost_ug="0", pressure_value=100, pressure_unit="MPa", hold_s=10,
    )  # fmt: skip
    assert answer.status_code == 400
    assert "next is the Positive composite" in answer.content.decode()
    assert Layer.objects.filter(cell=lab.half_built).count() == 1


def test_a_corrected_mass_shows_on_the_cell_and_marks_its_report(lab: Lab, ada: User) -> None:
    client, code = browser(ada), lab.bench.cell.code
    # 8.1 mg x 70/110 over a die of 6 mm: golden check G4.
    assert "18.2" in client.get(f"/cells/{code}/").content.decode()
    url = f"/cells/{code}/correct/positive/"
    version = Cell.objects.get(pk=lab.bench.cell.pk).version
    typed = {"mass_ug": "8.3", "lost_ug": "0", "expected_version": version}
    assert send(client, url, **typed, reason="").status_code == 400, "a test rests on it"
    assert send(client, url, key="k2", **typed, reason="misread").status_code == 302
    # 8.3 / 8.1 x 18.23 = 18.68
    assert "18.68" in client.get(f"/cells/{code}/").content.decode()
    assert "has been corrected since" in client.get(f"/reports/{lab.report.code}/").content.decode()


def test_a_test_is_set_up_on_a_free_channel_with_the_designs_current(lab: Lab, ada: User) -> None:
    cell = factories.make_cell(lab.bench.shelf, condition=lab.planned.condition, edition=lab.planned.edition)
    client, url = browser(ada), f"/cells/{cell.code}/tests/new/"
    page = client.get(url).content.decode()
    # 3.008 mAh/cm2 x 0.2827 cm2 in one hour: golden check G5.
    assert 'value="0.8505"' in page
    taken, free = lab.bench.instrument.channels.order_by("name")
    assert f">{free} ·" in page
    assert f">{taken} ·" not in page
    for _ in range(2):
        assert send(client, url, phase="formation", channel=free.pk).status_code == 302
    assert CellTest.objects.filter(cell=cell).count() == 1


def test_a_file_is_uploaded_on_its_tests_page(lab: Lab, ada: User) -> None:
    client, url = browser(ada), f"/tests/{lab.bench.test.code}/files/"
    empty = send(client, url, file=SimpleUploadedFile("empty.csv", b""))
    assert (empty.status_code, "holds 0 bytes" in empty.content.decode()) == (400, True)
    content = b"not a table\n"
    for key in ("k2", "k3"):
        assert send(client, url, key=key, file=SimpleUploadedFile("more.csv", content)).status_code == 302
    assert Submission.objects.filter(name="more.csv").count() == 1


def test_a_parked_file_says_why_and_can_be_read_for_another_test(worked: Lab, ada: User) -> None:
    client, url = browser(ada), f"/files/{worked.parked.pk}/"
    page = client.get(url).content.decode()
    assert worked.parked.reason.split(":")[0] in page.replace("&#x27;", "'")
    assert "What to do" in page
    cell = factories.make_cell(
        worked.bench.shelf, condition=worked.planned.condition, edition=worked.planned.edition
    )
    other = factories.make_test(cell, ada)
    answer = send(client, f"{url}assign/", test=other.code)
    assert answer["Location"] == f"/tests/{other.code}/"
    assert Submission.objects.get(pk=worked.parked.pk).test == other


def test_the_page_that_watches_a_file_is_told_to_show_itself_anew(worked: Lab, ada: User) -> None:
    answer = browser(ada).get(f"/files/{worked.parked.pk}/progress/")
    assert answer["HX-Refresh"] == "true"


def test_an_efficiency_is_read_in_percent(worked: Lab, ada: User) -> None:
    page = browser(ada).get(f"/cells/{worked.bench.cell.code}/").content.decode()
    # 7 h out after 8 h in at the same current
    assert re.search(r'87\.5\d?</span><span class="quantity-unit"> %', page)


def test_plots_are_per_area_and_say_when_they_are_simulated(worked: Lab, ada: User) -> None:
    client, code = browser(ada), worked.bench.cell.code
    plot = client.get(f"/cells/{code}/plots/cycles.json").json()
    charged, discharged, efficiency = (series["y"][0] for series in plot["series"])
    # 0.1 mA for 8 and 7 h over 0.282743 cm2
    assert charged == pytest.approx(0.8 / 0.282743, rel=2e-3)
    assert discharged == pytest.approx(0.7 / 0.282743, rel=2e-3)
    assert efficiency == pytest.approx(87.5, abs=0.2)
    assert plot["simulated"] is False
    Project.objects.update(simulated=True)
    assert client.get(f"/tests/{worked.bench.test.code}/plots/voltage.json").json()["simulated"] is True
    assert "made by this product" in client.get(f"/cells/{code}/").content.decode()


@pytest.mark.parametrize("cycles", ["one", ",".join(str(n) for n in range(13))])
def test_a_plot_refuses_cycles_that_are_none(lab: Lab, ada: User, cycles: str) -> None:
    url = f"/tests/{lab.bench.test.code}/plots/voltage.json?cycles={cycles}"
    assert browser(ada).get(url).status_code == 400


def test_a_report_is_asked_for_once_per_tap_and_watched(lab: Lab, ada: User) -> None:
    client, before = browser(ada), Report.objects.count()
    for _ in range(2):
        answer = send(client, f"/cells/{lab.bench.cell.code}/report/")
    assert Report.objects.count() == before + 1
    assert "hx-get" in client.get(answer["Location"]).content.decode()


def test_a_token_is_shown_once_and_kept_nowhere(lab: Lab, grace: User, ada: User) -> None:
    url, client = f"/instruments/{lab.bench.instrument.code}/tokens/", browser(grace)
    assert send(browser(ada), url, label="bench PC").status_code == 403
    answer = send(client, url, label="bench PC")
    token = re.search(r'class="token">([^<]+)<', answer.content.decode())[1]
    assert "no-store" in answer["Cache-Control"]
    again = send(client, url, label="bench PC")
    assert again.status_code == 302
    assert token not in client.get(again["Location"]).content.decode()
    assert token not in str(dict(client.session))
    assert not any(token in entry.changes_json for entry in LogEntry.objects.all())
    send(client, f"{url}revoke/")
    assert not Instrument.objects.get().account.auth_token_set.exists()


@pytest.mark.parametrize("url", ["/powders/receive/", "/cells/plan/", "/designs/new/", "/instruments/new/"])
def test_a_reader_writes_nothing(project: Project, url: str) -> None:
    reader = factories.make_person("rita", Role.READER, project)
    assert browser(reader).get(url).status_code == 403


def test_rows_make_a_formulation_and_a_recipe_and_a_protocol_and_a_design(lab: Lab, ada: User) -> None:
    shelf, client = lab.bench.shelf, browser(ada)
    nmc, lpsc, lto = (shelf.materials[key].code for key in ("NMC", "LPSC", "LTO"))

    def rows(*filled: dict[str, object]) -> dict[str, object]:
        management = {"rows-TOTAL_FORMS": len(filled), "rows-INITIAL_FORMS": 0}
        return management | {f"rows-{n}-{name}": v for n, row in enumerate(filled) for name, v in row.items()}

    made = [
        send(client, "/formulations/new/", key="1", name="80:20",
             **rows({"material": nmc, "parts": 80}, {"material": lpsc, "parts": 20}, {})),
        send(client, "/recipes/new/", key="2", name="Short", coating=shelf.materials["Nb2O5"].code, cycles=10,
             substrate_temperature_c=150, **rows({"kind": "pulse", "substance": "H2O", "duration_s": 1})),
        send(client, "/protocols/new/", key="3", name="Rest", text="rest 1 h"),
        send(client, "/designs/new/", key="4", name="Thin", die=shelf.die.code, positive_material=nmc,
             negative_material=lto, separator_material=lpsc, positive_mass_ug="4", separator_mass_ug="40",
             negative_mass_ug="7", positive_specific_capacity_mah_g=165, negative_specific_capacity_mah_g=155,
             upper_cut_off_v_vs_li=4.3, lower_cut_off_v_vs_li=3,
             reference_offset_v=1.55, reference_offset_source="plateau", np_target=1.1, np_basis="reversible",
             stack_pressure_mpa=7, temperature_c=60,
             positive_capacity_reference="data sheet", negative_capacity_reference="data sheet",
             **rows(*({"role": r, "pressure_mpa": 100, "hold_s": 10} for r in ("separator", "positive", "negative")))),
    ]  # fmt: skip
    assert [answer.status_code for answer in made] == [302, 302, 302, 302]
    assert "80:20" in client.get(made[0]["Location"]).content.decode()
    missing = send(client, "/formulations/new/", key="5", name="Nothing", **rows({}))
    assert missing.status_code == 400
