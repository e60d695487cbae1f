"""Components of Hugging Face models are found by name and can be ablated, for several families."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex.games import ComponentGame, heads_of, layers_of, mlps_of

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

COMMON = {"vocab_size": 20, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 8}
WIDE = COMMON | {"intermediate_size": 16}
CONFIGURATIONS = {
    "Bert": WIDE,
    "Roberta": WIDE,
    "DistilBert": {"vocab_size": 20, "n_layers": 2, "n_heads": 2, "dim": 8, "hidden_dim": 16},
    "GPT2": {"vocab_size": 20, "n_layer": 2, "n_head": 2, "n_embd": 8},
    "GPTNeoX": WIDE | {"rotary_pct": 1.0},
    "Llama": WIDE,
    "OPT": COMMON | {"ffn_dim": 16, "word_embed_proj_dim": 8},
}


@pytest.mark.parametrize("family", CONFIGURATIONS)
def test_heads_blocks_and_layers_of(family):
    configuration = getattr(transformers, f"{family}Config")(**CONFIGURATIONS[family])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = getattr(transformers, f"{family}Model")(configuration).eval()
    ids = torch.tensor([[3, 5, 7, 9], [4, 6, 8, 10]])
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    assert [c.name for c in heads_of(model)] == [
        f"L{layer} head {head}" for layer in (0, 1) for head in (0, 1)
    ]
    parts = [*heads_of(model), *mlps_of(model), *layers_of(model)]
    assert len(parts) == 8
    game = ComponentGame(model, inputs, lambda out: float(out[..., 0].sum()), parts)
    all_but_one = ~np.eye(8, dtype=bool)
    values = game(np.concatenate([np.ones((1, 8), dtype=bool), all_but_one]))
    assert (np.abs(values[1:] - values[0]) > 1e-9).all()
