"""Switching off components of a torch model, for the length of a ``with`` block."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from shapiq_spex.games.model_components import Component, check_path

Fill = Mapping[str, Any]
"""For every module, the mean of what is ablated there: a tensor as wide as its last dimension."""

_MODEL_IN_USE = threading.RLock()  # hooks change a model for all threads


@contextmanager
def ablated(
    model: Any, components: Sequence[Component], kept: ArrayLike, *, fill: Fill | None = None
) -> Generator[None, None, None]:
    """Switch off components while the block runs; the hooks come off whatever happens.

    Several coalitions may share a forward pass: with c coalitions, the first dimension of all
    tensors must be c times the batch, coalition after coalition.

    Args:
        model: The torch model. Other threads that ablate wait.
        components: The components.
        kept: One coalition of the components, or a matrix with one coalition per row.
        fill: What stands for ablated values; zero without it. See :func:`means`.

    Raises:
        ValueError: If a module does not exist, or shapes do not fit.

    Example:
        >>> import torch
        >>> from shapiq_spex.games import module_at
        >>> model = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Flatten())
        >>> with ablated(model, module_at(model, "0"), [False]):
        ...     model(torch.ones(1, 2)).tolist()
        [[0.0, 0.0]]
        >>> model(torch.ones(1, 2)).tolist()
        [[1.0, 1.0]]
    """
    masks = np.atleast_2d(np.asarray(kept, dtype=np.bool_))
    if masks.ndim != 2 or masks.shape[1] != len(components):
        raise ValueError(f"coalitions of {len(components)} components have shape {masks.shape}")
    with _MODEL_IN_USE, ExitStack() as hooks:
        for (path, kind), players in _by_place(components).items():
            check_path(model, path)
            mean = None if fill is None else fill[path]
            of_module = [components[player] for player in players]
            change = _Change(of_module, masks[:, players], mean)
            module = model.get_submodule(path)
            if kind == "head":
                handle = module.register_forward_pre_hook(change.of_input)
            elif kind == "layer" and fill is None:
                handle = module.register_forward_hook(change.skip, with_kwargs=True)
            else:
                handle = module.register_forward_hook(change.of_output)
            hooks.callback(handle.remove)
        yield


def means(
    model: Any,
    components: Sequence[Component],
    run: Callable[[], object],
    weights: Any | None = None,
) -> dict[str, Any]:
    """The mean, over a reference batch, of everything the components would be ablated to.

    Args:
        model: The torch model.
        components: The components.
        run: Runs the model on the reference batch.
        weights: An attention mask (batch, positions): where it is 0, positions do not count.

    Returns:
        A tensor for every module.

    Raises:
        ValueError: If a module does not exist, is not used in the run, or does not divide into
            its heads.
    """
    sums: dict[str, Any] = {}
    counts: dict[str, float] = {}

    def note(path: str, n_heads: int | None, values: Any) -> None:
        width = values.shape[-1]
        if n_heads is not None and width % n_heads:
            raise ValueError(f"the {width} features of {path} cannot be divided by {n_heads} heads")
        rows = values.detach().reshape(-1, width).double()
        if weights is not None and values.ndim == 3 and values.shape[:2] == weights.shape:
            rows = rows[weights.reshape(-1).bool()]
        sums[path] = sums.get(path, 0.0) + rows.sum(dim=0)
        counts[path] = counts.get(path, 0.0) + len(rows)

    with _MODEL_IN_USE, ExitStack() as hooks:
        for (path, kind), players in _by_place(components).items():
            check_path(model, path)
            module = model.get_submodule(path)
            hook = _noting(note, path, components[players[0]])
            register = (
                module.register_forward_pre_hook if kind == "head" else module.register_forward_hook
            )
            hooks.callback(register(hook).remove)
        run()
    missing = [component.name for component in components if component.module not in sums]
    if missing:
        raise ValueError(f"these components are not used in a forward pass: {missing[:5]}")
    return {path: total / max(counts[path], 1.0) for path, total in sums.items()}


class _Change:
    """What the hooks do at one module."""

    def __init__(self, components: Sequence[Component], masks: np.ndarray, mean: Any) -> None:
        self.heads = [component.head for component in components]
        self.n_heads = components[0].n_heads
        self.masks = masks
        self.mean = mean
        self.path = components[0].module

    def of_input(self, module: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._changed(inputs[0], self.mean), *inputs[1:])

    def of_output(self, module: Any, inputs: Any, output: Any) -> Any:
        if isinstance(output, tuple):
            return (self._changed(output[0], self.mean), *output[1:])
        return self._changed(output, self.mean)

    def skip(self, module: Any, inputs: tuple[Any, ...], named: dict[str, Any], output: Any) -> Any:
        hidden = inputs[0] if inputs else named["hidden_states"]
        if isinstance(output, tuple):
            return (self._changed(output[0], hidden), *output[1:])
        return self._changed(output, hidden)

    def _changed(self, values: Any, instead: Any) -> Any:
        import torch

        if values.shape[0] % len(self.masks):
            raise ValueError(
                f"{self.path} sees a batch of {values.shape[0]}, which {len(self.masks)} "
                "coalitions cannot share"
            )
        stays = torch.as_tensor(self.masks, device=values.device)
        stays = stays.repeat_interleave(values.shape[0] // len(self.masks), dim=0)
        if instead is None:
            instead = torch.zeros_like(values)
        instead = instead.to(values).expand_as(values)
        if self.n_heads is None:
            stays = stays.reshape(-1, *[1] * (values.ndim - 1))
            return torch.where(stays, values, instead)
        if values.shape[-1] % self.n_heads:
            raise ValueError(
                f"the {values.shape[-1]} features of {self.path} cannot be divided by "
                f"{self.n_heads} heads"
            )
        all_heads = torch.ones(values.shape[0], self.n_heads, dtype=torch.bool, device=stays.device)
        all_heads[:, self.heads] = stays
        all_heads = all_heads.repeat_interleave(values.shape[-1] // self.n_heads, dim=1)
        all_heads = all_heads.reshape(values.shape[0], *[1] * (values.ndim - 2), -1)
        return torch.where(all_heads, values, instead)


def _by_place(components: Sequence[Component]) -> dict[tuple[str, str], list[int]]:
    """The players at each module; its input (heads) and its output are different places."""
    places: dict[tuple[str, str], list[int]] = {}
    for player, component in enumerate(components):
        places.setdefault((component.module, component.kind), []).append(player)
    return places


def _noting(note: Callable[..., None], path: str, component: Component) -> Callable[..., None]:
    def before(module: Any, inputs: tuple[Any, ...]) -> None:
        note(path, component.n_heads, inputs[0])

    def after(module: Any, inputs: Any, output: Any) -> None:
        note(path, None, output[0] if isinstance(output, tuple) else output)

    return before if component.kind == "head" else after
