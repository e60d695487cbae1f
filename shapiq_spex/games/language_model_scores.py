r"""Score texts by a Hugging Face model: classes, and log-probabilities of answers.

Texts are batched with padding on the *right*. The attention mask of an encoder gives padding the
weight zero, and the tokens of a causal model do not see what follows them, so a value does not
depend on the other texts of the batch (beyond the rounding of matrix products).
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from shapiq_spex._argument_checks import check_choice, check_integer
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.games.model_components import check_evaluation_mode
from shapiq_spex.games.named_game import Matrix, digest

ClassOutput = Literal["logit", "log_probability", "probability"]
Ids = list[int]


class _HuggingFaceScore:
    """A model with its tokenizer, called on batches of texts of similar length."""

    def __init__(self, model: Any, tokenizer: Any, batch_size: int) -> None:
        check_integer(batch_size, "batch_size", least=1)
        check_evaluation_mode(model)
        self.model, self.tokenizer, self.batch_size = model, tokenizer, batch_size

    def _check_length(self, length: int) -> None:
        limit = getattr(self.model.config, "max_position_embeddings", None)
        if isinstance(limit, int) and length > limit:
            raise ValueError(f"a text has {length} tokens, but the model takes at most {limit}")

    def _ids(self, text: str, *, special: bool = True) -> Ids:
        return list(self.tokenizer(text, add_special_tokens=special)["input_ids"])

    def _batches(self, sequences: list[Ids]) -> Iterator[tuple[list[int], dict[str, Any]]]:
        """Row numbers and model inputs, sequences of similar length together."""
        import torch

        check_evaluation_mode(self.model)
        for sequence in sequences:
            self._check_length(len(sequence))
        device = next(self.model.parameters()).device
        padding = self.tokenizer.pad_token_id or 0
        by_length = sorted(range(len(sequences)), key=lambda row: len(sequences[row]))
        for start in range(0, len(by_length), self.batch_size):
            rows = by_length[start : start + self.batch_size]
            width = len(sequences[rows[-1]])
            ids = torch.full((len(rows), width), padding, device=device)
            mask = torch.zeros_like(ids)
            for place, row in enumerate(rows):
                ids[place, : len(sequences[row])] = torch.tensor(sequences[row], device=device)
                mask[place, : len(sequences[row])] = 1
            yield rows, {"input_ids": ids, "attention_mask": mask}

    @cached_property
    def _model_fingerprint(self) -> str:
        return model_fingerprint(self.model, self.tokenizer)


class ClassifierScore(_HuggingFaceScore):
    """The outputs of a sequence classifier; a score for :class:`~shapiq_spex.games.TextGame`.

    All classes are outputs, so every class can be explained from the same ablations.

    Args:
        model: An ``AutoModelForSequenceClassification``, in evaluation mode.
        tokenizer: Its tokenizer.
        label: The number or the name of the class whose value is explained.
        contrast: A class whose value is subtracted.
        output: Logits, log-probabilities or probabilities.
        batch_size: Most texts per forward pass.

    Raises:
        ValueError: If the model is in training mode or there is no such class.

    Example:
        >>> from tokenizers import Tokenizer, models, pre_tokenizers
        >>> from transformers import PreTrainedTokenizerFast
        >>> words = Tokenizer(models.WordLevel({"?": 0, "not": 1, "bad": 2}, unk_token="?"))
        >>> words.pre_tokenizer = pre_tokenizers.Whitespace()
        >>> tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="?")
        >>> from transformers import BertConfig, BertForSequenceClassification
        >>> config = BertConfig(vocab_size=3, hidden_size=8, num_attention_heads=1, num_labels=2)
        >>> model = BertForSequenceClassification(config).eval()  # stands for a trained one
        >>> score = ClassifierScore(model, tokenizer, "LABEL_1", contrast="LABEL_0")
        >>> score(["not bad", "bad"]).shape
        (2, 2)
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        label: int | str,
        *,
        contrast: int | str | None = None,
        output: ClassOutput = "logit",
        batch_size: int = 32,
    ) -> None:
        super().__init__(model, tokenizer, batch_size)
        check_choice(output, "output", get_args(ClassOutput))
        self.output = output
        names: Mapping[int, str] = model.config.id2label
        self.output_names = tuple(str(names[number]) for number in sorted(names))
        self.weights: Vector = np.zeros(len(names))
        self.weights[self._class(label)] = 1.0
        if contrast is not None:
            self.weights[self._class(contrast)] -= 1.0
        if getattr(model.config, "pad_token_id", None) is None:
            self.batch_size = 1  # decoders locate their last token by the padding

    @property
    def fingerprint(self) -> str:
        """A digest of the model, the tokenizer and the choice of classes."""
        return f"classifier / {digest(self._model_fingerprint, self.output, self.weights)}"

    def check(self, text: str) -> None:
        """Refuse a text without tokens, or with more tokens than the model takes.

        Raises:
            ValueError: If it is one.
        """
        ids = self._ids(text)
        if not ids:
            raise ValueError(
                "nothing is left of a text for the model to classify: pin part of it or give "
                "replacement=..."
            )
        self._check_length(len(ids))

    def __call__(self, texts: list[str]) -> Matrix:
        """One row per text, one column per class."""
        import torch

        values = np.empty((len(texts), len(self.output_names)))
        sequences = [self._ids(text) for text in texts]
        for rows, inputs in self._batches(sequences):
            with torch.no_grad():
                logits = self.model(**inputs).logits.cpu().double()  # not all devices have doubles
            if self.output != "logit":
                logits = logits.log_softmax(dim=-1)
            if self.output == "probability":
                logits = logits.exp()
            values[rows] = logits.numpy()
        return values

    def _class(self, label: int | str) -> int:
        known = self.output_names
        number = known.index(label) if label in known else label
        if not isinstance(number, int) or not 0 <= number < len(known):
            raise ValueError(f"a class must be one of {known} or its number, got {label!r}")
        return number


class AnswerScore(_HuggingFaceScore):
    """The exact log-probability of an answer to a prompt, token by token.

    log p(answer | prompt) = sum_j log p(token_j | prompt, token_1, ..., token_{j-1}), each from
    the logits of one forward pass over prompt and answer. All tokens are outputs, so any span of
    the answer can be explained from the same ablations. A score for
    :class:`~shapiq_spex.games.TextGame`.

    Args:
        model: An ``AutoModelForCausalLM``, in evaluation mode.
        tokenizer: Its tokenizer.
        answer: The answer; :meth:`generated` takes that of the model.
        contrast: Another answer, whose log-probability is subtracted.
        template: A function from a text to the prompt, which may add the question.
        chat: Whether to wrap the prompt as a user's message in the tokenizer's chat template.
        batch_size: Most sequences per forward pass.

    Raises:
        ValueError: If the model is in training mode or an answer is empty.

    Example:
        >>> from tokenizers import Tokenizer, models, pre_tokenizers
        >>> from transformers import PreTrainedTokenizerFast
        >>> words = Tokenizer(models.WordLevel({"?": 0, "not": 1, "bad": 2}, unk_token="?"))
        >>> words.pre_tokenizer = pre_tokenizers.Whitespace()
        >>> tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="?")
        >>> from transformers import GPT2Config, GPT2LMHeadModel
        >>> config = GPT2Config(n_layer=1, n_head=1, n_embd=8, vocab_size=3)
        >>> model = GPT2LMHeadModel(config).eval()  # stands for a trained one
        >>> score = AnswerScore(model, tokenizer, "not bad")
        >>> score(["bad not", "bad"]).shape  # the log-probabilities of two tokens
        (2, 2)
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        answer: str,
        *,
        contrast: str | None = None,
        template: Callable[[str], str] | None = None,
        chat: bool = False,
        batch_size: int = 16,
    ) -> None:
        super().__init__(model, tokenizer, batch_size)
        self.template, self.chat = template, chat
        texts = [answer] if contrast is None else [answer, contrast]
        self._set_answers([self._ids(text, special=False) for text in texts])
        if chat and getattr(tokenizer, "chat_template", None) is None:
            raise ValueError("the tokenizer has no chat template: give template=... instead")
        self._slices_logits = "logits_to_keep" in inspect.signature(model.forward).parameters

    def _set_answers(self, answers: list[Ids]) -> None:
        if not all(answers):
            raise ValueError("an answer must have at least one token")
        self.answers = answers
        tokens = [self.tokenizer.convert_ids_to_tokens(ids) for ids in answers]
        self.output_names = tuple(str(token) for answer in tokens for token in answer)
        self.weights: Vector = np.repeat([1.0, -1.0][: len(answers)], list(map(len, answers)))

    @classmethod
    def generated(
        cls, model: Any, tokenizer: Any, text: str, *, max_new_tokens: int = 32, **options: Any
    ) -> AnswerScore:
        """The score of the model's own answer, by greedy decoding.

        Args:
            model: The model.
            tokenizer: Its tokenizer.
            text: The complete text.
            max_new_tokens: The greatest length of the answer.
            **options: All other arguments of the class.

        Raises:
            ValueError: If the answer is empty.
        """
        import torch

        score = cls(model, tokenizer, "placeholder", **options)
        prompt = torch.tensor([score.prompt_ids(text)], device=next(model.parameters()).device)
        with torch.no_grad():
            ids = model.generate(
                prompt,
                attention_mask=torch.ones_like(prompt),
                max_new_tokens=max_new_tokens,
                do_sample=False,
                pad_token_id=tokenizer.pad_token_id or tokenizer.eos_token_id or 0,
            )[0, prompt.shape[1] :].tolist()
        special = set(tokenizer.all_special_ids)
        while ids and ids[-1] in special:
            ids.pop()
        if not ids:
            raise ValueError("the model gives an empty answer to the complete text")
        # not by way of a text, which might be encoded in other tokens
        score._set_answers([ids, *score.answers[1:]])
        return score

    @property
    def fingerprint(self) -> str | None:
        """A digest of model, tokenizer and answers; ``None`` with a template function."""
        if self.template is not None:
            return None
        return f"answer / {digest(self._model_fingerprint, self.answers, self.chat)}"

    def check(self, text: str) -> None:
        """Refuse a text that gives the answer no context, or is too long with it.

        Raises:
            ValueError: If it is one; see :meth:`prompt_ids`.
        """
        self._check_length(len(self.prompt_ids(text)) + max(map(len, self.answers)))

    def prompt_ids(self, text: str) -> Ids:
        """The tokens before the answer.

        Raises:
            ValueError: If there are none, so that the first token of the answer has no context.
        """
        prompt = text if self.template is None else self.template(text)
        if self.chat:
            message = [{"role": "user", "content": prompt}]
            ids = self.tokenizer.apply_chat_template(
                message, add_generation_prompt=True, return_dict=True
            )["input_ids"]
        else:
            ids = self._ids(prompt)
            end = self.tokenizer.eos_token_id
            if len(ids) > 1 and ids[-1] == end and self._ids(prompt, special=False)[-1:] != [end]:
                ids.pop()  # an end mark added by the tokenizer would end the prompt
        if not ids:
            start = self.tokenizer.bos_token_id
            start = self.tokenizer.eos_token_id if start is None else start
            if start is None:
                raise ValueError(
                    "an empty prompt gives the answer no context, and the tokenizer has no start "
                    "mark: pin part of the text or give template=..."
                )
            ids = [start]
        return list(ids)

    def __call__(self, texts: list[str]) -> Matrix:
        """One row per text, one column per token of the answer(s)."""
        import torch

        prompts = [self.prompt_ids(text) for text in texts]
        jobs = [(row, number) for row in range(len(texts)) for number in range(len(self.answers))]
        sequences = [prompts[row] + self.answers[number] for row, number in jobs]
        columns = np.cumsum([0, *map(len, self.answers)])
        values = np.empty((len(texts), len(self.output_names)))
        for places, inputs in self._batches(sequences):
            first = min(len(prompts[jobs[place][0]]) for place in places) - 1
            if self._slices_logits:
                inputs["logits_to_keep"] = inputs["input_ids"].shape[1] - first
            with torch.no_grad():
                logits = self.model(**inputs).logits
            skipped = first if self._slices_logits else 0
            for place, own in zip(places, logits, strict=True):
                row, number = jobs[place]
                start = len(prompts[row]) - 1 - skipped
                answer = torch.tensor(self.answers[number])
                told = own[start : start + len(answer)].cpu().double()
                chosen = told.log_softmax(dim=-1).gather(1, answer[:, None])[:, 0]
                values[row, columns[number] : columns[number + 1]] = chosen.numpy()
        return values


def model_fingerprint(model: Any, tokenizer: Any = None) -> str:
    """A digest of the weights of a torch model, its class, settings and tokenizer.

    All weights are read and hashed.
    """
    import torch

    state = hashlib.blake2b(digest_size=12)
    state.update(type(model).__qualname__.encode())
    config = getattr(model, "config", None)
    if config is not None:
        state.update(config.to_json_string(use_diff=False).encode())
    for name, tensor in model.state_dict().items():
        state.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        state.update(flat.view(torch.uint8).numpy().tobytes())
    if tokenizer is not None:
        backend = getattr(tokenizer, "backend_tokenizer", None)
        described = repr(tokenizer) if backend is None else backend.to_str()
        state.update(described.encode())
        state.update(str(getattr(tokenizer, "chat_template", None)).encode())
    return state.hexdigest()
