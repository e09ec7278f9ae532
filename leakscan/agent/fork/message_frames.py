"""What a copy tells, apart from what code of the target writes into the same pipe.

Each message stands in a frame: a mark that is drawn anew for each copy, the length, the message. Bytes that
are in no frame are passed over, so a finalizer that writes to every descriptor there is changes no answer.
Code that looks for the mark in the memory of its own process could still forge one.
"""

import os

_MARK_BYTES = 16
_LENGTH_BYTES = 8


class MessageFrames:
    """The frames of one copy."""

    def __init__(self) -> None:
        self._mark = os.urandom(_MARK_BYTES)

    def framed(self, message: bytes) -> bytes:
        """The message in its frame."""
        return self._mark + len(message).to_bytes(_LENGTH_BYTES, "little") + message

    def messages(self, stream: bytes) -> list[bytes]:
        """The messages whose frames are whole, in order, out of all that came through the pipe."""
        messages = []
        place = stream.find(self._mark)
        while place >= 0:
            start = place + _MARK_BYTES + _LENGTH_BYTES
            end = start + int.from_bytes(stream[start - _LENGTH_BYTES : start], "little")
            if start <= end <= len(stream):
                messages.append(stream[start:end])
            place = stream.find(self._mark, min(end, len(stream)))
        return messages
