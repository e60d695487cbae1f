"""Games that turn real systems into value functions: prompts, training data, model components.

Every game is a ``shapiq.Game`` and works with every approximator of shapiq. PyTorch, transformers
and the like are imported where they are needed, not here.
"""

from shapiq_spex.games.component_game import ComponentGame as ComponentGame
from shapiq_spex.games.component_game import LayerShares as LayerShares
from shapiq_spex.games.component_game import layer_shares as layer_shares
from shapiq_spex.games.datamodels import load_datamodels as load_datamodels
from shapiq_spex.games.embedding_games import EvidenceGame as EvidenceGame
from shapiq_spex.games.embedding_games import SimilarityScore as SimilarityScore
from shapiq_spex.games.endpoint import Endpoint as Endpoint
from shapiq_spex.games.endpoint import EndpointError as EndpointError
from shapiq_spex.games.hosted_scores import EchoedAnswer as EchoedAnswer
from shapiq_spex.games.hosted_scores import FirstToken as FirstToken
from shapiq_spex.games.hosted_scores import SampledAnswer as SampledAnswer
from shapiq_spex.games.interaction_effects import Effect as Effect
from shapiq_spex.games.interaction_effects import redundancies as redundancies
from shapiq_spex.games.interaction_effects import synergies as synergies
from shapiq_spex.games.language_model_scores import AnswerScore as AnswerScore
from shapiq_spex.games.language_model_scores import ClassifierScore as ClassifierScore
from shapiq_spex.games.model_components import Component as Component
from shapiq_spex.games.model_components import heads_of as heads_of
from shapiq_spex.games.model_components import layers_of as layers_of
from shapiq_spex.games.model_components import mlps_of as mlps_of
from shapiq_spex.games.model_components import module_at as module_at
from shapiq_spex.games.model_hooks import ablated as ablated
from shapiq_spex.games.named_game import NamedGame as NamedGame
from shapiq_spex.games.named_game import OutputsGame as OutputsGame
from shapiq_spex.games.retraining_game import RetrainingGame as RetrainingGame
from shapiq_spex.games.text_game import TextGame as TextGame
from shapiq_spex.games.text_units import divide as divide
from shapiq_spex.games.text_units import tokens_of as tokens_of
from shapiq_spex.games.training_game import TrainingGame as TrainingGame
