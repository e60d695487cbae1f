"""Write a text with interactions as HTML that wraps, unfolds and reacts to the mouse by CSS alone.

The page loads nothing from the network. It sets its own background and text colours, light or dark
as in the reader's system, so that it is readable in every notebook.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from html import escape
from os import PathLike
from pathlib import Path

from shapiq import InteractionValues

from shapiq_spex.plots.colours import (
    BLUE,
    DARKEST,
    RED,
    VISIBLE,
    signed,
    strength_of,
    unsigned,
)
from shapiq_spex.plots.text_passages import (
    Annotated,
    Link,
    Piece,
    Thread,
    Words,
    annotate,
    in_lanes,
)

_LONGEST_JUMP = 12  # words between two words of a link that are still joined; a choice
_LANE = 7  # pixels from one underline to the next

_STYLE = f"""
.NAME {{--up:{RED}; --down:{BLUE}; --paper:#fff; --ink:#111; --faint:#5f5f5f; --rule:#ccc;
 --most:1; background:var(--paper); color:var(--ink); padding:.8em 1em; border-radius:6px;
 font:16px/1.6 system-ui,sans-serif; max-width:60em; color-scheme:light dark; text-align:left}}
@media (prefers-color-scheme:dark) {{.NAME {{--up:#ff6b95; --down:#64b5f6; --paper:#1b1b1f;
 --ink:#ececec; --faint:#a8a8a8; --rule:#555; --most:.6}}}}
.NAME p {{white-space:pre-wrap; overflow-wrap:anywhere; margin:0 0 .6em}}
.NAME i {{font-style:normal; background-repeat:no-repeat}}
.NAME mark {{color:inherit; border-radius:3px; padding:.05em .1em; border:1px solid}}
.NAME mark.up {{background:rgb(255 13 87/calc(var(--a)*var(--most)));
 border-color:rgb(255 13 87/calc(.25 + .75*var(--a)))}}
.NAME mark.down {{background:rgb(30 136 229/calc(var(--a)*var(--most)));
 border:1px dashed rgb(30 136 229/calc(.25 + .75*var(--a)))}}
.NAME sup {{font-size:.62em; font-weight:700; line-height:0; padding-left:.15em}}
.NAME .up-ink {{color:var(--up-ink)}} .NAME .down-ink {{color:var(--down-ink)}}
.NAME {{--up-ink:#c8003f; --down-ink:#0d5fa8}}
@media (prefers-color-scheme:dark) {{.NAME {{--up-ink:#ff8fb0; --down-ink:#7cc0ff}}}}
.NAME table {{border-collapse:collapse; border-top:1px solid var(--rule); font-size:.9em;
 margin:0; color:inherit; background:none}}
.NAME tr {{background:none !important}} /* notebooks stripe tables in colours of their own */
.NAME td {{padding:.15em .8em .15em 0; text-align:left; vertical-align:baseline; border:0;
 background:none}}
.NAME td.number {{text-align:right; font-variant-numeric:tabular-nums; white-space:nowrap}}
.NAME td b {{display:inline-block; width:2.2em; border-top:3px solid var(--up);
 vertical-align:.3em}}
.NAME td b.down {{border-top:3px dashed var(--down)}}
.NAME small {{font-size:.85em; color:var(--faint)}} .NAME small mark {{color:var(--ink)}}
.NAME label input {{position:absolute; opacity:0; width:1px; height:1px}}
.NAME label em {{color:var(--faint); cursor:pointer; border-bottom:1px dotted}}
.NAME label input:focus-visible ~ em {{outline:2px solid}}
.NAME label s {{display:none; text-decoration:none}}
.NAME label input:checked ~ s {{display:inline}} .NAME label input:checked ~ em {{display:none}}
"""


class HTMLText(str):
    """HTML that notebooks render and :meth:`save` writes to a file for browsers.

    Example:
        >>> page = HTMLText("<b>not</b> bad")
        >>> page._repr_html_()
        '<b>not</b> bad'
        >>> page.save("text.html")  # doctest: +SKIP
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        return str(self)

    def save(self, path: str | PathLike[str]) -> None:
        """Write a page that browsers show, replacing the file if there is one.

        Args:
            path: The file, such as ``"text.html"``.
        """
        head = '<!doctype html>\n<html>\n<meta charset="utf-8">\n<title>Explanation</title>\n'
        Path(path).write_text(f"{head}{self}</html>\n", encoding="utf-8")


def text_html(
    values: InteractionValues,
    words: Words,
    *,
    interactions: int = 10,
    strongest: int = 40,
    context: int | None = 4,
) -> HTMLText:
    """Write a text as HTML: words shaded by effect, interactions as linked underlines.

    It looks like the picture of :func:`~shapiq_spex.plots.text_plot`. Pointing at a word shows its
    numbers, pointing at a letter or a row of the legend highlights the words of an interaction, and
    a click unfolds a passage. The result has only ASCII characters, no script and no address.

    Args:
        values: The explanation; its players are the words.
        words: One word per player, or a :class:`~shapiq_spex.games.TextGame`; as in
            :func:`~shapiq_spex.plots.text_plot`.
        interactions: How many interactions to show, the largest first.
        strongest: How many words are important by their own effect (if above 5% of the largest).
        context: How many words to show around each important one; ``None`` folds nothing.

    Returns:
        The HTML, a ``str`` that notebooks render.

    Raises:
        ValueError: If there is not one word per player, or a number is negative.

    Example:
        >>> from shapiq_spex import Spectrum, to_interaction_values
        >>> spectrum = Spectrum.from_dict(3, {(1,): 0.4, (2,): 0.5, (1, 2): -0.5})
        >>> page = text_html(to_interaction_values(spectrum, index="BII"), ["<b>", "not", "bad"])
        >>> "&lt;b&gt;" in page, "<script" in page
        (True, False)
    """
    shown = annotate(values, words, interactions=interactions, strongest=strongest, context=context)
    underlines = _underlines(shown)
    text = "".join(
        _piece(piece, lines, shown) for piece, lines in zip(shown.pieces, underlines, strict=True)
    )
    body = f"<p>{text}</p>{_legend(shown)}"
    name = "shapiq-spex-" + sha256(body.encode()).hexdigest()[:12]
    lit = "".join(
        f".{name}:has(.k{n}:hover) .k{n} {{outline:2px solid currentColor;outline-offset:1px}}\n"
        for n, _ in enumerate(shown.links)
    )
    page = f'<div class="{name}"><style>{_STYLE.replace("NAME", name)}{lit}</style>{body}</div>\n'
    return HTMLText(page.encode("ascii", "xmlcharrefreplace").decode("ascii"))


_Underline = tuple[int, Link, bool]  # lane, link, whether the piece belongs to the link


def _underlines(shown: Annotated) -> list[list[_Underline]]:
    """The underlines below every piece."""
    place = {piece.player: number for number, piece in enumerate(shown.pieces)}
    folds = [number for number, piece in enumerate(shown.pieces) if piece.folded]
    threads: list[Thread] = []
    for link in shown.links:
        members = [place[player] for player in link.players]
        start = end = members[0]
        for member in members[1:]:
            broken = any(end < fold < member for fold in folds)
            if broken or member - end > 2 * _LONGEST_JUMP:
                threads.append(Thread(link, start, end))
                start = member
            end = member
        threads.append(Thread(link, start, end))
    result: list[list[_Underline]] = [[] for _ in shown.pieces]
    for thread, lane in zip(threads, in_lanes(threads), strict=True):
        for number in range(int(thread.start), int(thread.end) + 1):
            member = shown.pieces[number].player in thread.link.players
            result[number].append((lane, thread.link, member))
    return result


def _piece(piece: Piece, underlines: Sequence[_Underline], shown: Annotated) -> str:
    if piece.folded:
        inside = "".join(_piece(part, (), shown) for part in piece.folded)
        return f'<label><input type="checkbox"><em>{escape(piece.text)}</em><s>{inside}</s></label>'
    if piece.player is None:
        return _underlined(escape(piece.text), underlines, shown)
    links = shown.links_of(piece.player)
    letters = "".join(
        f'<sup class="k{shown.links.index(link)} {_sign(link.value)}-ink">{link.label}</sup>'
        for link in links
    )
    classes = " ".join(f"k{shown.links.index(link)}" for link in links)
    word = _word(piece.text, shown.effects[piece.player], _numbers(piece.player, shown), shown)
    body = f'<span class="{classes}">{word}</span>' if classes else word
    return _underlined(body + letters, underlines, shown)


def _word(text: str, effect: float, numbers: str, shown: Annotated) -> str:
    strength = strength_of(effect, shown.largest_effect)
    if strength <= VISIBLE:
        return f'<span title="{escape(numbers)}">{escape(text)}</span>'
    return (
        f'<mark class="{_sign(effect)}" style="--a:{DARKEST * strength:.2f}" '
        f'title="{escape(numbers)}">{escape(text)}</mark>'
    )


def _numbers(player: int, shown: Annotated) -> str:
    """The text shown when pointing at a word."""
    lines = [f"{shown.names[player]}: {signed(shown.effects[player])}"]
    lines += [
        f"{link.label}  {signed(link.value)}  {shown.words_of(link)}"
        for link in shown.links_of(player)
    ]
    return "\n".join(lines)


def _underlined(body: str, underlines: Sequence[_Underline], shown: Annotated) -> str:
    """Underlines are backgrounds, which wrap with the text without a script."""
    if not underlines:
        return body
    images: list[str] = []
    places: list[str] = []
    lanes = 1 + max(lane for lane, _, _ in underlines)
    for lane, link, member in underlines:
        colour = f"var(--{_sign(link.value)})"
        thickness = 2 + round(2 * strength_of(link.value, shown.largest_link)) if member else 1
        images.append(
            f"linear-gradient({colour},{colour})"
            if link.value >= 0 or not member
            else f"repeating-linear-gradient(90deg,{colour} 0 5px,transparent 5px 8px)"
        )
        bottom = (lanes - 1 - lane) * _LANE
        places.append(f"left 0 bottom {bottom}px/100% {thickness}px")
    layers = ",".join(
        f"{image} {where} no-repeat" for image, where in zip(images, places, strict=True)
    )
    room = lanes * _LANE + 2
    # half of the leading goes above the text, so twice the missing room is needed
    leading = f"calc(1.6em + {2 * max(room - 6, 0)}px)"
    return (
        f'<i style="background:{layers};padding-bottom:{room}px;line-height:{leading}">{body}</i>'
    )


def _legend(shown: Annotated) -> str:
    rows = "".join(
        f'<tr class="k{number}"><td class="{_sign(link.value)}-ink">{link.label}</td>'
        f'<td><b class="{_sign(link.value)}"></b></td><td class="number">{signed(link.value)}</td>'
        f"<td>{escape(shown.words_of(link))}</td></tr>"
        for number, link in enumerate(shown.links)
    )
    table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
    notes: list[str] = []
    if shown.largest_effect:
        notes.append(
            '<mark class="up" style="--a:.5">raises</mark> '
            '<mark class="down" style="--a:.5">lowers</mark> '
            f"alone, by at most {unsigned(shown.largest_effect)}"
        )
    if shown.remark:
        notes.append(escape(shown.remark))
    return table + "".join(f"<div><small>{note}</small></div>" for note in notes)


def _sign(value: float) -> str:
    return "up" if value >= 0 else "down"
