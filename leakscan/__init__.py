"""Prove that a Python target's heap grows, and name the line and the holder."""

__version__ = "0.1.0"
