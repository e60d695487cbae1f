"""Model components as players: which heads, blocks or layers does a behaviour need?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.games.model_components import Component
from shapiq_spex.games.model_hooks import ablated, means
from shapiq_spex.games.named_game import Matrix, OutputsGame, digest, with_suffix


class ComponentGame(OutputsGame):
    """Which components of a torch model does its behaviour on some inputs need?

    Args:
        model: The model, in evaluation mode. It is never changed beyond hooks that come off.
        inputs: A tensor, or a mapping of arguments (what a tokenizer of Hugging Face returns);
            the first dimension of tensors is the batch.
        metric: From the outputs on the batch, a tensor, to a number (or several, see
            ``output_names``).
        components: The players, from :mod:`shapiq_spex.games.model_components`.
        reference: Inputs over which ablated components are averaged (mean ablation, which
            leaves a model nearer to what it knows). Without it they are set to zero.
        forward: From (model, inputs) to the tensor the metric gets, row by row of the batch; by
            default the model is called, and its ``logits`` or last hidden state taken.
        coalitions_per_pass: How many coalitions share a forward pass; memory grows with it.
        output_names: Names of the numbers of the metric, if it gives several; the value of the
            game is their mean.
        fingerprint: A name of the model, the inputs and the metric, for the store.
        record: File that keeps all numbers of every ablation.
        verbose: Whether to show progress.

    Raises:
        ValueError: If the model is in training mode, there are fewer than two components, a
            module is missing, is not used, or does not divide into its heads.

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
        if coalitions_per_pass < 1:
            raise ValueError(f"coalitions_per_pass must be at least 1, got {coalitions_per_pass}")
        if len(set(components)) != len(components):
            raise ValueError("a component is named twice")
        self.model, self.inputs, self.metric = model, inputs, metric
        self.components = tuple(components)
        self.forward = forward or default_forward
        self.coalitions_per_pass = coalitions_per_pass
        self._name = fingerprint
        self._check_mode()
        super().__init__(
            [component.name for component in components],
            output_names,
            np.full(len(output_names), 1.0 / max(len(output_names), 1)),
            record=record,
            verbose=verbose,
        )
        data = inputs if reference is None else reference
        mask = data.get("attention_mask") if isinstance(data, Mapping) else None
        # also without a reference: a run that shows whether the components exist and are used
        found = means(model, self.components, lambda: self._run(data), mask)
        self._fill = None if reference is None else found
        self._fill_digest = "zero" if reference is None else digest(*_as_arrays(found))

    @property
    def fingerprint(self) -> str | None:
        """The given name, the components and what replaces them."""
        names = [component.name for component in self.components]
        return with_suffix(self._name, digest(names, getattr(self, "_fill_digest", "zero")))

    def _evaluate(self, coalitions: BoolMatrix) -> Matrix:
        self._check_mode()
        values: list[Any] = []
        for start in range(0, len(coalitions), self.coalitions_per_pass):
            masks = coalitions[start : start + self.coalitions_per_pass]
            with ablated(self.model, self.components, masks, fill=self._fill):
                outputs = self._run(_repeated(self.inputs, len(masks)))
            if outputs.shape[0] % len(masks):
                raise ValueError(
                    f"the forward pass gave {outputs.shape[0]} rows for {len(masks)} coalitions; "
                    "it must keep the rows of the batch (or set coalitions_per_pass=1)"
                )
            each = outputs.reshape(len(masks), -1, *outputs.shape[1:])
            values += [np.atleast_1d(np.asarray(self.metric(rows), np.float64)) for rows in each]
        return np.array(values)

    def _run(self, inputs: Any) -> Any:
        import torch

        with torch.no_grad():
            return self.forward(self.model, inputs)

    def _check_mode(self) -> None:
        if self.model.training:
            raise ValueError(
                "the model is in training mode, in which dropout makes answers random: call "
                "model.eval() first"
            )


def default_forward(model: Any, inputs: Any) -> Any:
    """Call a model; the logits, the last hidden state, or the tensor it returns."""
    outputs = model(**inputs) if isinstance(inputs, Mapping) else model(inputs)
    for name in ("logits", "last_hidden_state"):
        if getattr(outputs, name, None) is not None:
            return getattr(outputs, name)
    if hasattr(outputs, "shape"):
        return outputs
    raise TypeError(
        f"the model returned a {type(outputs).__name__} without logits: give forward=..., a "
        "function of the model and its inputs that returns a tensor"
    )


@dataclass(frozen=True)
class LayerShares:
    """How the variance of a spectrum divides by the layers of its players.

    Attributes:
        additive: For every layer, the share of single players.
        within: For every layer, the share of interactions inside it.
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


def layer_shares(spectrum: Spectrum, layers: Sequence[int]) -> LayerShares:
    """How much of an effect is additive, within a layer, and across layers.

    By Parseval's identity the variance over uniformly random coalitions is the sum of F(T)^2; each
    term belongs to single players, to one layer, or to several.

    Args:
        spectrum: The spectrum.
        layers: The layer of every player, as ``[c.layer for c in game.components]``.

    Raises:
        ValueError: If there is not one layer per player.

    Example:
        >>> spectrum = Spectrum.from_dict(3, {(0,): 3.0, (0, 1): 2.0, (0, 2): 1.0})
        >>> print(layer_shares(spectrum, [4, 4, 5]))
        layer  additive  within
            4     64.3%   28.6%
            5      0.0%    0.0%
          all     64.3%   28.6%
        across layers 7.1%
    """
    if len(layers) != spectrum.n_players:
        raise ValueError(f"{spectrum.n_players} players need as many layers, got {len(layers)}")
    number = np.asarray(layers)
    additive = dict.fromkeys(sorted(set(layers)), 0.0)
    within, across = dict(additive), 0.0
    total = spectrum.variance or 1.0
    for group in spectrum.groups:
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
    """The batch as often as there are coalitions."""
    if isinstance(inputs, Mapping):
        return {name: _repeated(value, times) for name, value in inputs.items()}
    if not hasattr(inputs, "repeat") or getattr(inputs, "ndim", 0) == 0:
        return inputs
    return inputs.repeat(times, *[1] * (inputs.ndim - 1))


def _as_arrays(fill: Mapping[str, Any]) -> list[object]:
    return [item for path, mean in fill.items() for item in (path, mean.cpu().numpy())]
