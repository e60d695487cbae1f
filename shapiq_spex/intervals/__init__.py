"""Intervals for interactions, checked against exact values."""
