"""The caches of the process, and containers with much room for few entries."""
