"""Switch off components of a torch model inside a ``with`` block."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shapiq_spex.games.model_components import Component, submodule

Fill = Mapping[str, Any]
"""For every module, the mean of its ablated values: a tensor as wide as their last dimension."""

_MODEL_IN_USE = threading.RLock()  # hooks change a model for all threads


@contextmanager
def ablated(
    model: Any, components: Sequence[Component], kept: ArrayLike, *, fill: Fill | None = None
) -> Generator[None, None, None]:
    """Switch off components inside the block; the hooks are removed even after an error.

    Several coalitions may share a forward pass: with c coalitions, the first dimension of all
    tensors must be c times the batch, coalition after coalition.

    Args:
        model: The torch model. Other threads that ablate wait.
        components: The components.
        kept: One coalition of the components, or a matrix with one coalition per row.
        fill: The values that replace ablated ones (see :func:`means`); zero without it.

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
        raise ValueError(
            f"a coalition of {len(components)} components needs as many entries, got an array of "
            f"shape {masks.shape}"
        )
    with _MODEL_IN_USE, ExitStack() as hooks:
        for (path, kind), players in _by_place(components).items():
            module = submodule(model, path)
            mean = None if fill is None else fill[path]
            change = _Change([components[p] for p in players], masks[:, players], mean)
            if kind == "head":
                handle = module.register_forward_pre_hook(change.of_input)
            elif kind == "layer" and fill is None:
                handle = module.register_forward_hook(change.to_input, with_kwargs=True)
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
    """Average the values at the components over a reference batch, a tensor for every module.

    ``run`` runs the model on the batch. Positions where ``weights``, an attention mask (batch,
    positions), is 0 do not count.

    Raises:
        ValueError: If a module does not exist, is not used in the run, or does not divide into
            its heads.
    """
    sums: dict[str, Any] = {}
    counts: dict[str, float] = {}

    def add(component: Component, values: Any) -> None:
        path, width = component.module, values.shape[-1]
        _check_heads(component, width)
        rows = values.detach().reshape(-1, width).cpu().double()  # not all devices have doubles
        if weights is not None and values.ndim == 3 and values.shape[:2] == weights.shape:
            rows = rows[weights.reshape(-1).bool().cpu()]
        sums[path] = sums.get(path, 0.0) + rows.sum(dim=0)
        counts[path] = counts.get(path, 0.0) + len(rows)

    def register(component: Component) -> Any:
        module = submodule(model, component.module)
        if component.kind == "head":
            return module.register_forward_pre_hook(lambda _, inputs: add(component, inputs[0]))
        return module.register_forward_hook(
            lambda _, inputs, output: add(
                component, output[0] if isinstance(output, tuple) else output
            )
        )

    with _MODEL_IN_USE, ExitStack() as hooks:
        for players in _by_place(components).values():
            hooks.callback(register(components[players[0]]).remove)
        run()
    missing = [component.name for component in components if component.module not in sums]
    if missing:
        raise ValueError(f"these components are not used in a forward pass: {missing[:5]}")
    return {path: total / max(counts[path], 1.0) for path, total in sums.items()}


class _Change:
    """The hooks of one module."""

    def __init__(self, components: Sequence[Component], masks: NDArray[Any], mean: Any) -> None:
        self.components = components
        self.masks = masks
        self.mean = mean

    def of_input(self, module: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return self._changed(inputs, self.mean)

    def of_output(self, module: Any, inputs: Any, output: Any) -> Any:
        return self._changed(output, self.mean)

    def to_input(
        self, module: Any, inputs: tuple[Any, ...], named: dict[str, Any], output: Any
    ) -> Any:
        return self._changed(output, inputs[0] if inputs else named["hidden_states"])

    def _changed(self, values: Any, instead: Any) -> Any:
        """The values (the first of a tuple of them), replaced where components are ablated."""
        import torch

        if isinstance(values, tuple):
            return (self._changed(values[0], instead), *values[1:])
        component, rows = self.components[0], values.shape[0]
        if rows % len(self.masks):
            raise ValueError(
                f"{component.module} sees a batch of {rows}, which {len(self.masks)} coalitions "
                "cannot share"
            )
        stays = torch.as_tensor(self.masks, device=values.device)
        stays = stays.repeat_interleave(rows // len(self.masks), dim=0)
        if instead is None:
            instead = torch.zeros_like(values)
        instead = instead.to(values).expand_as(values)
        if component.n_heads is None:
            stays = stays.reshape(-1, *[1] * (values.ndim - 1))
            return torch.where(stays, values, instead)
        _check_heads(component, values.shape[-1])
        heads = torch.ones(rows, component.n_heads, dtype=torch.bool, device=stays.device)
        heads[:, [head.head for head in self.components]] = stays
        heads = heads.repeat_interleave(values.shape[-1] // component.n_heads, dim=1)
        heads = heads.reshape(rows, *[1] * (values.ndim - 2), -1)
        return torch.where(heads, values, instead)


def _check_heads(component: Component, width: int) -> None:
    if component.n_heads is not None and width % component.n_heads:
        raise ValueError(
            f"the {width} features of {component.module} cannot be divided by {component.n_heads} "
            "heads"
        )


def _by_place(components: Sequence[Component]) -> dict[tuple[str, str], list[int]]:
    """The players at each module; its input (heads) and its output are different places."""
    places: dict[tuple[str, str], list[int]] = {}
    for player, component in enumerate(components):
        places.setdefault((component.module, component.kind), []).append(player)
    return places
