"""Boosted trees, models of users, and the exact spectrum of both."""
