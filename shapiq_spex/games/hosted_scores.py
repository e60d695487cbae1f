r"""Score texts by a hosted model: log-probabilities of answers, or their frequency.

There are three ways to the probability of an answer, depending on the endpoint:

* :class:`EchoedAnswer`: *completions* that echo the prompt with log-probabilities (vLLM, llama.cpp,
  TGI and others). Exact, for answers of any length, token by token.
* :class:`FirstToken`: *chat* with the log-probabilities of the most likely first tokens (OpenAI
  and most others). For answers of one token, such as "True" and "False".
* :class:`SampledAnswer`: *chat* alone. The answer is drawn repeatedly; its share has the standard
  error sqrt(p (1 - p) / samples), which intervals and reports take into account.

All are scores for :class:`~shapiq_spex.games.TextGame`. They tell how many requests a text takes
(``requests_per_text``): one, two with a contrast of :class:`EchoedAnswer`, and ``samples`` where a
server does not draw several answers in one request. What was answered before a request failed is
not requested again. The constructors send a short request or two to check what the endpoint
supports; these count towards no limit of a policy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from shapiq_spex._argument_checks import check_integer
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.games.endpoint import Endpoint, EndpointError
from shapiq_spex.games.named_game import Matrix
from shapiq_spex.games.score_of_endpoint import (
    HostedScore,
    Template,
    log_probability,
)

_PROBE = "Write eight random letters."
"""A prompt to which draws of a chat differ, if a server draws them independently."""


class EchoedAnswer(HostedScore):
    """The exact log-probability of an answer, token by token, from echoed completions.

    Args:
        endpoint: The endpoint.
        answer: The answer as it continues the prompt (often with a leading blank).
        contrast: Another answer, whose log-probability is subtracted.
        template: A function from a text to the prompt, which may add the question.

    Raises:
        EndpointError: If the endpoint does not reply, or returns no echoed log-probabilities.
        ValueError: If an answer is empty.

    Example:
        >>> endpoint = Endpoint("http://localhost:8000/v1", "my-model")
        >>> def reply(path, body):  # stands for the server
        ...     start = body["prompt"].index(" no")
        ...     told = {"tokens": [" no"], "token_logprobs": [-0.5], "text_offset": [start]}
        ...     return {"choices": [{"logprobs": told}]}
        >>> endpoint.post = reply
        >>> EchoedAnswer(endpoint, " no")(["Is it bad?"])
        array([[-0.5]])
    """

    def __init__(
        self,
        endpoint: Endpoint,
        answer: str,
        *,
        contrast: str | None = None,
        template: Template | None = None,
    ) -> None:
        self.answers = [answer] if contrast is None else [answer, contrast]
        if not all(self.answers):
            raise ValueError("an answer must not be empty")
        super().__init__(endpoint, template, *self.answers)
        self.requests_per_text = len(self.answers)
        # a place where every server starts a new token
        tokens = [self._tokens("Answer:", text) for text in self.answers]
        self.output_names = tuple(name for found in tokens for name, _ in found)
        self._lengths = [len(found) for found in tokens]
        self.weights: Vector = np.repeat([1.0, -1.0][: len(tokens)], self._lengths)

    def check(self, text: str) -> None:
        """Refuse a text after which the answer has no log-probability.

        Raises:
            ValueError: If the prompt is empty.
        """
        if not self._prompt(text):
            raise ValueError(
                "after an empty prompt the first token of an answer has no log-probability: pin "
                "part of the text or give template=..."
            )

    def __call__(self, texts: list[str]) -> Matrix:
        """One row per text, one column per token of the answer(s)."""
        return np.array([np.concatenate(rows) for rows in self._pieces(texts)])

    def _answer_tokens(self) -> float:
        return float(sum(self._lengths))

    def _requested(self, prompt: str, have: int) -> list[list[float]]:
        if have == len(self.answers):
            return []
        answer, length = self.answers[have], self._lengths[have]
        found = [value for _, value in self._tokens(prompt, answer)]
        if len(found) != length:
            raise EndpointError(
                f"the answer {answer!r} has {len(found)} tokens after this prompt and "
                f"{length} otherwise: end the prompt, or begin the answer, with a blank"
            )
        return [found]

    def _tokens(self, prompt: str, answer: str) -> list[tuple[str, float]]:
        """The tokens of the answer with their log-probabilities."""
        body = {"prompt": prompt + answer, "max_tokens": 0, "echo": True, "logprobs": 1}

        def read(choices: list[dict[str, Any]]) -> list[tuple[str, float]]:
            found = choices[0].get("logprobs")
            if not isinstance(found, dict):
                raise EndpointError(
                    f"{self.endpoint.base_url} returns no log-probabilities of an echoed prompt: "
                    "use FirstToken or SampledAnswer"
                )
            rows = list(
                zip(found["tokens"], found["token_logprobs"], found["text_offset"], strict=True)
            )
            named = [(str(name), value) for name, value, at in rows if at >= len(prompt)]
            if rows and not named:
                raise EndpointError(f"{self.endpoint.base_url} did not echo the answer {answer!r}")
            return [(name, log_probability(value)) for name, value in named]

        return self._posted("completions", body | {"temperature": 0}, read)


class FirstToken(HostedScore):
    """The log-probability that a chat answer begins with a token, for answers of one token.

    Endpoints return only the most likely tokens. A token that is not among them gets the
    log-probability of the least likely one returned, an upper bound (counted in ``missed``).

    Args:
        endpoint: The endpoint.
        answers: Spellings of the answer, whose probabilities are added, such as
            ``["True", " True"]``; blanks around a token do not matter.
        contrast: Spellings of an answer whose log-probability is subtracted.
        template: A function from a text to the message.
        system: A system message.
        top: The number of likely tokens to request.

    Raises:
        EndpointError: If the endpoint does not reply, or returns no log-probabilities.
        ValueError: If there is no answer.

    Example:
        >>> endpoint = Endpoint("http://localhost:8000/v1", "my-model")
        >>> def reply(path, body):  # stands for the server
        ...     likely = [{"token": "True", "logprob": -0.5}, {"token": "False", "logprob": -1.5}]
        ...     return {"choices": [{"logprobs": {"content": [{"top_logprobs": likely}]}}]}
        >>> endpoint.post = reply
        >>> FirstToken(endpoint, ["True"], contrast=["False"])(["Is it bad?"])
        array([[-0.5, -1.5]])
    """

    def __init__(
        self,
        endpoint: Endpoint,
        answers: Sequence[str],
        *,
        contrast: Sequence[str] = (),
        template: Template | None = None,
        system: str | None = None,
        top: int = 20,
    ) -> None:
        if isinstance(answers, str) or isinstance(contrast, str) or not answers:
            raise ValueError("answers and contrast must be lists of spellings, the first not empty")
        groups = [[a.strip() for a in answers], [a.strip() for a in contrast]]
        self.groups = [group for group in groups if group]
        super().__init__(endpoint, template, self.groups, system, top)
        self.system, self.top = system, top
        self.output_names = tuple(" or ".join(group) for group in self.groups)
        self.weights: Vector = np.array([1.0, -1.0][: len(self.groups)])
        self.missed = 0
        self._most_likely("Hello")

    def __call__(self, texts: list[str]) -> Matrix:
        """One row per text, one column for the answer and one for the contrast."""
        return np.array([self._row(likely) for (likely,) in self._pieces(texts)])

    def _answer_tokens(self) -> float:
        return 1.0

    def _requested(self, prompt: str, have: int) -> list[list[tuple[str, float]]]:
        return [] if have else [self._most_likely(prompt)]

    def _row(self, likely: list[tuple[str, float]]) -> list[float]:
        row: list[float] = []
        for group in self.groups:
            found = [value for token, value in likely if token.strip() in group]
            self.missed += not found
            row.append(float(np.logaddexp.reduce(found)) if found else min(v for _, v in likely))
        return row

    def _most_likely(self, prompt: str) -> list[tuple[str, float]]:
        options = {"max_tokens": 1, "temperature": 0, "logprobs": True, "top_logprobs": self.top}

        def read(choices: list[dict[str, Any]]) -> list[tuple[str, float]]:
            found = choices[0].get("logprobs")
            if not isinstance(found, dict) or not found.get("content"):
                raise EndpointError(
                    f"{self.endpoint.base_url} returns no log-probabilities in chats: use "
                    "SampledAnswer"
                )
            told = found["content"][0]["top_logprobs"]
            if not told:
                raise EndpointError(f"{self.endpoint.base_url} returned no likely tokens")
            return [(str(item["token"]), log_probability(item["logprob"])) for item in told]

        return self._chat(prompt, self.system, options, read)


class SampledAnswer(HostedScore):
    """The share of right answers among repeated draws of a chat answer.

    All draws are requested at once (``n``), if a short request shows that the server returns as
    many and that they differ; otherwise as many at once as it returns, or one by one.

    Args:
        endpoint: The endpoint.
        is_answer: A function that tells whether a reply is right; or a text that a right reply
            contains, in upper or lower case.
        samples: Draws per text; ``requests_per_text`` tells how many requests that takes.
        template: A function from a text to the message.
        system: A system message.
        temperature: The temperature of the draws.
        max_tokens: The greatest length of a reply.

    Raises:
        EndpointError: If the endpoint does not reply.
        ValueError: If ``samples`` is below 1.

    Example:
        >>> endpoint = Endpoint("http://localhost:8000/v1", "my-model")
        >>> def reply(path, body):  # stands for the server
        ...     return {"choices": [{"message": {"content": "No, it is not."}}]}
        >>> endpoint.post = reply
        >>> SampledAnswer(endpoint, "no", samples=3)(["Is it bad?"])
        array([1.])
    """

    def __init__(
        self,
        endpoint: Endpoint,
        is_answer: str | Callable[[str], bool],
        *,
        samples: int = 10,
        template: Template | None = None,
        system: str | None = None,
        temperature: float = 1.0,
        max_tokens: int = 16,
    ) -> None:
        check_integer(samples, "samples", least=1)
        self.is_answer = is_answer
        super().__init__(endpoint, template, is_answer, samples, system, temperature, max_tokens)
        self.samples, self.system = samples, system
        self.temperature, self.max_tokens = temperature, max_tokens
        self._at_once = self._draws_at_once()
        self.requests_per_text = -(-samples // self._at_once)

    @property
    def fingerprint(self) -> str | None:
        """As for the other scores; also ``None`` if ``is_answer`` is a function."""
        return None if callable(self.is_answer) else super().fingerprint

    def __call__(self, texts: list[str]) -> Vector:
        """The share of right answers for every text."""
        drawn = [pieces[: self.samples] for pieces in self._pieces(texts)]
        hits = [[self._counts(reply) for reply in replies] for replies in drawn]
        return np.array(hits, dtype=np.float64).sum(axis=1) / self.samples

    def standard_errors(self, shares: Vector) -> Vector:
        """The standard errors of shares of right answers: sqrt(p (1 - p) / samples).

        p is estimated by (right + 1) / (samples + 2), Laplace's rule of succession, because a share
        of 0 or 1 among few draws does not make a reply certain. At temperature 0 it is.
        """
        if self.temperature == 0:
            return np.zeros(len(shares))
        p = (shares * self.samples + 1) / (self.samples + 2)
        return np.sqrt(p * (1 - p) / self.samples)

    def _answer_tokens(self) -> float:
        return float(self.samples * self.max_tokens)

    def _requested(self, prompt: str, have: int) -> list[str]:
        wanted = min(self._at_once, self.samples - have)
        return self._drawn(prompt, have, wanted, self.system) if wanted > 0 else []

    def _draws_at_once(self) -> int:
        """How many draws the server makes in one request, independently of each other."""
        if self.samples > 1:
            try:
                draws = self._drawn(_PROBE, 0, self.samples, None)
            except EndpointError as error:
                if error.final or error.repeatable:
                    raise
            else:
                same = len(set(draws)) == 1 and self.temperature > 0  # one seed for all of them
                return 1 if same else len(draws)
        self._drawn(_PROBE, 0, 1, None)
        return 1

    def _counts(self, reply: str) -> bool:
        if callable(self.is_answer):
            return bool(self.is_answer(reply))
        return self.is_answer.casefold() in reply.casefold()

    def _drawn(self, prompt: str, first: int, count: int, system: str | None) -> list[str]:
        # endpoints that support seeds repeat the draws for the same text
        seed = hashlib.blake2b(f"{first}:{prompt}".encode(), digest_size=4).digest()
        number = int.from_bytes(seed, "little") >> 1
        options = {"temperature": self.temperature, "max_tokens": self.max_tokens, "seed": number}
        if count > 1:
            options["n"] = count

        def read(choices: list[dict[str, Any]]) -> list[str]:
            replies: list[str] = []
            for choice in choices[:count]:
                message = choice.get("message")
                content = message.get("content") if isinstance(message, dict) else None
                if not isinstance(content, str):
                    raise EndpointError(f"{self.endpoint.base_url} sent a reply without content")
                replies.append(content)
            return replies

        return self._chat(prompt, system, options, read)
