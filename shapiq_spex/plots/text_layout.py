"""Break a text into lines and place its words and the underlines of its interactions.

All lengths are in points (1/72 inch), the unit of font sizes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, groupby

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from shapiq_spex.plots.text_passages import Annotated, Thread, in_lanes

_TOKENS = re.compile(r"\n|[^\S\n]+|\S+")


class Fonts:
    """The fonts of a picture, and distances proportional to the size of the words."""

    def __init__(self, size: float, family: str | Sequence[str] | None) -> None:
        self.size = size
        self.word = FontProperties(family=family, size=size)
        self.label = FontProperties(family=family, size=0.62 * size, weight="bold")
        self.remark = FontProperties(family=family, size=0.8 * size, style="italic")
        self.legend = FontProperties(family=family, size=0.85 * size)
        self.text_height = 1.25 * size
        self.lane_pitch = 0.72 * size
        self.line_gap = 0.55 * size
        self.legend_pitch = 1.45 * size
        self.blank = width_of("n n", self.word) - width_of("nn", self.word)


def width_of(text: str, font: FontProperties) -> float:
    """The width of a text."""
    return float(text_to_path.get_text_width_height_descent(text, font, False)[0])


@dataclass(frozen=True)
class Fragment:
    """A word, or the part of one that fits on a line."""

    text: str
    player: int | None
    is_fold: bool
    x: float
    width: float

    @property
    def end(self) -> float:
        """The right end."""
        return self.x + self.width


@dataclass
class Line:
    """A line of the text, with the threads below it and their lanes."""

    fragments: list[Fragment] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    lanes: list[int] = field(default_factory=list)

    def players(self) -> list[int]:
        """The players on this line, in order."""
        return list(dict.fromkeys(f.player for f in self.fragments if f.player is not None))

    def boxes(self, player: int) -> list[tuple[float, float]]:
        """The left and right ends of a player; adjacent fragments are one box."""
        runs = groupby(self.fragments, key=lambda fragment: fragment.player)
        parts = [list(run) for found, run in runs if found == player]
        return [(part[0].x, part[-1].end) for part in parts]

    def height(self, fonts: Fonts) -> float:
        """The height with underlines; an empty line is lower."""
        text = fonts.text_height if self.fragments else 0.4 * fonts.text_height
        return text + (max(self.lanes, default=-1) + 1) * fonts.lane_pitch + fonts.line_gap


def lay_out(shown: Annotated, fonts: Fonts, width: float, highest: float) -> list[Line]:
    """Break a text into lines no wider than ``width``, and give every underline a lane.

    A text is not followed further once its lines are higher than ``highest``.
    """
    setter = _Typesetter(width, fonts, highest)
    for piece in shown.pieces:
        setter.add(piece.text, piece.player, is_fold=bool(piece.folded))
    setter.flush()
    lines = setter.lines
    while len(lines) > 1 and not lines[-1].fragments:
        lines.pop()
    for line in lines:
        here = set(line.players())
        for link in shown.links:
            boxes = [
                box for player in here.intersection(link.players) for box in line.boxes(player)
            ]
            if boxes:
                start = min(x for x, _ in boxes)
                # even below a narrow word there must be room for a label and a stroke
                end = max(*(x for _, x in boxes), start + 1.1 * fonts.size)
                line.threads.append(Thread(link, start, end))
        line.lanes = in_lanes(line.threads, gap=0.3 * fonts.size)
    return lines


class _Typesetter:
    """Breaks lines at whitespace, and words that are longer than a line anywhere."""

    def __init__(self, width: float, fonts: Fonts, highest: float) -> None:
        self.width = width
        self.fonts = fonts
        self.highest = highest
        self.lines = [Line()]
        self._x = self._height = 0.0
        self._widths: dict[tuple[str, bool], float] = {}
        self._unbroken: list[tuple[str, int | None, bool]] = []

    def add(self, text: str, player: int | None, *, is_fold: bool) -> None:
        for token in _TOKENS.findall(text):
            if self._height > self.highest:
                return
            if token == "\n":
                self.flush()
                self._break_line()
            elif token.isspace():
                self.flush()
                self._x += self.fonts.blank * len(token.expandtabs(4))
            else:
                self._unbroken.append((token, player, is_fold))

    def flush(self) -> None:
        """Place the text added since the last whitespace."""
        widths = accumulate(self._width_of(text, is_fold) for text, _, is_fold in self._unbroken)
        if self.lines[-1].fragments and any(self._x + width > self.width for width in widths):
            self._break_line()
        for text, player, is_fold in self._unbroken:
            if self._height > self.highest:
                break
            for part in self._parts(text, is_fold):
                width = self._width_of(part, is_fold)
                if self._x + width > self.width and self.lines[-1].fragments:
                    self._break_line()
                fragment = Fragment(part, player, is_fold, self._x, width)
                self.lines[-1].fragments.append(fragment)
                self._x += width
        self._unbroken = []

    def _parts(self, text: str, is_fold: bool) -> Iterator[str]:
        while self._width_of(text, is_fold) > self.width:
            fitting = max(1, int(0.9 * len(text) * self.width / self._width_of(text, is_fold)))
            yield text[:fitting]
            text = text[fitting:]
        yield text

    def _break_line(self) -> None:
        self._height += self.lines[-1].height(self.fonts)
        self.lines.append(Line())
        self._x = 0.0

    def _width_of(self, text: str, is_fold: bool) -> float:
        if (text, is_fold) not in self._widths:
            font = self.fonts.remark if is_fold else self.fonts.word
            self._widths[text, is_fold] = width_of(text, font)
        return self._widths[text, is_fold]
