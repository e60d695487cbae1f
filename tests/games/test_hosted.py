"""Hosted models: what they answer, what they fail at, and what becomes of it."""

from __future__ import annotations

import math
import pickle
import time

import numpy as np
import pytest

from shapiq_spex import Ablation, Coalitions, ProxySPEX
from shapiq_spex.ablation import ask
from shapiq_spex.games.endpoint import Endpoint, EndpointError
from shapiq_spex.games.hosted_scores import EchoedAnswer, FirstToken, SampledAnswer
from shapiq_spex.games.text_game import TextGame
from tests.games.hosted_server import KEY, belief, serving


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def endpoint_of(server, **options):
    return Endpoint(f"http://127.0.0.1:{server.server_port}/v1", "tiny", **options)


SENTENCE = "it is not at all bad"
EVERYTHING = Coalitions.all_of(6).dense()


def exact(tokens):
    """What the echoed answer of so many tokens must be worth for every coalition."""
    game = TextGame(SENTENCE, lambda texts: [0.0] * len(texts))
    values = []
    for row in EVERYTHING:
        prompt = f"{game.text_of(row)} ?"
        first = len(prompt.split(" "))
        values.append([belief(prompt) - (first + j) / 8 for j in range(tokens)])
    return np.array(values)


def test_all_tokens_of_an_echoed_answer_are_kept(server):
    score = EchoedAnswer(endpoint_of(server), " yes indeed", template=lambda text: f"{text} ?")
    assert score.output_names == (" yes", " indeed")
    game = TextGame(SENTENCE, score)
    answers = ask(game, EVERYTHING, Ablation(concurrency=8))
    assert answers.values == pytest.approx(exact(2).sum(axis=1))
    asked = len(server.requests)
    assert game.part(0)(EVERYTHING) == pytest.approx(exact(2)[:, 0])
    assert len(server.requests) == asked
    path, authorization, body = server.requests[-1]
    assert (path, authorization) == ("/v1/completions", f"Bearer {KEY}")
    assert (body["model"], body["echo"], body["max_tokens"]) == ("tiny", True, 0)


def test_first_tokens_of_a_chat_add_up_their_spellings(server):
    score = FirstToken(endpoint_of(server), ["Yes", "yes"], contrast=["No"], system="Be brief.")
    values = score([SENTENCE, "it is"])
    assert values[:, 0] == pytest.approx([-0.1, -2.0])
    assert values[:, 1].tolist() == [-9.0, -9.0]
    assert score.missed == 2
    assert [m["role"] for m in server.requests[-1][2]["messages"]] == ["system", "user"]


def test_sampling_estimates_a_probability_and_repeats_itself(server):
    score = SampledAnswer(endpoint_of(server), "yes", samples=60)
    values = score([SENTENCE, "it is"])
    assert values == pytest.approx([math.exp(-0.1), math.exp(-2.0)], abs=0.15)
    assert score([SENTENCE])[0] == values[0]


def test_the_noise_of_sampled_answers_reaches_intervals_and_report(server):
    score = SampledAnswer(endpoint_of(server), "yes", samples=4)
    game = TextGame(f"{SENTENCE} ?", score, pinned=["?"])
    approximator = ProxySPEX(n=game.n_players, index="SV", max_order=1, random_state=0)
    approximator.approximate(2**game.n_players, game)
    _, shares = approximator.ablations_
    p = (4 * shares + 1) / 6
    errors = np.sqrt(p * (1 - p) / 4)
    np.testing.assert_allclose(score.standard_errors(shares), errors)
    report = approximator.report_
    assert report.noise == pytest.approx(np.sqrt(np.square(errors).mean()))
    assert not report.exact
    lower, upper = approximator.intervals()[(0,)]
    assert upper - lower > 2 * 1.64 * errors.min() * np.sqrt(2) / game.n_players  # the two ends
    with pytest.raises(ValueError, match="raise the number of draws"):
        ProxySPEX(n=6, index="SV", ablation=Ablation(repeats=2)).approximate(64, game)
    certain = SampledAnswer(endpoint_of(server), "yes", samples=4, temperature=0.0)
    assert certain.standard_errors(shares).max() == 0.0


def test_a_contrast_changes_the_scale_of_standard_errors():
    class Score:
        weights = (-2.0,)

        def __call__(self, texts):
            return [0.5] * len(texts)

        def standard_errors(self, values):
            assert set(values) == {0.5}
            return 0.1 * np.ones(len(values))

    game = TextGame("one two three", Score())
    kept = np.ones((2, 3), dtype=bool)
    assert game.standard_errors(kept, game(kept)).tolist() == [0.2, 0.2]


def test_faults_are_survived_and_nothing_is_asked_twice_for_good(server, tmp_path):
    endpoint = endpoint_of(server, timeout=0.3)
    score = EchoedAnswer(endpoint, " yes")
    game = TextGame(f"{SENTENCE} ?", score)
    server.faults = [429, 500, "slow", "malformed", "empty", "hang up", 503, 429, 500] * 2
    policy = Ablation(retries=8, backoff=0.01, concurrency=4, store=tmp_path / "answers.db")
    approximator = ProxySPEX(n=6, index="SII", max_order=2, random_state=0, ablation=policy)
    values = approximator.approximate(64, game)
    clean = TextGame(f"{SENTENCE} ?", EchoedAnswer(endpoint_of(server), " yes"))
    expected = ProxySPEX(n=6, index="SII", max_order=2).approximate(64, clean)
    assert not server.faults
    assert values[(2, 5)] == pytest.approx(expected[(2, 5)], abs=1e-9)
    asked = len(server.requests)
    approximator.approximate(64, TextGame(f"{SENTENCE} ?", score))
    assert len(server.requests) == asked
    assert approximator.plan(64, game).missing == 0
    assert endpoint.usage.tokens_per_request == 7


def test_a_server_that_wants_to_be_left_alone_is(server):
    endpoint = endpoint_of(server)
    server.faults, server.wait = [429], 0.3
    with pytest.raises(EndpointError, match="replied 429"):
        endpoint.post("chat/completions", {"messages": [{"content": "a"}]})
    before = time.monotonic()
    endpoint.post("chat/completions", {"messages": [{"content": "a"}]})
    assert time.monotonic() - before >= 0.25


MALFORMED = [
    {"tokens": ["it", " yes"]},
    {"tokens": ["it", " yes"], "token_logprobs": [None], "text_offset": [0, 5]},
    {"tokens": ["it", " yes"], "token_logprobs": [None, "-1"], "text_offset": [0, 5]},
    {"tokens": ["it", " yes"], "token_logprobs": [None, math.nan], "text_offset": [0, 5]},
    {"tokens": ["it", " yes"], "token_logprobs": [None, 0.5], "text_offset": [0, 5]},
    {"tokens": ["it"], "token_logprobs": [None], "text_offset": [0]},
]


@pytest.mark.parametrize("found", MALFORMED)
def test_malformed_log_probabilities_are_no_answers(server, found):
    score = EchoedAnswer(endpoint_of(server), " yes")
    server.faults = [{"logprobs": found}]
    with pytest.raises(EndpointError, match=r"malformed|did not echo"):
        score(["it is"])


@pytest.mark.parametrize("content", [[{}], [{"top_logprobs": []}], [{"top_logprobs": [{}]}], "Yes"])
def test_malformed_first_tokens_are_no_answers(server, content):
    score = FirstToken(endpoint_of(server), ["Yes"])
    server.faults = [{"logprobs": {"content": content}}]
    with pytest.raises(EndpointError, match=r"malformed|no likely"):
        score(["it is"])


def test_replies_without_content_are_no_draws(server):
    score = SampledAnswer(endpoint_of(server), "yes", samples=1)
    server.faults = [{"message": {"content": None}}]
    with pytest.raises(EndpointError, match="without content"):
        score(["it is"])


def test_the_key_follows_no_redirection(server):
    score = SampledAnswer(endpoint_of(server), "yes", samples=1)
    asked = len(server.requests)
    server.faults = [307]
    with pytest.raises(EndpointError, match="replied 307"):
        score(["it is"])
    assert len(server.requests) == asked + 1


def test_the_key_reaches_neither_log_nor_store_nor_plan(server, tmp_path, caplog, capfd):
    caplog.set_level(0)
    game = TextGame(f"{SENTENCE} ?", EchoedAnswer(endpoint_of(server), " yes"))
    server.faults = [408, 429, 500, "malformed"]
    policy = Ablation(retries=5, backoff=0.01, store=tmp_path / "answers.db", progress=True)
    approximator = ProxySPEX(n=6, index="SII", random_state=0, ablation=policy)
    values = approximator.approximate(20, game)
    approximator.plan(20, game).save(tmp_path / "plan.npz")
    shown = [*capfd.readouterr(), caplog.text, repr(values), str(approximator.report_)]
    assert not any(KEY in text for text in shown)
    kept = [path.read_bytes() for path in tmp_path.iterdir()]
    assert len(kept) >= 2
    assert not any(KEY.encode() in content for content in kept)


@pytest.mark.parametrize("fault", [401, 429, 500, "slow", "malformed", "empty", "hang up"])
def test_the_key_is_neither_shown_nor_kept(server, fault):
    endpoint = endpoint_of(server, timeout=0.4)
    score = EchoedAnswer(endpoint, " yes")
    server.faults = [fault]
    with pytest.raises(EndpointError) as caught:
        score(["it is"])
    assert KEY not in str(caught.value)
    assert KEY not in repr(endpoint)
    assert KEY.encode() not in pickle.dumps((endpoint, score, caught.value))
    assert KEY not in score.fingerprint
    assert pickle.loads(pickle.dumps(score))(["it is"]).shape == (1, 1)


def test_what_an_endpoint_cannot_do_is_said_before_the_first_ablation():
    with serving(offers_logprobs=False) as server:
        endpoint = endpoint_of(server)
        with pytest.raises(EndpointError, match="use FirstToken or SampledAnswer"):
            EchoedAnswer(endpoint, " yes")
        with pytest.raises(EndpointError, match="use SampledAnswer"):
            FirstToken(endpoint, ["Yes"])
        assert SampledAnswer(endpoint, "yes", samples=2)(["a"]).shape == (1,)
        server.faults = [401]
        with pytest.raises(EndpointError, match="replied 401") as caught:
            SampledAnswer(endpoint, "yes")
        assert caught.value.status == 401
    with pytest.raises(EndpointError, match="no reply"):
        SampledAnswer(endpoint, "yes")


def test_bad_arguments_are_refused(server):
    endpoint = endpoint_of(server)
    with pytest.raises(ValueError, match="base_url"):
        Endpoint("api.example.com", "tiny")
    with pytest.raises(ValueError, match="unencrypted to example"):
        Endpoint("http://example.com/v1", "tiny")
    with pytest.raises(ValueError, match="must not contain a key"):
        Endpoint("https://me:pass@example.com/v1", "tiny")
    with pytest.raises(ValueError, match="timeout"):
        endpoint_of(server, timeout=0)
    with pytest.raises(ValueError, match="empty"):
        EchoedAnswer(endpoint, "")
    with pytest.raises(ValueError, match="lists"):
        FirstToken(endpoint, "Yes")
    with pytest.raises(ValueError, match="samples"):
        SampledAnswer(endpoint, "yes", samples=0)
    assert not server.requests
    with pytest.raises(ValueError, match="empty prompt"):
        TextGame(SENTENCE, EchoedAnswer(endpoint, " yes"))
    assert SampledAnswer(endpoint, str.isupper, samples=1).fingerprint is None
