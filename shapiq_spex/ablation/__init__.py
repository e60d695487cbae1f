"""Ask games: which coalitions, how they are asked, and where the answers are kept.

Approximators do all of this themselves, as an :class:`shapiq_spex.Ablation` prescribes. Use these
names to ask without an approximator, to read stores and to write games.
"""

from shapiq_spex.ablation.ablation_files import load_ablations, save_ablations
from shapiq_spex.ablation.ablation_plan import AblationPlan, Estimate
from shapiq_spex.ablation.ablation_policy import (
    default_ablation,
    default_ablation_within,
    set_default_ablation,
)
from shapiq_spex.ablation.answer_store import AnswerStore, StoreError
from shapiq_spex.ablation.answers import Answers, Skipped
from shapiq_spex.ablation.coalition_seeds import coalition_seed
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.ablation.fingerprint import FingerprintError, game_fingerprint
from shapiq_spex.ablation.spending import LimitReached

__all__ = [
    "AblationPlan",
    "AnswerStore",
    "Answers",
    "Estimate",
    "FingerprintError",
    "LimitReached",
    "Skipped",
    "StoreError",
    "ask",
    "coalition_seed",
    "default_ablation",
    "default_ablation_within",
    "game_fingerprint",
    "load_ablations",
    "save_ablations",
    "set_default_ablation",
]
