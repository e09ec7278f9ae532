"""What a project keeps in files: its configuration, its baseline, its history."""
