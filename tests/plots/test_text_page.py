"""The HTML of a text: all of it there, safe, self-contained and readable."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.plots import HTMLText, text_html
from tests.plots.test_passages import explained
from tests.plots.test_text_figure import EFFECTS, WORDS, long_text

VOID = {"input"}


class Page(HTMLParser):
    """The text of a page, its tooltips, and whether its tags are balanced."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.text, self.titles, self.folded = [], [], "", [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.titles += [value for name, value in attrs if name == "title"]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "s":
            self.folded += " "

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "s" in self.open:
            self.folded += data
        elif "p" in self.open and not {"sup", "em"} & set(self.open):
            self.text += data


def test_the_text_is_there_with_its_numbers():
    page = Page(text_html(explained(14, EFFECTS), WORDS))
    assert page.text == " ".join(WORDS)
    assert not page.open
    assert "bad: \N{MINUS SIGN}0.9\nA  +1.3  not × bad\nC  +0.5  not × exactly × bad" in page.titles  # noqa: RUF001


def test_it_needs_nothing_from_outside():
    page = text_html(explained(14, EFFECTS), WORDS)
    assert page.isascii()  # no encoding can spoil it
    for foreign in ("<script", "http", "url(", "@import", "src=", "href="):
        assert foreign not in page
    assert page._repr_html_() == page


def test_every_member_of_an_interaction_is_linked_and_the_legend_has_its_value():
    page = text_html(explained(14, EFFECTS), WORDS)
    classes = [attrs.get("class", "").split() for _, attrs in Page(page).tags]
    members = [["not", "bad"], ["never", "good"], ["not", "exactly", "bad"]]
    for number, words in enumerate(members):
        # each member has a letter and a body, the legend has a row
        assert sum(f"k{number}" in found for found in classes) == 2 * len(words) + 1
        assert f".k{number}:hover" in page


@given(
    words=st.lists(
        st.text(alphabet="<>&\"'$ab\u00e9\u4e2d\U0001f600;/", min_size=1), min_size=2, max_size=8
    )
)
def test_no_word_can_break_out(words):
    effects = {(0,): 1.0, (0, 1): -1.0}
    page = Page(text_html(explained(len(words), effects), words))
    assert page.text == " ".join(words)
    harmless = {"div", "style", "p", "i", "span", "mark", "sup", "table", "tbody", "tr", "td", "b"}
    assert {tag for tag, _ in page.tags} <= harmless | {"small"}


def test_a_long_text_can_be_unfolded():
    values, game = long_text()
    page = Page(text_html(values, game))
    shown, folded = re.findall(r"\w+", page.text), re.findall(r"\w+", page.folded)
    assert len(shown) < 80
    assert sorted(shown + folded) == sorted(game.player_names)
    unfolded = Page(text_html(values, game, context=None))
    assert unfolded.text == game.text


def test_line_breaks_and_blanks_stay():
    text = "one\n\n   two\tthree"
    pieces = re.split(r"(?<=\s)(?=\S)", text)
    page = text_html(explained(3, {(0,): 1.0}), pieces)
    assert Page(page).text == text
    assert "white-space:pre-wrap" in page


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def rgb(text):
    digits = text[1:] if len(text) == 7 else "".join(2 * digit for digit in text[1:])
    return [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]


@pytest.mark.parametrize("dark", [False, True])
def test_everything_can_be_read(dark):
    page = text_html(explained(14, EFFECTS), WORDS)
    style = page[page.index("<style>") : page.index("</style>")]
    blocks = re.findall(r"@media \(prefers-color-scheme:dark\) \{(.*?)\}\}", style, re.DOTALL)
    light = re.sub(r"@media \(prefers-color-scheme:dark\) \{.*?\}\}", "", style, flags=re.DOTALL)
    pattern = re.compile(r"--([a-z-]+):(#[0-9a-f]+|[.\d]+)")
    colours = dict(pattern.findall(light))
    if dark:
        colours |= dict(pattern.findall(" ".join(blocks)))
    paper, ink = rgb(colours["paper"]), rgb(colours["ink"])
    for name in ("ink", "faint", "up-ink", "down-ink"):
        assert contrast(rgb(colours[name]), paper) >= 4.5, name
    for shade in ("#ff0d57", "#1e88e5"):
        alpha = 0.85 * float(colours["most"])  # the darkest word
        mixed = [alpha * s + (1 - alpha) * p for s, p in zip(rgb(shade), paper, strict=True)]
        assert contrast(ink, mixed) >= 4.5


def test_a_page_is_saved_for_browsers(tmp_path):
    page = text_html(explained(14, EFFECTS), WORDS)
    for path in (tmp_path / "text.html", str(tmp_path / "text.html")):  # the second time over it
        page.save(path)
        saved = (tmp_path / "text.html").read_text(encoding="utf-8")
        assert saved.startswith("<!doctype html>")
        assert saved.count(page) == 1
        assert "charset" in saved
    HTMLText("caf\u00e9").save(tmp_path / "other.html")  # users may add what is not ASCII
    assert "caf\u00e9" in (tmp_path / "other.html").read_text(encoding="utf-8")
