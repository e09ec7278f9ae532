"""What to do next in a run, decided from what was asked for and what has been seen."""
