"""What the program keeps."""

SEEN: dict[int, bytes] = {}
