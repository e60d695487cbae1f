"""Games that turn real systems into value functions: prompts, training data, model components.

Every game is a ``shapiq.Game`` and works with every approximator of shapiq. PyTorch, transformers
and other optional packages are imported only where they are used.
"""

from shapiq_spex.games.component_game import ComponentGame, LayerShares, layer_shares
from shapiq_spex.games.datamodels import load_datamodels
from shapiq_spex.games.embedding_games import EvidenceGame, SimilarityScore
from shapiq_spex.games.endpoint import Endpoint, EndpointError
from shapiq_spex.games.hosted_scores import EchoedAnswer, FirstToken, SampledAnswer
from shapiq_spex.games.interaction_effects import Effect, redundancies, synergies
from shapiq_spex.games.known_columns import known_columns
from shapiq_spex.games.language_model_scores import AnswerScore, ClassifierScore
from shapiq_spex.games.model_components import Component, heads_of, layers_of, mlps_of, module_at
from shapiq_spex.games.model_hooks import ablated
from shapiq_spex.games.named_game import NamedGame, OutputsGame
from shapiq_spex.games.retraining_game import RetrainingGame
from shapiq_spex.games.text_game import TextGame
from shapiq_spex.games.text_units import divide, tokens_of
from shapiq_spex.games.training_game import TrainingGame

__all__ = [
    "AnswerScore",
    "ClassifierScore",
    "Component",
    "ComponentGame",
    "EchoedAnswer",
    "Effect",
    "Endpoint",
    "EndpointError",
    "EvidenceGame",
    "FirstToken",
    "LayerShares",
    "NamedGame",
    "OutputsGame",
    "RetrainingGame",
    "SampledAnswer",
    "SimilarityScore",
    "TextGame",
    "TrainingGame",
    "ablated",
    "divide",
    "heads_of",
    "known_columns",
    "layer_shares",
    "layers_of",
    "load_datamodels",
    "mlps_of",
    "module_at",
    "redundancies",
    "synergies",
    "tokens_of",
]
