"""Measurements: games x methods x budgets x seeds, one results file, and tables made from it."""
