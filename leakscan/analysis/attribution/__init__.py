"""Which growth belongs to which holder and which line."""
