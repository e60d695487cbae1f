"""Regression proxies: coalitions and values in, a spectrum and held-out errors out.

Constants marked *Tuned* were chosen by trial. ``python -m shapiq_spex.benchmark.studies.tuned_constants``
measures what half and twice of each of them costs.
"""
