"""Which coalitions to evaluate: laws of coalitions, and designs that draw and recover by them.

A design yields its rows in stages, says by which law they were drawn or why no law is known, and
recovers a spectrum from the answers (:mod:`shapiq_spex.designs.design`). How games are evaluated is
not decided here (:mod:`shapiq_spex.ablation`).
"""
