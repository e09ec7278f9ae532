"""The findings of a run, made from what was attributed and named."""
