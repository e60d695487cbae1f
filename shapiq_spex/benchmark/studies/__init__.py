"""Experiments beside the suites, each a command of its own.

``python -m shapiq_spex.benchmark.studies.NAME --help`` lists the options of a study.
"""
