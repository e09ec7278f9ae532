"""References between objects, followed from the roots of the process to a holder and back."""
