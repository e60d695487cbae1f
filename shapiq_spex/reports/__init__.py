"""Results people can read and trust: reports, faithfulness, comparisons and tables."""
