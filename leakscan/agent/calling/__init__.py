"""The target: loaded, called again and again, and sampled after each round of calls."""
