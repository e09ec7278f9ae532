"""What a report shows, decided once: order, wording, numbers."""
