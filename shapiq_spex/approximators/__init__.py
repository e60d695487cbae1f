"""SPEX and ProxySPEX as ``shapiq.Approximator`` subclasses.

They choose a design, an estimator and a report; the mathematics is in the rooms below.
"""

__all__ = ["SPEX", "PlayerInformation", "ProxySPEX"]

from shapiq_spex.approximators.player_information import PlayerInformation as PlayerInformation
from shapiq_spex.approximators.proxyspex import ProxySPEX as ProxySPEX
from shapiq_spex.approximators.spex import SPEX as SPEX
