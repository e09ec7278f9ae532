"""Which object of before keeps what is new, and what it is called."""
