"""The matplotlib picture of a text: everything on it, nothing over anything else."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

from shapiq_spex import ProxySPEX
from shapiq_spex.games import TextGame
from shapiq_spex.plots import text_figure, text_html, text_layout, text_plot
from shapiq_spex.plots.colours import BLUE, DASHED, RED
from tests.plots.pictures import clipped, ink, overlapping, texts
from tests.plots.test_passages import explained

WORDS = "The plot was not exactly bad , but I would never call it good".split()  # noqa: SIM905
EFFECTS = {
    (0,): 0.1,
    (5,): -0.9,
    (13,): 0.8,
    (3, 5): 1.3,
    (10, 13): -1.2,
    (3, 4, 5): 0.5,
    (7, 9, 10, 13): -0.4,
}


def labels(figure):
    return [text.get_text() for text in texts(figure)]


@pytest.mark.parametrize("width", [3.4, 5.0, 9.0])
def test_a_sentence_is_drawn_completely(width):
    figure, _ = text_plot(explained(14, EFFECTS), WORDS, width=width)
    found = labels(figure)
    assert [text for text in found if text in WORDS][: len(WORDS)] == WORDS
    assert {"+1.3", "\N{MINUS SIGN}1.2", "not × exactly × bad"} <= set(found)  # noqa: RUF001
    assert not overlapping(figure)
    assert not clipped(figure)
    assert ink(figure) > 0.03


def test_it_draws_what_an_approximator_found():
    def game(coalitions):
        x = np.asarray(coalitions, dtype=float)
        return sum(v * x[:, list(t)].prod(axis=1) for t, v in EFFECTS.items())

    values = ProxySPEX(n=14, max_order=4, index="k-SII", random_state=0).approximate(2_000, game)
    figure, _ = text_plot(values, WORDS)
    assert {"not × bad", "never × good", "but × would × never × good"} <= set(labels(figure))  # noqa: RUF001


def test_signs_survive_without_colours():
    _, axes = text_plot(explained(14, EFFECTS), WORDS)
    for patch in axes.patches:
        blue = to_hex(patch.get_edgecolor()) == BLUE
        assert patch.get_linestyle() == (DASHED if blue else "solid")
    for line in axes.lines:
        if line.get_linewidth() > 1.5:  # a stroke, not a joining line
            assert line.is_dashed() == (line.get_color() == BLUE)
    assert {RED, BLUE} <= {line.get_color() for line in axes.lines}


def long_text():
    """Three hundred words with line breaks, six of which matter."""
    rng = np.random.default_rng(1)
    words = [f"{rng.choice(['alpha', 'beta', 'gamma', 'delta'])}{i}" for i in range(300)]
    text = "".join(
        w + ("\n\n" if i % 70 == 69 else ", " if i % 9 == 3 else " ") for i, w in enumerate(words)
    )
    game = TextGame(text, lambda texts: [0.0] * len(texts))
    effects = {(40,): 1.0, (40, 43): -0.7, (150, 152, 200): 0.5, (280,): -0.3, (40, 280): 0.2}
    effects |= {(i,): 0.01 for i in range(60, 120)}
    return explained(300, effects), game


def test_a_long_text_is_folded_and_readable():
    values, game = long_text()
    figure, _ = text_plot(values, game)
    assert not overlapping(figure)
    assert not clipped(figure)
    found = " ".join(labels(figure))
    assert "words without effect" in found
    assert "within ±0.01" in found
    assert figure.get_size_inches()[1] < 8


def test_the_whole_of_a_long_text_can_be_shown():
    values, game = long_text()
    figure, _ = text_plot(values, game, context=None)
    found = " ".join(labels(figure))
    assert all(name in found for name in game.player_names)
    assert not clipped(figure)
    assert not overlapping(figure)


def test_a_picture_that_nobody_reads_is_refused_with_what_to_do_instead():
    values = explained(2000, {(i,): 1.0 + i for i in range(2000)} | {(3, 700): -2.0})
    words = ["extraordinarily"] * 2000
    with pytest.raises(ValueError, match=r"inches high.*context=4.*text_html"):
        text_plot(values, words, context=None)
    figure, _ = text_plot(values, words, strongest=5)
    assert figure.get_size_inches()[1] < 5
    assert text_html(values, words, context=None).count("extraordinarily") >= 2000


@pytest.mark.parametrize("between", [" ", ""])
def test_a_text_is_not_laid_out_further_than_the_highest_picture(monkeypatch, between):
    def counted(text, font):
        measured.append(text)
        return 6.0 * len(text)

    def refused(*arguments, **options):
        raise AssertionError("a figure was begun")

    monkeypatch.setattr(text_layout, "width_of", counted)
    monkeypatch.setattr(text_figure, "width_of", counted)
    monkeypatch.setattr(text_figure.plt, "figure", refused)
    needed = []
    for n in (2000, 20_000):
        measured = []
        words = [f"word{i:04d}{between}" for i in range(n)]
        with pytest.raises(ValueError, match="more than 30 inches high"):
            text_plot(explained(n, {(0,): 1.0}), words, context=None)
        assert len(set(measured)) == len(measured), "measured again"
        needed.append(len(measured))
    assert needed[0] == needed[1] < 1500


def test_what_is_longer_than_a_line_is_broken():
    words = ["see", "https://" + "long" * 60, "there"]
    figure, _ = text_plot(explained(3, {(1,): 1.0, (0, 1): 0.4}), words, width=4)
    assert not clipped(figure)
    assert not overlapping(figure)


def test_texts_are_no_formulas():
    words = ["$x_1$", "costs", r"\$5", "%", "{}"]
    figure, _ = text_plot(explained(5, {(0,): 1.0, (0, 2): -1.0}), words)
    assert {"$x_1$", r"\$5"} <= set(labels(figure))
    assert ink(figure) > 0.01


def test_lines_of_the_text_are_lines_of_the_picture():
    figure, _ = text_plot(explained(3, {(0,): 1.0}), ["one\n", "two\n\n", "three"])
    height = {t.get_text(): t.get_position()[1] for t in texts(figure)}
    assert height["one"] > height["two"] > height["three"]
    assert height["two"] - height["three"] > height["one"] - height["two"]


def test_nothing_to_say_is_no_error():
    figure, _ = text_plot(explained(2, {}), ["a", "b"])
    assert labels(figure) == ["a", "b"]


def test_it_is_shown_only_when_asked(monkeypatch):
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(True))
    text_plot(explained(2, {(0,): 1.0}), ["a", "b"])
    assert not shown
    text_plot(explained(2, {(0,): 1.0}), ["a", "b"], show=True)
    assert shown


def test_it_is_written_in_the_colours_of_the_user():
    with plt.style.context("dark_background"):
        figure, _ = text_plot(explained(14, EFFECTS), WORDS, interactions=2)
    assert to_hex(figure.get_facecolor()) == "#000000"
    assert {to_hex(text.get_color()) for text in texts(figure)} == {"#ffffff"}


def test_too_narrow_a_picture_is_refused():
    with pytest.raises(ValueError, match="has no room for words of 40 points"):
        text_plot(explained(2, {(0,): 1.0}), ["a", "b"], width=3, font_size=40)
