"""Sparse proxies: additive and pairwise lassos, and regressions that select their terms."""
