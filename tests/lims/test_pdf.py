"""`render_pdf` reaches neither network nor disk, says what it needs, and repeats itself byte for byte."""

import io
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pypdf
import pytest
from django.conf import settings
from django.template import engines
from django.test import override_settings

from lims import pdf

ROOT = Path(__file__).resolve().parents[2]
SECRET = "secret-on-disk-4711"

HOSTILE_PAGES = {
    "image": '<img src="{url}">',
    "picture from a set": '<img srcset="{url} 1x" src="{url}">',
    "style sheet": '<link rel="stylesheet" href="{url}">',
    "import": "<style>@import url({url});</style>",
    "background": '<p style="background: url({url})">x</p>',
    "font": "<style>@font-face {{ font-family: f; src: url({url}) }} p {{ font-family: f }}</style><p>x</p>",
    "list mark": '<ul style="list-style-image: url({url})"><li>x</ul>',
    "content": "<style>p::before {{ content: url({url}) }}</style><p>x</p>",
    "attachment": '<link rel="attachment" href="{url}">',
    "attached link": '<a rel="attachment" href="{url}">x</a>',
    "embed": '<embed src="{url}">',
    "object": '<object data="{url}"></object>',
    "base": '<base href="{url}"><img src="beside.png"><link rel="stylesheet" href="beside.css">',
    "svg image": '<svg xmlns:xlink="http://www.w3.org/1999/xlink">'
    '<image width="9" height="9" href="{url}" xlink:href="{url}"/></svg>',
    "svg use": '<svg><use href="{url}#a"/></svg>',
    "svg style": "<svg><style>@import url({url}); rect {{ fill: url({url}) }}</style>"
    "<rect width='9' height='9'/></svg>",
    "svg in a data address": '<img src="data:image/svg+xml,'
    "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
    "<image width='9' height='9' href='{url}'/></svg>\">",
    "style in a data address": '<link rel="stylesheet" href="data:text/css,@import url({url});">',
    "entity": "<img src=\"data:image/svg+xml,<!DOCTYPE s [<!ENTITY e SYSTEM '{url}'>]>"
    "<svg xmlns='http://www.w3.org/2000/svg'><text y='9'>%26e;</text></svg>\">",
}


class Listener(ThreadingHTTPServer):
    """A real server on this machine that counts who comes."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/stolen.svg"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Listener)
        self.server.paths.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def template(tmp_path: Path) -> Iterator[Path]:
    """A template of the test's own, where render_pdf finds it by the name ``page.html``."""
    written = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    with override_settings(TEMPLATES=written):
        yield tmp_path / "page.html"


def opened(document: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(document))


@pytest.mark.parametrize("kind", HOSTILE_PAGES)
def test_no_markup_makes_the_printer_call_anyone(kind: str, template: Path, listener: Listener) -> None:
    template.write_text(HOSTILE_PAGES[kind].format(url=listener.url))
    pdf.render_pdf("page.html", {})
    assert listener.paths == []


@pytest.mark.parametrize("kind", HOSTILE_PAGES)
def test_no_markup_makes_the_printer_read_a_file(kind: str, template: Path, tmp_path: Path) -> None:
    target = tmp_path / "secret.txt"
    target.write_text(SECRET)
    template.write_text(HOSTILE_PAGES[kind].format(url=target.as_uri()))
    reader = opened(pdf.render_pdf("page.html", {}))
    assert reader.attachments == {}
    streams = b"".join(
        thing.get_data()
        for number in range(1, len(reader.xref[0]) + 1)
        if isinstance(thing := reader.get_object(number), pypdf.generic.StreamObject)
    )
    assert SECRET.encode() not in streams
    assert SECRET not in reader.pages[0].extract_text()


def test_the_listener_would_have_heard_an_open_printer(template: Path, listener: Listener) -> None:
    """The two tests above prove nothing unless the same pages do call out when nobody stops them."""
    for kind in ("image", "import", "attachment", "svg image", "svg in a data address"):
        listener.paths.clear()
        pdf.HTML(string=HOSTILE_PAGES[kind].format(url=listener.url)).write_pdf()
        assert listener.paths, kind


def test_images_in_data_addresses_are_drawn(template: Path) -> None:
    template.write_text(
        "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='90' height='20'>"
        "<text y='15'>drawn here</text></svg>\">"
    )
    assert "drawn here" in opened(pdf.render_pdf("page.html", {})).pages[0].extract_text()


def test_the_context_is_escaped(template: Path, listener: Listener) -> None:
    template.write_text("<p>{{ text }}</p>")
    payload = f'<img src="{listener.url}">'
    assert payload in opened(pdf.render_pdf("page.html", {"text": payload})).pages[0].extract_text()
    assert listener.paths == []


def test_the_document_says_who_wrote_what_in_which_language(template: Path) -> None:
    template.write_text(
        '<html lang="en"><title>A title</title><meta name="author" content="Ada"><h1>Head</h1>'
    )
    document = pdf.render_pdf("page.html", {})
    reader = opened(document)
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == ("A title", "Ada")
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    # What the file claims of itself; whether it keeps every rule of the standard is for a validator to say.
    metadata = root["/Metadata"].get_data()
    assert b'part="3"' in metadata
    assert b'conformance="U"' in metadata


def test_the_same_input_gives_the_same_bytes(template: Path) -> None:
    template.write_text("<title>t</title><h1>{{ text }}</h1>")
    first, second = (pdf.render_pdf("page.html", {"text": "18.23 ± 0.20 µm"}) for _ in range(2))
    assert first == second
    assert first != pdf.render_pdf("page.html", {"text": "18.24 ± 0.20 µm"})


def test_a_machine_without_the_libraries_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MISSING_LIBRARY", "cannot load library 'libpango-1.0-0'")
    with pytest.raises(pdf.PdfUnavailable, match=r"libpango-1\.0-0.*apt-get install .*libharfbuzz-subset0"):
        pdf.render_pdf("reports/cell.html", {})
    assert "libpango-1.0-0" in (pdf.pdf_problem() or "")


def test_a_machine_with_the_libraries_has_no_problem_to_tell() -> None:
    assert pdf.pdf_problem() is None


def test_the_module_can_be_imported_without_the_libraries(tmp_path: Path) -> None:
    broken = tmp_path / "weasyprint"
    broken.mkdir()
    (broken / "__init__.py").write_text(
        "import warnings\nwarnings.warn('harfbuzz', DeprecationWarning)\nprint('noise')\n"
        "raise OSError(\"cannot load library 'libpango-1.0-0': no such file\")\n"
    )
    code = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]\n"
        "import lims.pdf; print(lims.pdf.MISSING_LIBRARY)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:weasyprint", "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert done.stdout.strip() == "cannot load library 'libpango-1.0-0': no such file"


def test_templates_are_found_by_the_engine_of_the_product() -> None:
    assert engines["django"].get_template("reports/cell.html")
