"""Asking games: which coalitions, how they are asked, and where the answers are kept."""
