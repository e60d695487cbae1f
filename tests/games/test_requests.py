"""Requests to hosted models: how many a row takes, which limits hold, and what ends a run."""

from __future__ import annotations

import math
import time
import traceback

import joblib
import numpy as np
import pytest

from shapiq_spex import SPEX, Ablation, ProxySPEX
from shapiq_spex.ablation import AblationPlan, AnswerStore, LimitReached, ask
from shapiq_spex.ablation.rate_limit import RateLimit
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.games.endpoint import Endpoint, EndpointError
from shapiq_spex.games.hosted_scores import EchoedAnswer, FirstToken, SampledAnswer
from shapiq_spex.games.text_game import TextGame
from tests.games.hosted_server import KEY, serving

SENTENCE = "it is not at all bad"
COALITIONS = Coalitions.all_of(6)[:20]


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def endpoint_of(server, query="", **options):
    return Endpoint(f"http://127.0.0.1:{server.server_port}/v1{query}", "tiny", **options)


def game_of(score):
    return TextGame(f"{SENTENCE} ?", score, pinned=["?"])


def paid(server):
    """Requests since the last call."""
    with server.lock:
        count = len(server.requests)
        server.requests.clear()
    return count


SCORES = {
    "echoed": (lambda e: EchoedAnswer(e, " yes"), 1),
    "echoed, with contrast": (lambda e: EchoedAnswer(e, " yes", contrast=" no"), 2),
    "first token": (lambda e: FirstToken(e, ["Yes"], contrast=["No"]), 1),
    "sampled": (lambda e: SampledAnswer(e, "yes", samples=5), 5),
}


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("view", ["game", "each", "part"])
def test_the_plan_the_bill_and_the_server_count_the_same_requests(server, name, view):
    make, each = SCORES[name]
    endpoint = endpoint_of(server)
    game = game_of(make(endpoint))
    game = {"game": game, "each": game.each, "part": game.part(0)}[view]
    policy = Ablation(cost_per_request=0.01, cost_per_million_tokens=100.0, concurrency=3)
    plan = AblationPlan.for_game(COALITIONS, game, policy)
    paid(server)
    endpoint.usage.tokens = 0
    answers = ask(game, COALITIONS, policy, outputs="many" if view == "each" else "one")
    sent = paid(server)
    assert sent == answers.requests == plan.requests == plan.estimate().requests == 20 * each
    assert (f"{sent} requests" in str(plan)) == (each > 1)
    assert answers.tokens == endpoint.usage.tokens == 7 * sent
    assert answers.cost == pytest.approx(sent * 0.01 + 7 * sent * 1e-4)
    assert plan.estimate(cost_per_call=0.5, tokens_per_call=7).tokens == 7 * sent
    rough = plan.estimate()
    assert rough.cost == pytest.approx(sent * 0.01 + rough.tokens * 1e-4)
    assert rough.tokens > 0


def test_the_pace_is_that_of_requests_not_of_rows(server, monkeypatch):
    slots = []
    reserve = RateLimit.reserve

    def counted(self, not_before=0.0, requests=1):
        slots.append(requests)
        return reserve(self, not_before, requests)

    monkeypatch.setattr(RateLimit, "reserve", counted)
    policy = Ablation(requests_per_minute=1e6)
    ask(game_of(SampledAnswer(endpoint_of(server), "yes", samples=5)), COALITIONS, policy)
    assert sum(slots) == 100
    slow = Ablation(requests_per_minute=600)
    plan = AblationPlan(COALITIONS, requests_per_coalition=5, policy=slow)
    assert plan.estimate().seconds == 10.0

    class Told:
        requests_per_coalition = 4

        def __call__(self, kept):
            return kept.sum(axis=1)

    slots.clear()
    ask(Told(), COALITIONS, Ablation(requests_per_minute=1e6, batch_size=5))
    assert slots == [20, 20, 20, 20]


def test_a_score_of_ones_own_is_counted_where_it_sends(server):
    endpoint = endpoint_of(server)

    def score(texts):
        for text in texts:
            for _ in range(3):
                endpoint.post("chat/completions", {"messages": [{"content": text}]})
        return [0.0] * len(texts)

    answers = ask(TextGame(SENTENCE, score, fingerprint="x"), COALITIONS, Ablation(max_requests=99))
    assert paid(server) == 60 == answers.requests
    game = TextGame(SENTENCE, score, fingerprint="x", batch_size=1)
    answers = ask(game, COALITIONS, Ablation(max_requests=10))
    assert paid(server) == 10
    assert answers.answered.sum() == 3
    assert "max_requests=10" in answers.ended


@pytest.mark.parametrize("concurrency", [None, 8])
@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("limit", [10, 13])
def test_no_request_exceeds_the_limit_whatever_fails(server, tmp_path, name, limit, concurrency):
    make, each = SCORES[name]
    game = game_of(make(endpoint_of(server)))
    paid(server)
    server.faults = [500, 429, "malformed"]
    policy = Ablation(
        max_requests=limit, retries=3, backoff=0, concurrency=concurrency, store=tmp_path / "a"
    )
    answers = ask(game, COALITIONS, policy)
    assert paid(server) <= limit
    assert answers.requests <= limit
    assert 0 < answers.answered.sum() <= limit // each
    assert len(answers.skipped) == 20 - answers.answered.sum()
    with AnswerStore(tmp_path / "a") as store:
        assert len(store.answers()[0]) == answers.answered.sum()


def test_no_cost_exceeds_the_limit(server):
    endpoint = endpoint_of(server)
    game = game_of(EchoedAnswer(endpoint, " yes"))
    endpoint.usage.tokens = 0
    price = 1e5  # per million tokens: each reply costs 0.7
    answers = ask(game, COALITIONS, Ablation(max_cost=16.0, cost_per_million_tokens=price))
    assert answers.cost == pytest.approx(endpoint.usage.tokens / 10)
    assert 0 < answers.cost <= 16.0
    assert "max_cost=16" in answers.ended
    priced = Ablation(max_cost=0.75, cost_per_request=0.1, batch_size=1)
    answers = ask(lambda kept: kept[:, 0] * 1, COALITIONS, priced)
    assert answers.answered.sum() == 7
    with pytest.raises(ValueError, match="tokens_per_coalition"):
        ask(lambda kept: kept[:, 0], COALITIONS, Ablation(max_cost=1, cost_per_million_tokens=1))


def test_a_limit_that_allows_nothing_is_an_error(server):
    game = game_of(SampledAnswer(endpoint_of(server), "yes", samples=5))
    paid(server)
    with pytest.raises(LimitReached, match="max_requests=4"):
        ask(game, COALITIONS, Ablation(max_requests=4))
    assert paid(server) == 0


@pytest.mark.parametrize("stop_at", [None, 0.999999])
@pytest.mark.parametrize("method", [SPEX, ProxySPEX])
@pytest.mark.parametrize("limit", [1, 2, 3, 40, 130, 399])
def test_what_a_limit_allows_is_explained_and_the_report_says_so(method, limit, stop_at):
    def game(kept):
        calls.append(len(kept))
        return kept[:, 0] + 2.0 * kept[:, 1] * kept[:, 2] + np.sin(kept @ np.arange(14.0))

    calls = []
    options = {"stop_at": stop_at} if method is ProxySPEX else {}
    approximator = method(
        n=14, index="FBII", max_order=2, random_state=0, **options,
        ablation=Ablation(max_requests=limit, batch_size=1),
    )  # fmt: skip
    values = approximator.approximate(400, game)
    report = approximator.report_
    assert sum(calls) == limit == values.estimation_budget == report.asked == report.requests
    assert report.rows == limit
    assert f"max_requests={limit} is reached: {report.planned - limit} of" in report.notes[-1]
    assert "The run ended early" in str(report)
    assert np.isfinite(values.values).all()
    intervals = approximator.intervals()
    assert np.isnan(intervals.lower).all()
    assert intervals.reason


def test_a_record_and_a_store_cost_no_requests(server, tmp_path):
    score = EchoedAnswer(endpoint_of(server), " yes")
    game = TextGame(f"{SENTENCE} ?", score, pinned=["?"], record=tmp_path / "all")
    paid(server)
    assert ask(game, COALITIONS, Ablation(max_requests=12)).answered.sum() == 12
    assert paid(server) == 12
    answers = ask(game.part(0), COALITIONS, Ablation(max_requests=8))
    assert answers.answered.all()
    assert paid(server) == 8 == answers.requests
    assert answers.tokens == 8 * 7


@pytest.mark.parametrize("status", [301, 401, 402, 403, 404, 405, 410])
@pytest.mark.parametrize("on_error", ["raise", "skip"])
@pytest.mark.parametrize("concurrency", [None, 4])
def test_an_error_that_all_requests_meet_is_met_once(server, status, on_error, concurrency):
    game = game_of(EchoedAnswer(endpoint_of(server), " yes"))
    paid(server)
    server.status_for = lambda body: status
    policy = Ablation(retries=3, backoff=0, on_error=on_error, concurrency=concurrency)
    with pytest.raises(EndpointError, match=f"replied {status}"):
        ask(game, COALITIONS, policy)
    assert paid(server) <= (concurrency or 1)


def test_a_key_that_expires_leaves_the_answers_before(server, tmp_path):
    game = game_of(EchoedAnswer(endpoint_of(server), " yes"))
    server.faults = [None] * 7 + [401] * 99
    policy = Ablation(retries=3, backoff=0, on_error="skip")
    answers = ask(game, COALITIONS, policy)
    assert answers.answered.sum() == 7
    assert "replied 401" in answers.ended
    server.faults = []
    game = game_of(EchoedAnswer(endpoint_of(server), " yes"))
    server.faults = [None] * 7 + [401] * 99
    with pytest.raises(EndpointError, match="replied 401") as caught:
        ask(game, COALITIONS, Ablation(retries=3, backoff=0, store=tmp_path / "a"))
    assert "7 answers are safe" in caught.value.__notes__[-1]


def test_an_exhausted_quota_is_final_and_a_refused_text_is_not_repeated(server):
    game = game_of(EchoedAnswer(endpoint_of(server), " yes"))
    refused = game.text_of(COALITIONS.dense()[3])
    server.status_for = lambda body: 400 if body["prompt"] == f"{refused} yes" else None
    paid(server)
    answers = ask(game, COALITIONS, Ablation(retries=3, backoff=0, on_error="skip"))
    assert paid(server) == 20
    assert np.flatnonzero(~answers.answered).tolist() == [3]
    quota = EndpointError("no credit", 429, final=True)
    assert (quota.final, quota.repeatable) == (True, False)
    limited = EndpointError("slow down", 429)
    assert (limited.final, limited.repeatable) == (False, True)


@pytest.mark.parametrize(
    ("draws", "per_row"),
    [("together", 1), ("three at most", 3), ("ignored", 7), ("refused", 7), ("one seed", 7)],
)
def test_draws_are_requested_together_where_the_server_can(draws, per_row):
    with serving(draws=draws) as server:
        score = SampledAnswer(endpoint_of(server), "yes", samples=7)
        assert score.requests_per_text == per_row
        paid(server)
        values = score([SENTENCE, "it is"])
        assert paid(server) == 2 * per_row
        assert (values * 7 == np.rint(values * 7)).all()
        many = SampledAnswer(endpoint_of(server), "yes", samples=70)
        assert many([SENTENCE, "it is"]) == pytest.approx([math.exp(-0.1), math.exp(-2.0)], abs=0.2)
        server.draws = "ignored"
        assert many([SENTENCE]).shape == (1,)


@pytest.mark.parametrize("name", SCORES)
def test_what_was_answered_before_a_failure_is_not_requested_again(server, name):
    make, each = SCORES[name]
    game = game_of(make(endpoint_of(server)))
    expected = ask(game_of(make(endpoint_of(server))), COALITIONS).values
    paid(server)
    server.faults = [None, None, None, 500, None, 500, None, None, None, None, 500] * 2
    policy = Ablation(batch_size=4, retries=4, backoff=0)
    answers = ask(game, COALITIONS, policy)
    assert answers.values.tobytes() == expected.tobytes()
    assert paid(server) == 20 * each + 6


def test_a_server_that_drips_does_not_extend_the_timeout(server):
    score = EchoedAnswer(endpoint_of(server, timeout=0.3), " yes")
    server.faults = ["drip"]
    with pytest.raises(EndpointError, match=r"TimeoutError: no complete reply within 0\.3 seconds"):
        score(["it is"])
    for _ in range(100):
        if server.hung_up:
            break
        time.sleep(0.02)
    assert server.hung_up, "the connection is left open"
    assert score(["it is"]).shape == (1, 1)


@pytest.mark.parametrize("number", [10**400, -(10**400), 2.5, True, "7", None, [], 10**17])
def test_nonsense_in_a_reply_is_no_other_error(server, number):
    endpoint = endpoint_of(server, timeout=1e12)
    score = EchoedAnswer(endpoint, " yes")
    told = {"tokens": ["it", " yes"], "token_logprobs": [None, -(10**400)], "text_offset": [0, 5]}
    server.faults = [{"logprobs": told}]
    with pytest.raises(EndpointError, match="malformed"):
        score(["it is"])
    usage = endpoint.usage.tokens
    assert endpoint._count({"usage": {"total_tokens": number}}) is None
    assert endpoint.usage.tokens == usage


def test_the_query_of_the_address_is_sent(server):
    score = EchoedAnswer(endpoint_of(server, "/?api-version=2024-10-21"), " yes")
    assert score(["it is"]).shape == (1, 1)
    assert {path for path, _, _ in server.requests} == {"/v1/completions?api-version=2024-10-21"}


@pytest.mark.parametrize("settings", [{}, {"batch_size": 16}, {"concurrency": 4}])
def test_a_limit_makes_batches_that_fit_into_it(settings):
    answers = ask(lambda kept: kept[:, 0] * 1, COALITIONS, Ablation(max_requests=7, **settings))
    assert answers.answered.sum() == answers.requests == 7


def test_limits_hold_across_stages_threads_and_tasks_but_not_processes():
    async def game(kept):
        calls.append(len(kept))
        return kept.sum(axis=1)

    calls = []
    answers = ask(game, COALITIONS, Ablation(max_requests=9, concurrency=4))
    assert sum(calls) == answers.answered.sum() == 9
    more = ask(game, COALITIONS, Ablation(max_requests=12, concurrency=4), earlier=answers)
    assert sum(calls) == 12
    assert more.answered.sum() == 3
    with joblib.parallel_config("loky", n_jobs=2), pytest.raises(ValueError, match="processes"):
        ask(np.sum, COALITIONS, Ablation(max_requests=9))


def test_the_bar_shows_requests_and_cost(server, capsys):
    game = game_of(EchoedAnswer(endpoint_of(server), " yes", contrast=" no"))
    ask(game, COALITIONS, Ablation(progress=True, cost_per_request=0.25))
    last = capsys.readouterr().err.split("\r")[-1]
    assert "requests=40" in last
    assert "cost=10.00" in last


def test_an_echo_of_the_key_in_a_well_formed_reply_is_not_shown(server):
    score = EchoedAnswer(endpoint_of(server), " yes")
    for values in ([None, KEY], [None, 1.0], KEY):
        server.faults = [{"logprobs": {"tokens": ["it", " yes"], "token_logprobs": values}}]
        server.faults[0]["logprobs"]["text_offset"] = [0, 5]
        with pytest.raises(EndpointError, match="malformed") as caught:
            score(["it is"])
        assert KEY[:5] not in f"{caught.value} {caught.value.__context__!r}"


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize(
    "choice", [KEY, {"logprobs": KEY, "message": KEY}, {"logprobs": {"content": KEY}}], ids=str
)
def test_nor_do_the_variables_of_its_traceback_hold_it(server, name, choice):
    score = SCORES[name][0](endpoint_of(server))
    server.faults = [{"logprobs": choice, "message": choice}]
    with pytest.raises(EndpointError) as caught:
        score(["it is"])
    frames = traceback.walk_tb(caught.value.__traceback__)
    for frame in traceback.StackSummary.extract(frames, capture_locals=True):
        assert frame.filename == __file__ or KEY[:5] not in repr(frame.locals)
