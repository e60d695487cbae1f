"""The mathematics of SPEX: coded coalitions, and how to decode the answers to them.

Constants marked *Tuned* were chosen by trial. ``python -m shapiq_spex.benchmark.studies.tuned_constants``
measures what half and twice of each of them costs.
"""
