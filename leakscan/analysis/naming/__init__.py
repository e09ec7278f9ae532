"""What a holder, a cache and a frame are called in a report."""
