"""Markdown in the notebook: it formats, it links, and it carries nothing that runs or tells who reads."""

import re

import pytest

from lims.markdown import codes_in, to_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "![a](https://elsewhere.example/pixel.png)",
    "![a](//elsewhere.example/pixel.png)",
    "![a](file:///etc/passwd)",
    "<svg/onload=alert(1)>",
    "<iframe src=//elsewhere.example></iframe>",
    "<style>@import '//elsewhere.example'</style>",
    "<a href='x' onclick='alert(1)'>x</a>",
    "[a]: javascript:alert(1)\n\n[a]",
    "<https://elsewhere.example/><script>",
    "```html\n<script>alert(1)</script>\n```",
    '[a](https://ok.example "title\\" onmouseover=\\"alert(1)")',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_somebody_writes_runs_or_fetches(text):
    html = to_html(text, links={"CELL-0001": "/cells/CELL-0001/"})
    # What stands in quotes is the words of a title; an address is judged by itself below.
    tags = [re.sub(r'title="[^"]*"', "", tag) for tag in re.findall(r"<[^>]*>", html)]
    assert not any(
        re.match(r"<\s*(script|svg|iframe|style|img|object|form)", tag, re.IGNORECASE) for tag in tags
    ), html
    assert not any(
        re.search(r"\son\w+\s*=|javascript:|data:|vbscript:|src=", tag, re.IGNORECASE) for tag in tags
    ), html


def test_a_code_is_a_link_only_where_its_reader_may_see_the_record():
    text = "CELL-0042 beside CELL-0043, not in `CELL-0042` nor in XCELL-0042x"
    html = to_html(text, links={"CELL-0042": "/cells/CELL-0042/"})
    assert html.count('href="/cells/CELL-0042/"') == 1
    assert "CELL-0043" in html
    assert "XCELL-0042x" in html
    assert codes_in(text) == ["CELL-0042", "CELL-0043"]


def test_a_link_that_somebody_wrote_is_not_linked_twice():
    html = to_html("[CELL-0042](https://ok.example/)", links={"CELL-0042": "/cells/CELL-0042/"})
    assert html.count("<a ") == 1
    assert "ok.example" in html


def test_a_picture_is_one_of_the_entrys_own_files():
    text = "![The pellet](pellet.png) and ![else](other.png)"
    html = to_html(text, pictures={"pellet.png": "/attachments/7/"})
    assert '<img src="/attachments/7/" alt="The pellet" class="note-picture">' in html
    assert "[else: no such file here]" in html


def test_what_people_use_to_write_comes_through():
    html = to_html(
        "# Why\n\n- one\n- **two**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> said\n\n~~gone~~ H2O at 60 °C"
    )
    for part in (
        "<h3>Why</h3>",
        "<li>one</li>",
        "<strong>two</strong>",
        "<td>1</td>",
        "<blockquote>",
        "<s>gone</s>",
    ):
        assert part in html, part
