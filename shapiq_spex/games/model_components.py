"""Name the parts of a torch model that can be ablated: heads, MLP blocks, layers, submodules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

Kind = Literal["head", "mlp", "layer", "module"]

# names that Hugging Face models give to the module whose *input* is the concatenation of the heads
_HEAD_PROJECTIONS = re.compile(
    r"(?:attention\.output\.dense"  # BERT, RoBERTa, ELECTRA, ViT
    r"|attention\.out_lin"  # DistilBERT
    r"|attn\.c_proj"  # GPT-2
    r"|attn\.(?:attention\.)?out_proj|self_attn\.(?:o_proj|out_proj|dense)"  # GPT-J, Llama, OPT
    r"|attention\.(?:dense|o_proj|wo)|self_attention\.dense"  # Pythia, Falcon, BLOOM
    r"|(?:SelfAttention|EncDecAttention)\.o"  # T5
    r"|attn\.proj)\Z"  # timm
)
_MLPS = re.compile(
    r"(?:\blayer\.\d+\.output\.dense|\.mlp|\.ffn|\.feed_forward|\.DenseReluDense|\d\.fc2)\Z"
)
_LAYERS = re.compile(r"(?:\A|\.)(?:layer|layers|h|block|blocks)\.\d+\Z")
_HEAD_COUNTS = ("num_attention_heads", "n_head", "n_heads", "num_heads")


@dataclass(frozen=True)
class Component:
    """A part of a model.

    Attributes:
        module: The path of its module; for a head that of the output projection, whose input is
            the concatenation of all heads.
        kind: A head is ablated in the input of its module; the other kinds in its output, which
            for a layer is replaced by its input.
        layer: The number of the layer; ``None`` if the path has no number.
        head: The number of the head in its layer.
        n_heads: The number of heads of the layer.

    Example:
        >>> Component("transformer.h.3.attn.c_proj", "head", layer=3, head=7, n_heads=12).name
        'L3 head 7'
    """

    module: str
    kind: Kind
    layer: int | None
    head: int | None = None
    n_heads: int | None = None

    @property
    def name(self) -> str:
        """A short name for plots, such as ``"L3 head 7"``."""
        if self.kind == "module":
            return self.module
        place = self.module if self.layer is None else f"L{self.layer}"
        return {"head": f"{place} head {self.head}", "mlp": f"{place} MLP", "layer": place}[
            self.kind
        ]


def heads_of(
    model: Any, *, layers: Iterable[int] | None = None, n_heads: int | None = None
) -> tuple[Component, ...]:
    """List the attention heads of a model whose modules are named as in Hugging Face models.

    Args:
        model: The model.
        layers: Numbers of the layers to take; all by default.
        n_heads: Heads per layer, if they are not in the model's ``config``.

    Raises:
        ValueError: If no attention is found, or the number of heads is unknown.

    Example:
        >>> from types import SimpleNamespace  # stands for a model with the names of GPT-2
        >>> modules = [("h.0.attn.c_proj", None), ("h.1.attn.c_proj", None)]
        >>> model = SimpleNamespace(named_modules=lambda: modules, config=SimpleNamespace(n_head=2))
        >>> [head.name for head in heads_of(model)]
        ['L0 head 0', 'L0 head 1', 'L1 head 0', 'L1 head 1']
    """
    count = n_heads or _configured_heads(model)
    return tuple(
        Component(path, "head", _layer_number(path), head, count)
        for path in _found(model, _HEAD_PROJECTIONS, "attention", layers)
        for head in range(count)
    )


def mlps_of(model: Any, *, layers: Iterable[int] | None = None) -> tuple[Component, ...]:
    """List the MLP (feed-forward) blocks of a model; see :func:`heads_of`.

    Example:
        >>> from types import SimpleNamespace  # stands for a model with the names of GPT-2
        >>> model = SimpleNamespace(named_modules=lambda: [("h.0.mlp", None), ("h.1.mlp", None)])
        >>> [block.name for block in mlps_of(model, layers=[1])]
        ['L1 MLP']
    """
    paths = _found(model, _MLPS, "MLP", layers)
    return tuple(Component(path, "mlp", _layer_number(path)) for path in paths)


def layers_of(model: Any, *, layers: Iterable[int] | None = None) -> tuple[Component, ...]:
    """List the layers of a model; an ablated layer returns its input. See :func:`heads_of`.

    Example:
        >>> from types import SimpleNamespace  # stands for a model with the names of GPT-2
        >>> model = SimpleNamespace(named_modules=lambda: [("h.0", None), ("h.0.mlp", None)])
        >>> [layer.module for layer in layers_of(model)]
        ['h.0']
    """
    paths = _found(model, _LAYERS, "layer", layers)
    return tuple(Component(path, "layer", _layer_number(path)) for path in paths)


def module_at(model: Any, path: str, *, n_heads: int | None = None) -> tuple[Component, ...]:
    """A submodule, or the heads that are concatenated in its input.

    Args:
        model: The model.
        path: The path of the submodule, as in ``model.named_modules()``.
        n_heads: The number of heads, if ``path`` is the output projection of an attention.

    Raises:
        ValueError: If there is no such module.

    Example:
        >>> from types import SimpleNamespace  # stands for a model
        >>> model = SimpleNamespace(named_modules=lambda: [("classifier", None)])
        >>> [component.name for component in module_at(model, "classifier")]
        ['classifier']
    """
    submodule(model, path)
    if n_heads is None:
        return (Component(path, "module", _layer_number(path)),)
    return tuple(Component(path, "head", _layer_number(path), h, n_heads) for h in range(n_heads))


def submodule(model: Any, path: str) -> Any:
    """The submodule at a path; refuse a wrong one, naming the paths most like it."""
    modules = dict(model.named_modules())
    if path not in modules or not path:
        similar = ", ".join(get_close_matches(path, modules, cutoff=0.3)) or "none is similar"
        raise ValueError(f"{type(model).__name__} has no module {path!r} (similar: {similar})")
    return modules[path]


def check_evaluation_mode(model: Any) -> None:
    """Refuse a model in training mode."""
    if model.training:
        raise ValueError(
            "the model is in training mode, in which dropout makes answers random: call "
            "model.eval() first"
        )


def _found(
    model: Any, pattern: re.Pattern[str], what: str, layers: Iterable[int] | None
) -> list[str]:
    wanted = None if layers is None else set(layers)
    paths = [name for name, _ in model.named_modules() if pattern.search(name)]
    chosen = [path for path in paths if wanted is None or _layer_number(path) in wanted]
    if not chosen:
        raise ValueError(
            f"{type(model).__name__} has no {what} under the names that Hugging Face uses"
            + (f" in layers {sorted(wanted)}" if wanted and paths else "")
            + ": give paths to module_at (see model.named_modules())"
        )
    return chosen


def _layer_number(path: str) -> int | None:
    number = re.search(r"(?:\A|\.)(\d+)(?:\.|\Z)", path)
    return None if number is None else int(number[1])


def _configured_heads(model: Any) -> int:
    config = getattr(model, "config", None)
    for name in _HEAD_COUNTS:
        count = getattr(config, name, None)
        if isinstance(count, int):
            return count
    raise ValueError(
        f"the number of heads of {type(model).__name__} is unknown: give n_heads=... (its config "
        f"has none of {', '.join(_HEAD_COUNTS)})"
    )
