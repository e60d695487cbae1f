"""Asking games: which coalitions, how they are asked, and where the answers are kept.

Approximators do all of this by themselves, as told by an :class:`shapiq_spex.Ablation`. The names
here are for asking without an approximator, for looking into stores and for writing games.
"""

from shapiq_spex.ablation.ablation_files import load_ablations as load_ablations
from shapiq_spex.ablation.ablation_files import save_ablations as save_ablations
from shapiq_spex.ablation.ablation_plan import AblationPlan as AblationPlan
from shapiq_spex.ablation.ablation_plan import Estimate as Estimate
from shapiq_spex.ablation.ablation_policy import default_ablation as default_ablation
from shapiq_spex.ablation.ablation_policy import default_ablation_within as default_ablation_within
from shapiq_spex.ablation.ablation_policy import set_default_ablation as set_default_ablation
from shapiq_spex.ablation.answer_store import AnswerStore as AnswerStore
from shapiq_spex.ablation.answer_store import StoreError as StoreError
from shapiq_spex.ablation.answers import Answers as Answers
from shapiq_spex.ablation.answers import Skipped as Skipped
from shapiq_spex.ablation.coalition_seeds import coalition_seed as coalition_seed
from shapiq_spex.ablation.evaluator import ask as ask
from shapiq_spex.ablation.fingerprint import FingerprintError as FingerprintError
from shapiq_spex.ablation.fingerprint import game_fingerprint as game_fingerprint
