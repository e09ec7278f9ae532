"""Which lines take memory: Python's by `tracemalloc`, the C library's by its own count."""
