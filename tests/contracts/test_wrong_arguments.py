"""Arguments of the wrong kind are refused by a sentence that names them, before anything else."""

from __future__ import annotations

import atexit
import math
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import KNeighborsClassifier

from shapiq_spex import (
    SPEX,
    Ablation,
    Coalitions,
    ProxySPEX,
    Spectrum,
    compare,
    faithfulness,
    report_of,
    to_frame,
    to_interaction_values,
)
from shapiq_spex.ablation import AblationPlan, ask, save_ablations
from shapiq_spex.games import (
    EvidenceGame,
    NamedGame,
    RetrainingGame,
    SimilarityScore,
    TextGame,
    TrainingGame,
    divide,
    layer_shares,
    load_datamodels,
    redundancies,
    synergies,
)
from shapiq_spex.optimisation import best_subset, smallest_change
from shapiq_spex.plots import (
    budget_curve,
    component_map,
    most_important,
    spectrum_by_degree,
    text_html,
    text_plot,
)

SPECTRUM = Spectrum.from_dict(3, {(): 0.5, (0,): -1.0, (1, 2): 0.25})
VALUES = to_interaction_values(SPECTRUM, index="FBII", max_order=2)
WORDS = ["not", "at", "all"]


def game(coalitions):
    return SPECTRUM.evaluate(coalitions)


def lengths(texts):
    return [len(text) for text in texts]


def encoded(texts):
    return np.ones((len(texts), 2))


FOLDER = Path(tempfile.mkdtemp())
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
np.save(FOLDER / "masks.npy", np.eye(2))


def explained():
    approximator = ProxySPEX(n=3, index="FBII", max_order=2, random_state=0)
    approximator.approximate(8, game)
    return approximator


APPROXIMATOR = explained()

FUNCTIONS = {  # each with arguments that are right
    ProxySPEX: {"n": 3},
    SPEX: {"n": 3},
    APPROXIMATOR.intervals: {},
    APPROXIMATOR.report_.forecast: {},
    faithfulness: {"game": game, "values": VALUES},
    compare: {"first": VALUES, "second": VALUES},
    to_frame: {"values": VALUES},
    to_interaction_values: {"spectrum": SPECTRUM},
    best_subset: {"spectrum": SPECTRUM},
    smallest_change: {"spectrum": SPECTRUM, "threshold": 1.0},
    APPROXIMATOR.approximate_from: {"coalitions": Coalitions.all_of(3), "values": np.arange(8.0)},
    Ablation: {},
    ask: {"game": game, "coalitions": Coalitions.all_of(3)},
    AblationPlan.for_game: {"coalitions": Coalitions.all_of(3), "game": game, "policy": Ablation()},
    save_ablations: {"path": FOLDER / "a.npz", "coalitions": Coalitions.all_of(3)},
    load_datamodels: {"masks": FOLDER / "masks.npy", "margins": FOLDER / "masks.npy"},
    Spectrum.from_dict: {"n_players": 3, "coefficients": {(0,): 1.0}},
    Spectrum.from_terms: {"n_players": 3, "terms": [(0,)], "coefficients": [1.0]},
    Coalitions.all_of: {"n_players": 3},
    NamedGame: {"player_names": ["a", "b"]},
    budget_curve: {"results": [(10, 0.5), (20, 0.7)]},
    EvidenceGame: {"documents": ["a", "b"], "statements": ["c"], "encode": encoded},
    SimilarityScore: {"encode": encoded, "references": ["a"]},
    TrainingGame: {"train": lengths, "n_rows": 3, "n_outputs": 1},
    RetrainingGame: {
        "estimator": KNeighborsClassifier(1),
        "X": np.eye(4),
        "y": [0, 1, 0, 1],
        "X_test": np.eye(4),
        "y_test": [0, 1, 0, 1],
    },
    TextGame: {"text": "not bad at all", "score": lengths},
    TextGame.of_documents: {"documents": ["not", "bad"], "score": lengths},
    divide: {"text": "not bad at all"},
    synergies: {"source": SPECTRUM},
    redundancies: {"source": SPECTRUM},
    layer_shares: {"spectrum": SPECTRUM, "layers": [0, 0, 1]},
    most_important: {"values": VALUES},
    text_plot: {"values": VALUES, "words": WORDS},
    text_html: {"values": VALUES, "words": WORDS},
    component_map: {"values": VALUES, "layers": [0, 0, 1], "heads": [0, 1, 0]},
    spectrum_by_degree: {"spectrum": SPECTRUM},
}

INTEGERS = ["a", "2", 2.5, math.nan, True, [2]]
NUMBERS = ["a", "2", math.nan, math.inf, True, [2]]
PROBABILITIES = ["x", 0, 1, -0.5, math.nan, True, [0.9]]
FLAGS = ["a", 0, 1, None, [True]]
NO_VALUES = [None, 3, "values", SPECTRUM, {}]
NO_SPECTRUM = [None, 3, "spectrum", VALUES, {}]
NO_TEXT = [None, 3, ["a", "b"], b"a b"]
NO_LIST = ["one", 3, None]

UNLIKE = [np.array([1.0, 2.0]), np.array(["a", "b"]), np.array(3), pd.Series([1, 2]), {1: 2}, 1j]
"""What is not even comparable with a name or a number."""
ODD = [None, 3, 2.5, *UNLIKE[-2:], object]
NO_NUMBERS = ["a", ["a"], {}, object, [[1], [2, 3]]]

WRONG = [
    *((ProxySPEX, name, UNLIKE) for name in ("n", "keep", "stop_at", "ablation")),
    (ProxySPEX, "sampling_weights", NO_NUMBERS),
    (to_interaction_values, "top_order", FLAGS),
    (to_interaction_values, "baseline_value", NUMBERS),
    (APPROXIMATOR.approximate_from, "values", NO_NUMBERS),
    (Ablation, "on_error", UNLIKE),
    (Ablation, "n_jobs", INTEGERS),
    (Ablation, "store", [3, 2.5, *UNLIKE]),
    (ask, "policy", ["a", 3, *UNLIKE]),
    (ask, "earlier", ["a", 3, *UNLIKE]),
    (ask, "outputs", ["a", 3, *UNLIKE]),
    (ask, "coalitions", ["a", 3, [[1], [0, 1]], [1, 0]]),
    (AblationPlan.for_game, "coalitions", ODD),
    (AblationPlan.for_game, "policy", ODD),
    (save_ablations, "path", ODD),
    (save_ablations, "coalitions", ODD),
    (save_ablations, "values", NO_NUMBERS),
    (load_datamodels, "masks", ODD),
    (Spectrum.from_dict, "n_players", INTEGERS),
    (Spectrum.from_dict, "coefficients", ODD[:3]),
    (Spectrum.from_terms, "terms", [None, 3, "ab", object, [1]]),
    (Spectrum.from_terms, "coefficients", NO_NUMBERS),
    (Coalitions.all_of, "n_players", [*INTEGERS, None, *UNLIKE[:2]]),
    (compare, "intervals", [3, "a", (), (3, 4), *UNLIKE]),
    (best_subset, "goal", UNLIKE),
    (TextGame, "by", [object(), 2.5, *UNLIKE[2:3]]),
    (TextGame, "output_names", [3, object, *UNLIKE[2:3]]),
    *((TextGame.of_documents, name, ODD) for name in ("separator", "before", "after")),
    (synergies, "names", [3, object, *UNLIKE[2:3]]),
    (most_important, "others", [*FLAGS, *UNLIKE]),
    (text_plot, "width", [*NUMBERS, None, -1, *UNLIKE]),
    (text_plot, "font_size", [*NUMBERS, None, 0, *UNLIKE]),
    (text_plot, "font_family", [3, 2.5, object, [3], *UNLIKE[2:3]]),
    (spectrum_by_degree, "axes", [3, "a", *UNLIKE]),
    (budget_curve, "axes", [3, "a", *UNLIKE]),
    (NamedGame, "player_names", [3, "ab", *UNLIKE[2:3], [[1], [2]]]),
    (EvidenceGame, "documents", [*ODD, "ab", [3, 4]]),
    (EvidenceGame, "encode", [None, 3, "ab"]),
    (SimilarityScore, "references", [*ODD, "ab", [3, 4]]),
    (TrainingGame, "n_rows", [*INTEGERS, None, 0, *UNLIKE]),
    (TrainingGame, "n_outputs", [*INTEGERS, None, 0, *UNLIKE]),
    (TrainingGame, "weights", NO_NUMBERS),
    (RetrainingGame, "X", [None, 3, object, *UNLIKE[2:3]]),
    (RetrainingGame, "empty", [*NUMBERS, None, *UNLIKE]),
    (RetrainingGame, "use_closed_form", [*FLAGS, *UNLIKE]),
    (ProxySPEX, "n", INTEGERS),
    (ProxySPEX, "max_order", INTEGERS),
    (ProxySPEX, "random_state", INTEGERS),
    (ProxySPEX, "pairing_trick", FLAGS),
    (ProxySPEX, "hpo", FLAGS),
    (ProxySPEX, "top_order", FLAGS),
    (ProxySPEX, "stop_at", PROBABILITIES),
    (ProxySPEX, "ablation", ["a", 3]),
    *((make, "keep", ["a", 3]) for make in (ProxySPEX, SPEX)),
    (SPEX, "top_order", FLAGS),
    (SPEX, "degree_parameter", INTEGERS),
    (SPEX, "decoder_type", ["a", 3, None]),
    (APPROXIMATOR.intervals, "confidence", PROBABILITIES),
    (APPROXIMATOR.intervals, "max_order", INTEGERS),
    (APPROXIMATOR.report_.forecast, "target", [*PROBABILITIES, None]),
    (faithfulness, "values", NO_VALUES),
    (faithfulness, "reference", NO_VALUES[1:]),
    (faithfulness, "n_coalitions", [*INTEGERS, 1]),
    (faithfulness, "top_k", [*INTEGERS, 0]),
    (faithfulness, "seed", [*INTEGERS, -1]),
    (faithfulness, "laws", ["uniform", "sizes", 3, None]),
    (faithfulness, "ablation", ["a", 3]),
    (compare, "first", NO_VALUES),
    (compare, "second", NO_VALUES),
    (compare, "top_k", [*INTEGERS, 0]),
    (to_frame, "values", NO_VALUES),
    (to_frame, "top_k", [*INTEGERS, -1]),
    (to_frame, "order", [*INTEGERS, 0]),
    (to_frame, "names", [3, "abc"]),
    (to_frame, "intervals", [3, (0.0, 1.0)]),
    (to_interaction_values, "spectrum", NO_SPECTRUM),
    (to_interaction_values, "max_order", [*INTEGERS, 0]),
    (to_interaction_values, "min_order", [*INTEGERS, -1]),
    (best_subset, "spectrum", NO_SPECTRUM),
    (best_subset, "keep", [*INTEGERS, -1]),
    (best_subset, "remove", [*INTEGERS, -1]),
    (best_subset, "always_keep", ["01", 3, [0.5], ["a"]]),
    (best_subset, "time_limit", [*NUMBERS, 0.0]),
    (best_subset, "goal", ["a", 3, None]),
    (smallest_change, "spectrum", NO_SPECTRUM),
    (smallest_change, "threshold", [*NUMBERS, None]),
    (smallest_change, "time_limit", [*NUMBERS, 0.0]),
    (smallest_change, "always_keep", ["01", 3, [0.5], ["a"]]),
    (TextGame, "text", NO_TEXT),
    (TextGame, "score", [None, 3, "length"]),
    (TextGame, "by", ["letters", 3, None]),
    (TextGame, "pinned", ["not", 3, None]),
    (TextGame, "batch_size", [*INTEGERS, 0]),
    (TextGame, "output_names", ["one"]),
    (TextGame.of_documents, "documents", [*NO_LIST, [None, "a"]]),
    (TextGame.of_documents, "titles", ["ab", 3]),
    (divide, "text", NO_TEXT),
    (synergies, "source", NO_VALUES[:3]),
    (synergies, "order", [*INTEGERS, 1]),
    (synergies, "count", [*INTEGERS, -1]),
    (synergies, "confidence", PROBABILITIES),
    (redundancies, "count", [*INTEGERS, -1]),
    (layer_shares, "spectrum", NO_SPECTRUM),
    (layer_shares, "layers", ["001", 3, None]),
    (layer_shares, "keep", PROBABILITIES),
    (most_important, "values", NO_VALUES),
    (most_important, "players", [*INTEGERS, 0]),
    (most_important, "names", [3, "abc"]),
    (text_plot, "values", NO_VALUES),
    (text_plot, "words", NO_LIST),
    (text_plot, "context", [*INTEGERS, -1]),
    (text_html, "values", NO_VALUES),
    (text_html, "words", NO_LIST),
    (component_map, "values", NO_VALUES),
    (component_map, "layers", ["001", 3, None]),
    (spectrum_by_degree, "spectrum", NO_SPECTRUM),
    (spectrum_by_degree, "keep", PROBABILITIES),
]


@pytest.mark.parametrize(
    ("function", "argument", "value"),
    [(function, argument, value) for function, argument, values in WRONG for value in values],
    ids=lambda given: getattr(given, "__qualname__", None),
)
def test_an_argument_of_the_wrong_kind_is_named(function, argument, value):
    with pytest.raises((TypeError, ValueError)) as error:
        function(**FUNCTIONS[function] | {argument: value})
    message = str(error.value)
    assert argument.rstrip("s") in message.replace("document 0", "documents"), message
    assert "must" in message, message
    assert "got" in message, message


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda given: given.__qualname__)
def test_the_right_arguments_are_accepted(function):
    assert function(**FUNCTIONS[function]) is not None or function is save_ablations


@pytest.mark.parametrize("value", [*UNLIKE, [], None, 3], ids=str)
def test_an_index_or_a_law_that_is_not_a_name_is_unknown(value):
    with pytest.raises(ValueError, match="cannot compute the index"):
        ProxySPEX(n=3, index=value)
    with pytest.raises(ValueError, match="unknown index"):
        to_interaction_values(SPECTRUM, index=value)
    with pytest.raises(ValueError, match="a law of coalitions is"):
        faithfulness(game, VALUES, laws=[value])


def test_errors_say_what_to_do():
    with pytest.raises(TypeError, match=r"write \['uniform'\]"):
        faithfulness(game, VALUES, laws="uniform")
    with pytest.raises(TypeError, match=r"approximator\.spectrum_"):
        best_subset(VALUES)
    with pytest.raises(TypeError, match=r"TextGame\.of_documents"):
        TextGame(["a", "b"], lengths)
    with pytest.raises(TypeError, match="Reports come with what ProxySPEX and SPEX"):
        report_of(np.ones(3))
