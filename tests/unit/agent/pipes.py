"""The two pipes between the agent and its parent, with both ends in this process."""

import os
from contextlib import suppress

from leakscan.agent.channel import Channel, PipeEnd

NOT_ON_LINUX = "/nowhere/fd"
"""A path under which a pipe can't be opened again."""


class Pipes:
    """A channel of the agent, and the other ends of its two pipes."""

    def __init__(self, *, is_reopenable: bool = False) -> None:
        commands, self.commands = os.pipe()
        self.records, records = os.pipe()
        here = f"/proc/{os.getpid()}/fd"
        self.agents_commands = PipeEnd(
            commands, os.O_RDONLY, f"{here}/{self.commands}" if is_reopenable else NOT_ON_LINUX
        )
        self.agents_records = PipeEnd(
            records, os.O_WRONLY, f"{here}/{self.records}" if is_reopenable else NOT_ON_LINUX
        )
        self.channel = Channel(self.agents_commands, self.agents_records)

    def lines_until_closed(self) -> list[bytes]:
        """All that the agent has sent, once its end is closed."""
        with open(self.records, "rb", closefd=False) as file:
            return file.readlines()

    def close(self) -> None:
        self.channel.close()
        for end in (self.commands, self.records):
            with suppress(OSError):
                os.close(end)
