"""Games that turn real systems into value functions: prompts, training data, model components."""
