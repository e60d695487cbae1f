"""Choose which words of a text with interactions are shown, and which are linked.

The result is a list of pieces in the order of the text: *units* (the players), *plain* text between
them, and *folds*, each of which stands for a passage with small effects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Protocol, runtime_checkable

from shapiq import InteractionValues

from shapiq_spex._argument_checks import (
    check_integer,
    check_length,
    check_list,
    check_type,
    check_values,
)
from shapiq_spex.plots.colours import unsigned

# choices of what is readable
_NEVER_FOLDED = 60  # players; texts with at most this many are shown as a whole
_SHORTEST_FOLD = 6  # players
_NEGLIGIBLE = 0.05  # of the largest effect
_ROUNDING = 1e-9  # of the largest value; smaller interactions are rounding errors
_LABELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@runtime_checkable
class DividedText(Protocol):
    """A text and the places of its players, such as a ``shapiq_spex.games.TextGame``."""

    @property
    def text(self) -> str:
        """The whole text."""
        ...

    @property
    def spans(self) -> Sequence[tuple[int, int]]:
        """The beginning and the end of every player in the text."""
        ...


Words = Sequence[str] | DividedText
"""The words, one per player, or a text with the places of its players.

Words are joined by blanks, unless any of them begins or ends with whitespace: then they are pieces
of the text as it is (as from ``re.split(r"(?<=\\s)(?=\\S)", text)``).
"""


@dataclass(frozen=True)
class Piece:
    """A part of the text: of a player, plain, or a fold with the text shown in its place."""

    text: str
    player: int | None = None
    folded: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class Link:
    """An interaction of two or more players: its letter, its players and its value."""

    label: str
    players: tuple[int, ...]
    value: float


@dataclass(frozen=True)
class Annotated:
    """A text ready to be drawn."""

    pieces: tuple[Piece, ...]
    names: tuple[str, ...]  # of the players
    effects: tuple[float, ...]  # of single players
    links: tuple[Link, ...]  # the interactions shown, the largest first
    largest_effect: float
    largest_link: float
    remark: str  # on the interactions that are not shown; empty if there are none

    def links_of(self, player: int) -> list[Link]:
        """The interactions a player is in."""
        return [link for link in self.links if player in link.players]

    def words_of(self, link: Link, longest: int | None = None) -> str:
        """The words of an interaction, each cut to at most ``longest`` characters."""
        names = (self.names[player] for player in link.players)
        times = " \N{MULTIPLICATION SIGN} "
        return times.join(name if longest is None else _cut(name, longest) for name in names)


def annotate(
    values: InteractionValues,
    words: Words,
    *,
    interactions: int,
    strongest: int,
    context: int | None,
) -> Annotated:
    """Choose the parts of a text to show; :func:`shapiq_spex.plots.text_plot` has the arguments."""
    check_values(values)
    check_integer(interactions, "interactions", least=0)
    check_integer(strongest, "strongest", least=0)
    check_integer(context, "context", least=0, optional=True)
    pieces = _pieces(words)
    names = tuple(" ".join(piece.text.split()) for piece in pieces if piece.player is not None)
    check_length(names, "words", values.n_players)
    effects = tuple(float(values[(player,)]) for player in range(values.n_players))
    rounding = _ROUNDING * max(map(abs, values.dict_values.values()), default=0.0)
    larger = {
        t: float(v) for t, v in values.dict_values.items() if len(t) > 1 and abs(v) > rounding
    }
    ranked = sorted(larger, key=lambda players: (-abs(larger[players]), players))
    links = tuple(
        Link(_label(rank), players, larger[players])
        for rank, players in enumerate(ranked[:interactions])
    )
    largest_effect = max(map(abs, effects), default=0.0)
    if context is not None and len(names) > _NEVER_FOLDED:
        important = {player for link in links for player in link.players}
        by_size = sorted(range(len(effects)), key=lambda player: -abs(effects[player]))
        important.update(
            player
            for player in by_size[:strongest]
            if abs(effects[player]) > _NEGLIGIBLE * largest_effect
        )
        pieces = _fold(pieces, important, context, effects)
    return Annotated(
        pieces=tuple(pieces),
        names=names,
        effects=effects,
        links=links,
        largest_effect=largest_effect,
        largest_link=max((abs(link.value) for link in links), default=0.0),
        remark=_remark([larger[players] for players in ranked[interactions:]]),
    )


@dataclass(frozen=True)
class Thread:
    """The part of a link that is drawn in one piece, from ``start`` to ``end`` (inclusive)."""

    link: Link
    start: float
    end: float


def in_lanes(threads: Sequence[Thread], gap: float = 0.0) -> list[int]:
    """Give every thread a lane, so that no two in the same lane come nearer than ``gap``.

    Greedy by start, which needs only as many lanes as threads overlap anywhere (interval graphs).
    """
    lanes = [0] * len(threads)
    ends: list[float] = []
    for position in sorted(range(len(threads)), key=lambda i: (threads[i].start, -threads[i].end)):
        thread = threads[position]
        free = (lane for lane, end in enumerate(ends) if end + gap < thread.start)
        lane = next(free, len(ends))
        if lane == len(ends):
            ends.append(thread.end)
        ends[lane] = thread.end
        lanes[position] = lane
    return lanes


def _pieces(words: Words) -> list[Piece]:
    if isinstance(words, DividedText):
        return list(_divided(words.text, words.spans))
    check_list(words, "words", "words, one per player")
    for word in words:
        check_type(word, str, "words must be strings")
    as_is = any(word != word.strip() for word in words)
    pieces: list[Piece] = []
    for player, word in enumerate(words):
        if pieces and not as_is:
            pieces.append(Piece(" "))
        body = word.strip()
        before, after = word[: len(word) - len(word.lstrip())], word[len(word.rstrip()) :]
        pieces += [Piece(before)] if before and body else []
        pieces.append(Piece(body or word, player))
        pieces += [Piece(after)] if after and body else []
    return pieces


def _divided(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    position = 0
    for player, (start, end) in enumerate(spans):
        if start > position:
            yield Piece(text[position:start])
        yield Piece(text[start:end], player)
        position = end
    if position < len(text):
        yield Piece(text[position:])


def _fold(
    pieces: Sequence[Piece], important: set[int], context: int, effects: Sequence[float]
) -> list[Piece]:
    """Fold all pieces further than ``context`` units from any important player."""
    units = [place for place, piece in enumerate(pieces) if piece.player is not None]
    shown = {
        neighbour
        for rank, place in enumerate(units)
        if pieces[place].player in important
        for neighbour in units[max(0, rank - context) : rank + context + 1]
    }
    ends = {-1, len(pieces)}
    for before, after in pairwise([-1, *units, len(pieces)]):
        # text between two units is shown with either, so that no word touches a fold; the
        # beginning and the end of the text, often the question to the model, are always shown
        if {before, after} & (shown | ends):
            shown.update(range(before + 1, after))
    result: list[Piece] = []
    for visible, group in groupby(range(len(pieces)), key=shown.__contains__):
        part = tuple(pieces[place] for place in group)
        sizes = [abs(effects[piece.player]) for piece in part if piece.player is not None]
        if visible or len(sizes) < _SHORTEST_FOLD:
            result += part
        else:
            result.append(Piece(_fold_text(part, max(sizes)), folded=part))
    return result


def _fold_text(folded: Sequence[Piece], largest: float) -> str:
    words = len("".join(piece.text for piece in folded).split())
    what = f"with effects within ±{unsigned(largest)}" if largest else "without effect"
    return f"… {words:,} words {what} …"


def _remark(hidden: Sequence[float]) -> str:
    if not hidden:
        return ""
    plural = "interactions" if len(hidden) > 1 else "interaction"
    return f"not shown: {len(hidden):,} {plural} within ±{unsigned(hidden[0])}"


def _cut(name: str, longest: int) -> str:
    return name if len(name) <= longest else name[: longest - 1].rstrip() + "…"


def _label(rank: int) -> str:
    """A, B, ..., Z, A1, B1, ..."""
    turn, letter = divmod(rank, len(_LABELS))
    return _LABELS[letter] + (str(turn) if turn else "")
