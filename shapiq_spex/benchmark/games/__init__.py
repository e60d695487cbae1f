"""What is benchmarked: games of trained models, planted functions, and suites of both."""
