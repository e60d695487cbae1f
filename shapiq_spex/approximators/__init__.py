"""SPEX and ProxySPEX as ``shapiq.Approximator`` subclasses: orchestration, no mathematics."""

from shapiq_spex.approximators.proxyspex import ProxySPEX as ProxySPEX
from shapiq_spex.approximators.spex import SPEX as SPEX
