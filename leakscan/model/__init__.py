"""The values that leakscan's answer is made of, by whose they are."""
