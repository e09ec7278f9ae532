"""Reports on a run, a check, a comparison or a history: a view decides what is shown, the rest show it."""
