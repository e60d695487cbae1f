"""The mathematics of SPEX: coded coalitions, and how to decode the answers to them.

Constants marked *Tuned* were chosen by trial. What half and twice of each of them costs is measured
by ``python tests/quality/tuned_constants.py``.
"""
