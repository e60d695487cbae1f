"""What the scores of hosted models share: requests, and what failures leave."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

from shapiq_spex.games.endpoint import Endpoint, EndpointError
from shapiq_spex.games.named_game import digest

Template = Callable[[str], str]
Result = TypeVar("Result")
Reader = Callable[[list[dict[str, Any]]], Result]

_BYTES_PER_TOKEN = 4
"""Of a prompt. A rule of thumb for English; estimates of plans are rough by as much."""


class HostedScore(ABC):
    """One text per call: a failed one loses no other, and they can run concurrently.

    Attributes:
        requests_per_text: Requests that a text takes.
        metered: The endpoint counts each request when it is sent.
    """

    batch_size = 1
    metered = True
    requests_per_text = 1

    def __init__(self, endpoint: Endpoint, template: Template | None, *described: object) -> None:
        self.endpoint, self.template = endpoint, template
        self._paid: dict[str, list[Any]] = {}
        self._described = (type(self).__name__, endpoint.base_url, endpoint.model, *described)

    @property
    def fingerprint(self) -> str | None:
        """The model, with a digest of endpoint and answers; ``None`` with a template function."""
        if self.template is not None:
            return None
        return f"{self.endpoint.model} / {digest(*self._described)}"

    def tokens_for(self, text: str) -> float:
        """Roughly how many tokens a text takes, all requests together."""
        prompt = len(self._prompt(text).encode()) / _BYTES_PER_TOKEN
        return self.requests_per_text * prompt + self._answer_tokens()

    @abstractmethod
    def _answer_tokens(self) -> float:
        """The tokens of all answers to a text."""

    @abstractmethod
    def _requested(self, prompt: str, have: int) -> list[Any]:
        """The next pieces of the answer to a prompt of which there are some; empty at the end."""

    def _pieces(self, texts: list[str]) -> list[list[Any]]:
        """All pieces for every text; those received before a failure are not requested again."""
        pieces = {text: self._paid.pop(text, []) for text in texts}
        try:
            for text, own in pieces.items():
                prompt = self._prompt(text)
                while more := self._requested(prompt, len(own)):
                    own.extend(more)
        except BaseException:
            self._paid |= {text: own for text, own in pieces.items() if own}
            raise
        return [pieces[text] for text in texts]

    def _prompt(self, text: str) -> str:
        return text if self.template is None else self.template(text)

    def _chat(
        self, prompt: str, system: str | None, options: dict[str, Any], read: Reader[Result]
    ) -> Result:
        messages = [] if system is None else [{"role": "system", "content": system}]
        messages.append({"role": "user", "content": prompt})
        return self._posted("chat/completions", {"messages": messages} | options, read)

    def _posted(self, path: str, body: dict[str, Any], read: Reader[Result]) -> Result:
        """What ``read`` makes of the choices in a reply.

        No frame from here on has seen the reply, which may repeat the key, if an error is raised.
        """
        outcome = self._understood(self.endpoint.post(path, body), read)
        if isinstance(outcome, EndpointError):
            raise outcome
        return outcome

    def _understood(self, reply: dict[str, Any], read: Reader[Result]) -> Result | EndpointError:
        try:
            return read(choices_of(reply))
        except EndpointError as error:
            problem = str(error)
        except (KeyError, TypeError, IndexError, ValueError, OverflowError) as error:
            problem = f"malformed log-probabilities: {error!r}"
        return EndpointError(self.endpoint.without_key(problem))


def choices_of(reply: dict[str, Any]) -> list[dict[str, Any]]:
    """The choices of a reply, at least one."""
    choices = reply.get("choices")
    if (
        not isinstance(choices, list)
        or not choices
        or not all(isinstance(choice, dict) for choice in choices)
    ):
        raise EndpointError("the reply has no choices")
    return choices


def log_probability(value: Any) -> float:
    """A log-probability, checked."""
    # servers may round a probability of 1 to slightly more
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a log-probability must be a number, got a {type(value).__name__}")
    if not value <= 1e-6:
        raise ValueError(f"{value!r} is not a log-probability")
    return float(value)  # of an integer beyond all floats: OverflowError
