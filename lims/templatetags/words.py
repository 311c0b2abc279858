"""Filters that write words on paper."""

import re
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# A column this wide fits into every table of a report.
WORD_MAX = 20
WORDS = re.compile(r"(\s+)")


@register.filter
def breakable(value: Any) -> SafeString:
    """Let a word that is longer than a column may be break anywhere (``<span class="long">``).

    Only such words: to let every cell break between any two letters makes WeasyPrint measure each letter of a table,
    which takes longer than all the rest.
    """
    parts = WORDS.split(str(value))
    written = [
        format_html('<span class="long">{}</span>', part)
        if len(part) > WORD_MAX
        else conditional_escape(part)
        for part in parts
    ]
    # Each part was escaped above.
    return mark_safe("".join(written))  # noqa: S308
