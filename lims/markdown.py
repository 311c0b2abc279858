"""Markdown as safe HTML: no raw HTML, codes of records as links, pictures only from the entry's own files."""

from __future__ import annotations

import re
from collections.abc import Mapping

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

# Every record's code is written like this; what only looks like one is left as it stands.
CODE = re.compile(r"(?<![\w/-])([A-Z]{2,12}-\d{1,12})(?![\w-])")
TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title", "class"}, "img": {"src", "alt", "title", "class"}, "ol": {"start"}}
# A page has its own first and second heading.
SHIFT = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6"}
_PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])


def codes_in(text: str) -> list[str]:
    """Return what looks like a code in ``text``, each once, in order; what is quoted as program text is none.

    >>> codes_in("CELL-0042 as CELL-0042 and `MIX-0001`, made of ALD-0007.")
    ['CELL-0042', 'ALD-0007']
    """
    words = [
        child.content
        for token in _PARSER.parse(text)
        for child in token.children or []
        if child.type == "text"
    ]
    return list(dict.fromkeys(code for word in words for code in CODE.findall(word)))


def to_html(
    text: str, *, links: Mapping[str, str] | None = None, pictures: Mapping[str, str] | None = None
) -> str:
    """Return ``text`` as HTML that may stand in a page.

    links     The addresses of codes that become links; other codes stay text.
    pictures  The addresses of pictures by their file's name; any other picture becomes its own words.

    >>> to_html("see **CELL-0042**", links={"CELL-0042": "/cells/CELL-0042/"}).strip()
    '<p>see <strong><a class="code" href="/cells/CELL-0042/" rel="noopener noreferrer">CELL-0042</a></strong></p>'
    >>> to_html("<script>alert(1)</script>").strip()
    '<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>'
    """
    tokens = _PARSER.parse(text)
    for token in tokens:
        token.tag = SHIFT.get(token.tag, token.tag)
        if token.children:
            token.children = _inline(token.children, links or {}, pictures or {})
    drawn = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return nh3.clean(drawn, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"})


def _inline(children: list[Token], links: Mapping[str, str], pictures: Mapping[str, str]) -> list[Token]:
    made: list[Token] = []
    inside_link = 0
    for child in children:
        inside_link += {"link_open": 1, "link_close": -1}.get(child.type, 0)
        if child.type == "image":
            made.append(_picture(child, pictures))
        elif child.type == "text" and not inside_link:
            made += _linked(child.content, links)
        else:
            made.append(child)
    return made


def _picture(token: Token, pictures: Mapping[str, str]) -> Token:
    """Return a picture of the entry's own files, or its words: a picture from elsewhere would tell who reads."""
    address = pictures.get(str(token.attrGet("src") or ""))
    if address is None:
        return _text(f"[{token.content or 'picture'}: no such file here]")
    token.attrSet("src", address)
    token.attrSet("class", "note-picture")
    return token


def _linked(text: str, links: Mapping[str, str]) -> list[Token]:
    made, end = [], 0
    for found in CODE.finditer(text):
        address = links.get(found[1])
        if address is None:
            continue
        link = Token("link_open", "a", 1)
        link.attrs = {"class": "code", "href": address}
        made += [_text(text[end : found.start()]), link, _text(found[1]), Token("link_close", "a", -1)]
        end = found.end()
    return [*made, _text(text[end:])]


def _text(words: str) -> Token:
    return Token("text", "", 0, content=words)
