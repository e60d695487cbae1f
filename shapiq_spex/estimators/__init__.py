"""Regression proxies: coalitions and values in, a spectrum and held-out errors out.

Constants marked *Tuned* were chosen by trial. What half and twice of each of them costs is measured
by ``python tests/quality/tuned_constants.py``.
"""
