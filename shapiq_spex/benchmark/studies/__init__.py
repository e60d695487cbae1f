"""Experiments beside the suites, each a command: ``python -m shapiq_spex.benchmark.studies.NAME``."""
