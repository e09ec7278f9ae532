"""A forked copy of the target's process, confined so that nothing it runs has an effect outside."""
