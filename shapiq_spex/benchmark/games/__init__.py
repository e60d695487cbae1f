"""What is benchmarked: games of real models and planted functions, in suites."""
