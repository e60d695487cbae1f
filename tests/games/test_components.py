"""Component games: what is found, what is ablated, hooks that come off, analysis, errors."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from shapiq_spex import ProxySPEX, Spectrum
from shapiq_spex.fourier.biased import BiasedSpectrum
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.games.component_game import ComponentGame, layer_shares
from shapiq_spex.games.model_components import Component, heads_of, layers_of, mlps_of, module_at
from shapiq_spex.games.model_hooks import ablated, means

torch = pytest.importorskip("torch")


class Block(torch.nn.Module):
    """Two "heads" of width 2 whose values a projection adds up, then an MLP."""

    def __init__(self, number):
        super().__init__()
        self.attn = torch.nn.Module()
        self.attn.c_proj = torch.nn.Linear(4, 4)
        self.mlp = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Tanh())
        self.number = number

    def forward(self, hidden_states):
        hidden = hidden_states + self.attn.c_proj(torch.sin(hidden_states * self.number))
        return (hidden + self.mlp(hidden), "attention weights")


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.h = torch.nn.ModuleList([Block(1), Block(2)])
        self.unused = torch.nn.Linear(1, 1)

    def forward(self, x):
        for block in self.h:
            x = block(hidden_states=x)[0]
        return x


@pytest.fixture
def model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Model().eval()


@pytest.fixture
def batch():
    return torch.linspace(-1, 1, 24).reshape(2, 3, 4)


def mean_of(outputs):
    return float(outputs.mean())


def hook_count(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def by_hand(model, batch, heads, mlps):
    """The model with the heads and MLPs of the given numbers switched off, written out."""
    x = batch
    for number, block in enumerate(model.h):
        values = torch.sin(x * block.number)
        for head in range(2):
            if (number, head) in heads:
                values = values.clone()
                values[..., 2 * head : 2 * head + 2] = 0
        x = x + block.attn.c_proj(values)
        x = x if number in mlps else x + block.mlp(x)
    return float(x.mean())


def test_heads_blocks_and_layers_are_found_by_their_names(model):
    assert [c.name for c in heads_of(model, n_heads=2)] == [
        "L0 head 0",
        "L0 head 1",
        "L1 head 0",
        "L1 head 1",
    ]
    assert [c.name for c in mlps_of(model)] == ["L0 MLP", "L1 MLP"]
    assert [c.name for c in layers_of(model, layers=[1])] == ["L1"]
    assert [c.name for c in module_at(model, "h.0.mlp.0")] == ["h.0.mlp.0"]


@pytest.mark.parametrize("per_pass", [1, 3, 100])
def test_every_coalition_is_what_it_would_be_by_hand(model, batch, per_pass):
    game = ComponentGame(
        model,
        batch,
        mean_of,
        [*heads_of(model, n_heads=2), *mlps_of(model)],
        coalitions_per_pass=per_pass,
    )
    everything = Coalitions.all_of(6).dense()
    values = game(everything)
    for row, value in zip(everything, values, strict=True):
        off = np.flatnonzero(~row).tolist()
        heads = {divmod(p, 2) for p in off if p < 4}
        with torch.no_grad():
            expected = by_hand(model, batch, heads, {p - 4 for p in off if p >= 4})
        assert value == pytest.approx(expected, abs=1e-6)
    assert hook_count(model) == 0
    with torch.no_grad():
        assert values[-1] == pytest.approx(mean_of(model(batch)), abs=1e-7)


def test_an_ablated_layer_lets_its_input_through(model, batch):
    game = ComponentGame(model, batch, mean_of, layers_of(model))
    with torch.no_grad():
        only_second = mean_of(model.h[1](batch)[0])
    assert game([(1,), ()]) == pytest.approx([only_second, mean_of(batch)], abs=1e-6)


def test_mean_ablation_replaces_by_the_mean_of_the_reference(model, batch):
    reference = torch.linspace(0, 2, 12).reshape(1, 3, 4)
    heads = heads_of(model, n_heads=2, layers=[0])
    game = ComponentGame(model, batch, mean_of, heads, reference=reference)
    mean = torch.sin(reference).mean(dim=(0, 1))
    with torch.no_grad():
        hidden = batch + model.h[0].attn.c_proj(mean.expand(2, 3, 4))
        expected = mean_of(model.h[1](hidden + model.h[0].mlp(hidden))[0])
    assert game(np.zeros((1, 2), dtype=bool))[0] == pytest.approx(expected, abs=1e-6)


def test_padding_does_not_count_in_means(model):
    padded = torch.tensor([[[1.0] * 4, [5.0] * 4]])
    found = means(
        model, module_at(model, "h.0.mlp.0"), lambda: model.h[0].mlp(padded), torch.tensor([[1, 0]])
    )
    expected = model.h[0].mlp[0](padded[0, 0])
    assert torch.allclose(found["h.0.mlp.0"].float(), expected, atol=1e-6)


def test_hooks_come_off_on_errors(model, batch):
    def broken(outputs):
        raise RuntimeError("metric")

    game = ComponentGame(model, batch, broken, mlps_of(model))
    with pytest.raises(RuntimeError, match="metric"):
        game([(0,)])
    with pytest.raises(KeyError), ablated(model, mlps_of(model), [True, False]):
        raise KeyError
    missing = [*mlps_of(model), Component("h.7", "mlp", 7)]
    with pytest.raises(ValueError, match=r"no module 'h\.7'"), ablated(model, missing, [True] * 3):
        pass  # pragma: no cover
    with (
        pytest.raises(ValueError, match="cannot share"),
        ablated(model, mlps_of(model), np.ones((4, 2), dtype=bool)),
    ):
        model(batch)
    assert hook_count(model) == 0


def test_several_outputs_and_an_approximator(model, batch):
    game = ComponentGame(
        model,
        {"x": batch},
        lambda outputs: outputs.mean(dim=(1, 2)).tolist(),
        [*heads_of(model, n_heads=2), *mlps_of(model)],
        output_names=["first", "second"],
        fingerprint="model v1",
    )
    approximator = ProxySPEX(n=6, index="k-SII", max_order=2, random_state=0)
    first, _ = approximator.approximate_outputs(64, game.each)
    full = game.part(0)(np.ones((1, 6), dtype=bool))[0]
    empty = game.part(0)(np.zeros((1, 6), dtype=bool))[0]
    assert sum(v for k, v in first.dict_values.items() if k) == pytest.approx(full - empty)
    assert game.fingerprint is not None


def test_shares_by_layer_add_up():
    spectrum = Spectrum.from_dict(4, {(): 9.0, (0,): 1.0, (0, 1): 2.0, (1, 2): 2.0, (2, 3): 1.0})
    shares = layer_shares(spectrum, [0, 0, 1, 1])
    assert shares.additive == {0: 0.1, 1: 0.0}
    assert shares.within == {0: 0.4, 1: 0.1}
    assert shares.across == pytest.approx(0.4)
    with pytest.raises(ValueError, match="as many layers"):
        layer_shares(spectrum, [0])
    near = layer_shares(spectrum, [0, 0, 1, 1], keep=0.9)
    biased = BiasedSpectrum.of(spectrum, 0.9)
    across = (biased[0, 2] ** 2 + biased[1, 2] ** 2) / biased.variance
    assert near.across == pytest.approx(across)
    total = sum(near.additive.values()) + sum(near.within.values()) + near.across
    assert total == pytest.approx(1.0)


def test_bad_input_is_refused_before_the_first_ablation(model, batch):
    heads = heads_of(model, n_heads=2)
    with pytest.raises(ValueError, match="training mode"):
        ComponentGame(model.train(), batch, mean_of, heads)
    model.eval()
    with pytest.raises(ValueError, match=r"similar: h\.0\.attn"):
        module_at(model, "h.0.att")
    with pytest.raises(ValueError, match="number of heads"):
        heads_of(model)
    with pytest.raises(ValueError, match="cannot be divided by 3 heads"):
        ComponentGame(model, batch, mean_of, heads_of(model, n_heads=3))
    with pytest.raises(ValueError, match=r"not used in a forward pass: \['unused'\]"):
        ComponentGame(model, batch, mean_of, [*heads, *module_at(model, "unused")])
    with pytest.raises(ValueError, match=r"no module 'h\.7'"):
        ComponentGame(model, batch, mean_of, [*heads, Component("h.7", "mlp", 7)])
    with pytest.raises(ValueError, match="at least two players"):
        ComponentGame(model, batch, mean_of, heads[:1])
    with pytest.raises(ValueError, match="listed twice"):
        ComponentGame(model, batch, mean_of, [heads[0], heads[0]])
    with pytest.raises(ValueError, match="no attention"):
        heads_of(torch.nn.Linear(1, 1), n_heads=2)
    assert hook_count(model) == 0


def as_a_device_would_have_it(numbers):
    """A tensor that NumPy cannot read, as on a device other than the CPU."""

    class OnDevice(torch.Tensor):
        def __array__(self, *_, **__):
            raise TypeError("can't convert device type tensor to numpy")

        def cpu(self):
            return self.as_subclass(torch.Tensor)

    return numbers.as_subclass(OnDevice)


METRICS = {
    "float64": lambda outputs: outputs.double().mean(),
    "bfloat16": lambda outputs: outputs.bfloat16().mean(),
    "float16": lambda outputs: outputs.half().mean(),
    "with a gradient": lambda outputs: outputs.mean() * torch.ones((), requires_grad=True),
    "a vector of one": lambda outputs: outputs.mean()[None].bfloat16(),
    "a list of one": lambda outputs: [outputs.mean().bfloat16()],
    "on a device": lambda outputs: as_a_device_would_have_it(outputs.mean().bfloat16()),
    "a list on a device": lambda outputs: [as_a_device_would_have_it(outputs.mean())],
}


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_a_metric_may_return_tensors_of_any_type_on_any_device(model, batch, metric):
    components = [*heads_of(model, n_heads=2), *mlps_of(model)]
    games = [ComponentGame(model, batch, how, components) for how in (mean_of, metric)]
    rows = np.random.default_rng(0).random((9, games[0].n_players)) < 0.5
    np.testing.assert_allclose(games[1](rows), games[0](rows), atol=0.01)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_a_model_of_few_bits_is_ablated_by_the_means_of_its_own_values(model, batch, kind):
    components = [*heads_of(model, n_heads=2), *mlps_of(model)]
    games = [
        ComponentGame(kept, given, lambda outputs: outputs.mean(), components, reference=given)
        for kept, given in ((model, batch), (copy.deepcopy(model).to(kind), batch.to(kind)))
    ]
    rows = np.random.default_rng(0).random((9, games[0].n_players)) < 0.5
    np.testing.assert_allclose(games[1](rows), games[0](rows), atol=0.02)
