"""What is in the heap of the target's process, read without running any of its code."""
