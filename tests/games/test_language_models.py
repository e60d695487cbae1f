"""Scores of Hugging Face models: exact log-probabilities, harmless padding, errors.

The models are tiny, random and built from a configuration; nothing is downloaded.
"""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex import ProxySPEX
from shapiq_spex.games.text_game import TextGame

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from tokenizers import Tokenizer, models, pre_tokenizers, processors  # noqa: E402

from shapiq_spex.games.language_model_scores import (  # noqa: E402
    AnswerScore,
    ClassifierScore,
    model_fingerprint,
)

TEXT = "<pad> <s> </s> <unk> it was not bad good yes no maybe , ."
WORDS = TEXT.split()
TEXTS = ["it was not bad", "good", "it was good , not bad . it was not good", "", "not"]


def tokenizer_of(start=None, end=None):
    backend = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    if start or end:
        pieces = " ".join(filter(None, [start, "$A", end]))
        marks = [(mark, WORDS.index(mark)) for mark in (start, end) if mark]
        backend.post_processor = processors.TemplateProcessing(single=pieces, special_tokens=marks)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
    )


SMALL = {"vocab_size": len(WORDS), "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}


def seeded(build):
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return build().eval()


@pytest.fixture(scope="module")
def gpt2():
    config = transformers.GPT2Config(n_embd=16, n_layer=2, n_head=2, n_positions=32, **SMALL)
    return seeded(lambda: transformers.GPT2LMHeadModel(config))


@pytest.fixture(scope="module")
def llama():
    config = transformers.LlamaConfig(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=32,
        **SMALL,
    )
    return seeded(lambda: transformers.LlamaForCausalLM(config))


@pytest.fixture(scope="module")
def bert():
    config = transformers.BertConfig(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=32,
        vocab_size=len(WORDS),
        num_labels=3,
        id2label={0: "bad", 1: "fair", 2: "good"},
    )
    return seeded(lambda: transformers.BertForSequenceClassification(config))


def one_by_one(model, tokenizer, text, answer):
    """Log-probabilities by one forward pass per token, without batch or padding."""
    ids = tokenizer(text)["input_ids"] or [1]
    found = []
    for token in tokenizer(answer, add_special_tokens=False)["input_ids"]:
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([ids])).logits[0, -1].double()
        found.append(float(logits.log_softmax(-1)[token]))
        ids = [*ids, token]
    return found


@pytest.mark.parametrize("name", ["gpt2", "llama"])
@pytest.mark.parametrize("start", [None, "<s>"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_log_probabilities_of_all_tokens_are_exact(name, start, side, request):
    model, tokenizer = request.getfixturevalue(name), tokenizer_of(start)
    tokenizer.padding_side = side
    score = AnswerScore(model, tokenizer, "yes , maybe", contrast="no")
    values = score(TEXTS)
    for row, text in zip(values, TEXTS, strict=True):
        expected = one_by_one(model, tokenizer, text, "yes , maybe")
        expected += one_by_one(model, tokenizer, text, "no")
        assert row == pytest.approx(expected, abs=1e-5)
    assert score.output_names == ("yes", ",", "maybe", "no")
    assert score.weights.tolist() == [1, 1, 1, -1]


def test_an_end_mark_that_a_tokenizer_adds_does_not_end_the_prompt(gpt2):
    with_end, without = tokenizer_of("<s>", "</s>"), tokenizer_of("<s>")
    assert AnswerScore(gpt2, with_end, "yes").prompt_ids("not bad") == without("not bad").input_ids


class WithoutDoubles(torch.Tensor):
    """Stands for a tensor on a device without float64."""

    def double(self):
        raise TypeError("this device has no float64")

    to = type = double

    def cpu(self):
        return self.as_subclass(torch.Tensor)

    def numpy(self):
        raise TypeError("not in main memory")


@pytest.mark.parametrize("name", ["gpt2", "bert"])
@pytest.mark.parametrize("output", ["logit", "log_probability", "probability"])
def test_devices_need_no_doubles(name, output, request):
    model, tokenizer = request.getfixturevalue(name), tokenizer_of("<s>")
    if name == "gpt2":
        score = AnswerScore(model, tokenizer, "yes , maybe", contrast="no")
    else:
        score = ClassifierScore(model, tokenizer, 0, output=output)
    expected = score(TEXTS)

    def on_device(module, arguments, result):
        result.logits = result.logits.as_subclass(WithoutDoubles)
        return result

    hook = model.register_forward_hook(on_device)
    try:
        assert np.array_equal(score(TEXTS), expected)
    finally:
        hook.remove()


@pytest.mark.parametrize("name", ["gpt2", "bert"])
def test_values_do_not_depend_on_company(name, request):
    model, tokenizer = request.getfixturevalue(name), tokenizer_of("<s>")
    if name == "gpt2":
        together, alone = (AnswerScore(model, tokenizer, "yes no", batch_size=b) for b in (8, 1))
    else:
        together, alone = (ClassifierScore(model, tokenizer, 0, batch_size=b) for b in (8, 1))
    assert np.allclose(together(TEXTS), alone(TEXTS), atol=1e-5)
    assert np.allclose(together(TEXTS), together(TEXTS[::-1])[::-1], atol=1e-5)


def test_the_model_may_choose_the_answer(gpt2):
    tokenizer = tokenizer_of("<s>")
    score = AnswerScore.generated(gpt2, tokenizer, "it was not bad", max_new_tokens=3)
    best = score(["it was not bad"])[0]
    assert 1 <= len(best) <= 3
    for word in WORDS:
        other = AnswerScore(gpt2, tokenizer, word)(["it was not bad"])[0]
        assert other[0] <= best[0] + 1e-6


def test_any_span_of_an_answer_is_explained_from_the_same_ablations(gpt2):
    score = AnswerScore(gpt2, tokenizer_of("<s>"), "yes , maybe")
    calls = []
    game = TextGame("it was not bad , good", score)
    counted, game.score = game.score, lambda texts: calls.append(len(texts)) or counted(texts)
    approximator = ProxySPEX(n=5, index="k-SII", random_state=0)
    whole = approximator.approximate(32, game)
    asked = sum(calls)
    parts = [approximator.approximate(32, game.part(token)) for token in range(3)]
    assert sum(calls) == asked
    assert whole[(2, 3)] == pytest.approx(sum(part[(2, 3)] for part in parts), abs=1e-9)


def test_classes_by_name_by_number_and_in_contrast(bert):
    tokenizer = tokenizer_of("<s>", "</s>")
    logits = ClassifierScore(bert, tokenizer, "good", contrast=0)
    assert logits.output_names == ("bad", "fair", "good")
    assert logits.weights.tolist() == [-1, 0, 1]
    probabilities = ClassifierScore(bert, tokenizer, 2, output="probability")(TEXTS)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    log_probabilities = ClassifierScore(bert, tokenizer, 2, output="log_probability")(TEXTS)
    assert np.exp(log_probabilities) == pytest.approx(probabilities)
    differences = logits(TEXTS) - log_probabilities
    assert np.ptp(differences, axis=1) == pytest.approx(0, abs=1e-9)


def test_fingerprints_follow_weights_and_answers(gpt2):
    tokenizer = tokenizer_of()
    before = AnswerScore(gpt2, tokenizer, "yes").fingerprint
    assert before == AnswerScore(gpt2, tokenizer, "yes").fingerprint
    assert before != AnswerScore(gpt2, tokenizer, "no").fingerprint
    assert AnswerScore(gpt2, tokenizer, "yes", template=str.upper).fingerprint is None
    unchanged = model_fingerprint(gpt2)
    bias = gpt2.transformer.ln_f.bias
    with torch.no_grad():
        bias += 1e-3
    changed = model_fingerprint(gpt2)
    with torch.no_grad():
        bias -= 1e-3
    assert changed != unchanged


def test_bad_input_is_refused_before_the_first_ablation(gpt2, bert):
    tokenizer = tokenizer_of()
    with pytest.raises(ValueError, match="training mode"):
        AnswerScore(gpt2.train(), tokenizer, "yes")
    gpt2.eval()
    with pytest.raises(ValueError, match="at least one token"):
        AnswerScore(gpt2, tokenizer, "")
    nothing = tokenizer_of()
    nothing.bos_token = nothing.eos_token = None
    with pytest.raises(ValueError, match="no context"):
        TextGame("not bad", AnswerScore(gpt2, nothing, "yes"))
    with pytest.raises(ValueError, match="no chat template"):
        AnswerScore(gpt2, tokenizer, "yes", chat=True)
    with pytest.raises(ValueError, match=r"\('bad', 'fair', 'good'\) or its number, got 'great'"):
        ClassifierScore(bert, tokenizer, "great")
    with pytest.raises(ValueError, match="got 3"):
        ClassifierScore(bert, tokenizer, 3)
    with pytest.raises(ValueError, match="output must be"):
        ClassifierScore(bert, tokenizer, 1, output="margin")
    with pytest.raises(ValueError, match="40 tokens, but the model takes at most 32"):
        ClassifierScore(bert, tokenizer, 1)(["bad " * 40])
    with pytest.raises(ValueError, match="33 tokens, but the model takes at most 32"):
        TextGame("bad " * 32, ClassifierScore(bert, tokenizer_of("<s>"), 1))
    with pytest.raises(ValueError, match="33 tokens, but the model takes at most 32"):
        TextGame("bad " * 31, AnswerScore(gpt2, tokenizer, "yes no"))
    with pytest.raises(ValueError, match="nothing is left"):
        TextGame("not bad", ClassifierScore(bert, tokenizer, 1))
    assert TextGame("not bad", ClassifierScore(bert, tokenizer_of("<s>"), 1)).n_players == 2
