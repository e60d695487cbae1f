"""A game whose players are model components: heads, blocks or layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from shapiq_spex._argument_checks import check_integer, check_length
from shapiq_spex.fourier.biased import BiasedSpectrum
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Spectrum, check_spectrum
from shapiq_spex.games.model_components import Component, check_evaluation_mode
from shapiq_spex.games.model_hooks import ablated, means
from shapiq_spex.games.named_game import Matrix, OutputsGame, as_numbers, digest, with_suffix


class ComponentGame(OutputsGame):
    """A game that ablates components of a torch model and measures its behaviour on some inputs.

    Args:
        model: The model, in evaluation mode. It is changed only by hooks, which are removed.
        inputs: A tensor, or a mapping of arguments (as tokenizers of Hugging Face return); the
            first dimension of tensors is the batch.
        metric: A function from the outputs on the batch, a tensor, to a number (or several, see
            ``output_names``). Numbers may be tensors of any type, also ``bfloat16``, on any device.
        components: The players, from :mod:`shapiq_spex.games.model_components`.
        reference: Inputs over which ablated components are averaged (mean ablation, which stays
            nearer to the inputs the model was trained on). Without it they are set to zero.
        forward: A function from (model, inputs) to the tensor for the metric, which keeps the rows
            of the batch; by default the ``logits`` or the last hidden state of the model.
        coalitions_per_pass: How many coalitions share a forward pass; memory grows with it.
        output_names: Names of the numbers of the metric, if it returns several; the value of the
            game is their mean.
        fingerprint: A name of the model, the inputs and the metric, for the store.
        record: File that keeps all numbers of every ablation.
        verbose: Whether to show progress.

    Raises:
        ValueError: If the model is in training mode, there are fewer than two components or one
            twice, or a module is missing, unused, or not divisible into its heads.

    Example:
        >>> import torch
        >>> from shapiq_spex.games import heads_of
        >>> from transformers import GPT2Config, GPT2LMHeadModel
        >>> config = GPT2Config(n_layer=2, n_head=4, n_embd=32, vocab_size=50)
        >>> model = GPT2LMHeadModel(config).eval()  # stands for a trained one
        >>> inputs = {"input_ids": torch.arange(6).reshape(1, 6)}
        >>> game = ComponentGame(
        ...     model, inputs, lambda logits: logits[:, -1, 7].mean(), heads_of(model)
        ... )
        >>> game
        ComponentGame(8 players: 'L0 head 0', 'L0 head 1', 'L0 head 2', 'L0 head 3', ...)
    """

    def __init__(
        self,
        model: Any,
        inputs: Any,
        metric: Callable[[Any], ArrayLike],
        components: Sequence[Component],
        *,
        reference: Any | None = None,
        forward: Callable[[Any, Any], Any] | None = None,
        coalitions_per_pass: int = 8,
        output_names: Sequence[str] = ("metric",),
        fingerprint: str | None = None,
        record: str | PathLike[str] | None = None,
        verbose: bool = False,
    ) -> None:
        check_integer(coalitions_per_pass, "coalitions_per_pass", least=1)
        if len(set(components)) != len(components):
            raise ValueError("a component is listed twice")
        check_evaluation_mode(model)
        self.model, self.inputs, self.metric = model, inputs, metric
        self.components = tuple(components)
        all_heads = all(component.kind == "head" for component in components)
        self.players_are = "heads" if all_heads else "components"
        self.forward = forward or default_forward
        self.coalitions_per_pass = coalitions_per_pass
        self._name = fingerprint
        super().__init__(
            [component.name for component in components],
            output_names,
            np.full(len(output_names), 1.0 / max(len(output_names), 1)),
            record=record,
            verbose=verbose,
        )
        data = inputs if reference is None else reference
        mask = data.get("attention_mask") if isinstance(data, Mapping) else None
        # needed without a reference too: it checks that the components exist and are used
        found = means(model, self.components, lambda: self._run(data), mask)
        self._fill = None if reference is None else found
        self._fill_digest = "zero" if reference is None else digest(*_as_arrays(found))

    @property
    def fingerprint(self) -> str | None:
        """The given name, with a digest of the components and of what replaces them."""
        names = [component.name for component in self.components]
        return with_suffix(self._name, digest(names, getattr(self, "_fill_digest", "zero")))

    def _evaluate(self, coalitions: BoolMatrix) -> Matrix:
        check_evaluation_mode(self.model)
        values: list[Any] = []
        for start in range(0, len(coalitions), self.coalitions_per_pass):
            masks = coalitions[start : start + self.coalitions_per_pass]
            with ablated(self.model, self.components, masks, fill=self._fill):
                outputs = self._run(_repeated(self.inputs, len(masks)))
            if outputs.shape[0] % len(masks):
                raise ValueError(
                    f"the forward pass returned {outputs.shape[0]} rows for {len(masks)} "
                    "coalitions; it must keep the rows of the batch (or set coalitions_per_pass=1)"
                )
            each = outputs.reshape(len(masks), -1, *outputs.shape[1:])
            values += [np.atleast_1d(as_numbers(self.metric(rows))) for rows in each]
        return np.array(values)

    def _run(self, inputs: Any) -> Any:
        import torch

        with torch.no_grad():
            return self.forward(self.model, inputs)


def default_forward(model: Any, inputs: Any) -> Any:
    """Call a model and return its logits, its last hidden state, or the tensor it returns."""
    outputs = model(**inputs) if isinstance(inputs, Mapping) else model(inputs)
    for name in ("logits", "last_hidden_state"):
        if getattr(outputs, name, None) is not None:
            return getattr(outputs, name)
    if hasattr(outputs, "shape"):
        return outputs
    raise TypeError(
        f"the model returned a {type(outputs).__name__} without logits: give forward=..., a "
        "function from the model and its inputs to a tensor"
    )


@dataclass(frozen=True)
class LayerShares:
    """The variance of a spectrum, divided by the layers of its players.

    Attributes:
        additive: The share of single players, for every layer.
        within: The share of interactions inside the layer, for every layer.
        across: The share of interactions between layers.

    Example:
        >>> shares = layer_shares(Spectrum.from_dict(2, {(0,): 1.0, (0, 1): 1.0}), layers=[4, 5])
        >>> shares.additive, shares.within, shares.across
        ({4: 0.5, 5: 0.0}, {4: 0.0, 5: 0.0}, 0.5)
    """

    additive: dict[int, float]
    within: dict[int, float]
    across: float

    def __str__(self) -> str:
        lines = ["layer  additive  within"]
        lines += [
            f"{layer:>5}  {self.additive[layer]:>8.1%}  {self.within[layer]:>6.1%}"
            for layer in self.additive
        ]
        total = f"{sum(self.additive.values()):>8.1%}  {sum(self.within.values()):>6.1%}"
        return "\n".join([*lines, f"  all  {total}", f"across layers {self.across:.1%}"])


def layer_shares(spectrum: Spectrum, layers: Sequence[int], *, keep: float = 0.5) -> LayerShares:
    """Divide the variance into an additive part, a part within layers and a part across layers.

    By Parseval's identity the variance over coalitions that keep each player with probability p is
    the sum of F_p(U)^2 (:mod:`shapiq_spex.fourier.biased`); each term belongs to single players, to
    one layer, or to several.

    Args:
        spectrum: The spectrum.
        layers: The layer of every player, as ``[c.layer for c in game.components]``.
        keep: The probability p. With one half, coalitions are uniformly random.

    Raises:
        ValueError: If there is not one layer per player, ``keep`` is not a probability, or terms
            are of so high a degree that they have more than 50 million subsets (unless p is one
            half).

    Example:
        >>> spectrum = Spectrum.from_dict(3, {(0,): 3.0, (0, 1): 2.0, (0, 2): 1.0})
        >>> print(layer_shares(spectrum, [4, 4, 5]))
        layer  additive  within
            4     64.3%   28.6%
            5      0.0%    0.0%
          all     64.3%   28.6%
        across layers 7.1%
    """
    check_spectrum(spectrum)
    check_length(layers, "layers", spectrum.n_players)
    number = np.asarray(layers)
    additive = dict.fromkeys(sorted(set(layers)), 0.0)
    within, across = dict(additive), 0.0
    seen = BiasedSpectrum.of(spectrum, keep)
    total = seen.variance or 1.0
    for group in seen.groups:
        if group.degree == 0:
            continue
        energy = group.coefficients**2 / total
        place = number[group.members]
        inside = (place == place[:, :1]).all(axis=1)
        across += float(energy[~inside].sum())
        into = additive if group.degree == 1 else within
        for layer in into:
            into[layer] += float(energy[inside & (place[:, 0] == layer)].sum())
    return LayerShares(additive, within, across)


def _repeated(inputs: Any, times: int) -> Any:
    """The batch, repeated once per coalition."""
    if isinstance(inputs, Mapping):
        return {name: _repeated(value, times) for name, value in inputs.items()}
    if not hasattr(inputs, "repeat") or getattr(inputs, "ndim", 0) == 0:
        return inputs
    return inputs.repeat(times, *[1] * (inputs.ndim - 1))


def _as_arrays(fill: Mapping[str, Any]) -> list[object]:
    return [item for path, mean in fill.items() for item in (path, mean.cpu().numpy())]
