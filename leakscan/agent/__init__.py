"""What runs in the target's process: a guest that obeys the parent and records what it saw."""
