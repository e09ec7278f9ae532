"""Runs held against other runs: a baseline, a history, one other run."""
