"""Plot a text with interactions.

The data coordinates of the axes are points (1/72 inch), the unit of font sizes, so that the layout
holds at every resolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch
from shapiq import InteractionValues

from shapiq_spex._argument_checks import (
    check_list,
    check_number,
    check_type,
)
from shapiq_spex.plots.colours import (
    DARKEST,
    FAINT,
    VISIBLE,
    colour_of,
    finish,
    line_style_of,
    signed,
    strength_of,
    stroke_of,
    unsigned,
)
from shapiq_spex.plots.text_layout import Fonts, Line, lay_out, width_of
from shapiq_spex.plots.text_passages import Annotated, Link, Thread, Words, annotate

_MARGIN = 10.0  # points
_NARROWEST = 18.0  # font sizes; room for the legend
_HIGHEST = 30.0
"""Inches, about three printed pages; nobody reads a higher picture. A choice; bounds the time."""


def text_plot(
    values: InteractionValues,
    words: Words,
    *,
    interactions: int = 10,
    strongest: int = 40,
    context: int | None = 4,
    width: float = 8.0,
    font_size: float = 12.0,
    font_family: str | Sequence[str] | None = None,
    show: bool = False,
) -> tuple[Figure, Axes]:
    """Draw a text: words shaded by effect, interactions of any order as linked underlines.

    Red with a solid rim raises the value, blue with a dashed rim lowers it; darker words have
    larger effects. Each interaction has a letter: its words are underlined, those on the same line
    are joined, and a legend gives its value. Passages of a long text without important words are
    folded; the text in their place bounds the effects of their words.

    Args:
        values: The explanation; its players are the words.
        words: One word per player, or a :class:`~shapiq_spex.games.TextGame`, whose text is shown
            with its punctuation, line breaks and pinned parts. Words that begin or end with
            whitespace are pieces of the text as it is.
        interactions: How many interactions to show, the largest first.
        strongest: How many words are important by their own effect (if above 5% of the largest).
        context: How many words to show around each important one; ``None`` shows the whole text,
            if it fits. Texts of up to 60 words are always shown as a whole.
        width: Width of the picture in inches; its height follows from the text.
        font_size: Size of the words in points.
        font_family: Font or fonts, for scripts that matplotlib's own font lacks.
        show: Whether to call ``matplotlib.pyplot.show()``.

    Returns:
        The figure and its axes.

    Raises:
        ValueError: If there is not one word per player, a number is negative, the picture is too
            narrow for its words, or it would be higher than 30 inches.

    Example:
        >>> from shapiq_spex import Spectrum, to_interaction_values
        >>> spectrum = Spectrum.from_dict(3, {(1,): 0.4, (2,): 0.5, (1, 2): -0.5})
        >>> values = to_interaction_values(spectrum, index="BII", max_order=2)
        >>> figure, axes = text_plot(values, ["It's", "not", "bad"])
        >>> [text.get_text() for text in axes.texts][:4]
        ["It's", 'not', 'bad', 'A']
        >>> plt.close(figure)
    """
    check_number(width, "width", positive=True)
    check_number(font_size, "font_size", positive=True)
    if not isinstance(font_family, str | None):
        check_list(font_family, "font_family", "names of fonts")
        for name in font_family:
            check_type(name, str, "font_family must be names of fonts")
    room = width * 72 - 2 * _MARGIN
    if room < _NARROWEST * font_size:
        raise ValueError(
            f"a picture {width} inches wide has no room for words of {font_size} points: make it "
            "wider or the font smaller"
        )
    shown = annotate(values, words, interactions=interactions, strongest=strongest, context=context)
    return finish(_drawn(shown, Fonts(font_size, font_family), width, room), show=show)


def _drawn(shown: Annotated, fonts: Fonts, width: float, room: float) -> Axes:
    lines = lay_out(shown, fonts, room, 72 * _HIGHEST)
    legend = _legend_rows(shown, fonts, room)
    height = sum(line.height(fonts) for line in lines) + len(legend) * fonts.legend_pitch
    inches = (height + 2 * _MARGIN) / 72
    if inches > _HIGHEST:
        raise ValueError(
            f"the picture of this text would be more than {_HIGHEST:g} inches high: fold passages "
            "(context=4), show fewer words (strongest=...), make it wider or the font smaller, or "
            "show the whole text by text_html(..., context=None)"
        )
    figure = plt.figure(figsize=(width, inches))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(-_MARGIN, room + _MARGIN)
    axes.set_ylim(-height - _MARGIN, _MARGIN)
    axes.axis("off")
    canvas = _Canvas(axes, shown, fonts, room)
    top = 0.0
    for line in lines:
        canvas.draw_line(line, top)
        top -= line.height(fonts)
    canvas.draw_legend(legend, top)
    return axes


_SHADES = "shades"
"""The row of the legend that explains shades; the other rows are links or remarks."""


def _legend_rows(shown: Annotated, fonts: Fonts, width: float) -> list[Link | str]:
    rows: list[Link | str] = list(shown.links)
    if shown.largest_effect:
        rows.append(_SHADES)
    line = ""
    for word in shown.remark.split():
        longer = f"{line} {word}".strip()
        if line and width_of(longer, fonts.remark) > width:
            rows.append(line)
            longer = word
        line = longer
    return [*rows, line] if line else rows


class _Canvas:
    """Draws the text; y grows upward, the first line begins at 0."""

    def __init__(self, axes: Axes, shown: Annotated, fonts: Fonts, width: float) -> None:
        self.axes = axes
        self.shown = shown
        self.fonts = fonts
        self.width = width

    def draw_line(self, line: Line, top: float) -> None:
        """Draw the words of a line and the underlines below it."""
        fonts = self.fonts
        baseline = top - 0.95 * fonts.size
        for player in line.players():
            effect = self.shown.effects[player]
            for box in line.boxes(player):
                self._shade(box, baseline, effect, self.shown.largest_effect)
        for fragment in line.fragments:
            font, alpha = (fonts.remark, FAINT) if fragment.is_fold else (fonts.word, 1.0)
            self._write(fragment.x, baseline, fragment.text, font, alpha=alpha)
        for thread, lane in zip(line.threads, line.lanes, strict=True):
            boxes = [box for player in thread.link.players for box in line.boxes(player)]
            y = top - fonts.text_height - (lane + 0.5) * fonts.lane_pitch
            self._draw_thread(thread, sorted(boxes), y)

    def draw_legend(self, rows: Sequence[Link | str], top: float) -> None:
        """Draw the values of all links, the meaning of shades, and remarks."""
        fonts, links = self.fonts, self.shown.links
        if rows:
            ink = plt.rcParams["text.color"]
            self._stroke(0, self.width, top, color=ink, alpha=FAINT, linewidth=0.5)
        labels = max((width_of(link.label, fonts.label) for link in links), default=0.0)
        numbers = max((width_of(signed(k.value), fonts.legend) for k in links), default=0.0)
        stroke = labels + 0.5 * fonts.size
        number = stroke + 2.5 * fonts.size
        names = number + numbers + 0.8 * fonts.size
        for row, what in enumerate(rows, start=1):
            y = top - row * fonts.legend_pitch
            if isinstance(what, Link):
                self._write(0, y, what.label, fonts.label)
                middle = y + 0.3 * fonts.size
                self._stroke(stroke, stroke + 2 * fonts.size, middle, **self._style(what))
                self._write(number, y, signed(what.value), fonts.legend)
                self._write(names, y, self._members(what, self.width - names), fonts.legend)
            elif what == _SHADES:
                self._explain_shades(y)
            else:
                self._write(0, y, what, fonts.remark, alpha=FAINT)

    def _draw_thread(self, thread: Thread, boxes: Sequence[tuple[float, float]], y: float) -> None:
        link, fonts = thread.link, self.fonts
        colour = colour_of(link.value)
        self._write(thread.start, y, link.label, fonts.label, va="center_baseline")
        begin = thread.start + width_of(link.label, fonts.label) + 0.2 * fonts.size
        self._stroke(begin, thread.end, y, color=colour, alpha=0.5, linewidth=0.045 * fonts.size)
        for start, end in boxes:
            narrow = end == boxes[-1][1] and len(boxes) == 1
            self._stroke(max(start, begin), thread.end if narrow else end, y, **self._style(link))

    def _shade(
        self, box: tuple[float, float], baseline: float, effect: float, largest: float
    ) -> None:
        strength = strength_of(effect, largest)
        if strength <= VISIBLE:
            return
        size, (start, end) = self.fonts.size, box
        patch = FancyBboxPatch(
            (start - 0.08 * size, baseline - 0.27 * size),
            end - start + 0.16 * size,
            1.2 * size,
            boxstyle=f"round,pad=0,rounding_size={0.2 * size}",
            facecolor=(colour_of(effect), DARKEST * strength),
            edgecolor=(colour_of(effect), 0.25 + 0.75 * strength),
            linestyle=line_style_of(effect),
            linewidth=0.09 * size,
            zorder=1,
        )
        self.axes.add_patch(patch)

    def _explain_shades(self, y: float) -> None:
        x, fonts = 0.1 * self.fonts.size, self.fonts
        for sign, text in ((1.0, "raises"), (-1.0, "lowers")):
            end = x + width_of(text, fonts.legend)
            self._shade((x, end), y, sign, 1.7)
            self._write(x, y, text, fonts.legend)
            x = end + 0.6 * fonts.size
        text = f"alone, by at most {unsigned(self.shown.largest_effect)}"
        self._write(x, y, text, fonts.legend)

    def _members(self, link: Link, width: float) -> str:
        """The words of an interaction; the longest are cut until all fit."""
        longest = max(len(self.shown.names[player]) for player in link.players)
        text = self.shown.words_of(link)
        while longest > 3 and width_of(text, self.fonts.legend) > width:
            longest -= max(1, longest // 10)
            text = self.shown.words_of(link, longest)
        return text

    def _style(self, link: Link) -> dict[str, Any]:
        strength = strength_of(link.value, self.shown.largest_link)
        return stroke_of(link.value, (0.14 + 0.2 * strength) * self.fonts.size)

    def _stroke(self, start: float, end: float, y: float, **style: Any) -> None:
        caps = {"solid_capstyle": "butt", "dash_capstyle": "butt"}
        self.axes.plot([start, end], [y, y], **caps, **style)

    def _write(self, x: float, y: float, text: str, font: FontProperties, **style: Any) -> None:
        """Write a text as it is: dollar signs do not start formulas."""
        plain = {"parse_math": False, "usetex": False}
        self.axes.text(x, y, text, fontproperties=font, zorder=3, **plain, **style)
