"""The HTML of a report."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser


class Texts(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.texts, self.open = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        assert tag in {"div", "b", "table", "tr", "th", "td", "span"}
        assert not any(name in {"src", "href"} for name, _ in attrs)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_html_is_closed_escaped_and_complete(report):
    strange = replace(report, notes=("<script>alert('&')</script>",), skipped=("{0}: <x>",))
    page = Texts(strange._repr_html_())
    assert page.open == []
    assert "<script>alert('&')</script>" in page.texts
    for text in (*strange.warnings, strange.verdict, "{0}: <x>"):
        assert text in page.texts
    assert "http" not in strange._repr_html_()
