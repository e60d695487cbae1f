"""SPEX's mathematics: coded coalitions, and how to decode the answers to them."""
