"""Which of the configured targets run: by name, by tag, by the part of a CI matrix."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import click

from leakscan.errors import UsageError
from leakscan.project.configuration import ConfiguredTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a target has to be to run; empty: anything."""

    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """One of them has to be the target's."""
    shard: tuple[int, int] | None = None
    """(number, parts): the part that the target has to be in."""

    def selected(self, targets: Sequence[ConfiguredTarget]) -> list[ConfiguredTarget]:
        """The targets that are to run, in their order.

        Raises UsageError for a name or a tag that no target has.
        """
        _check_known(self.names, [target.name for target in targets], "target is called")
        _check_known(self.tags, sorted({tag for each in targets for tag in each.tags}), "target has the tag")
        return [target for target in targets if self._covers(target)]

    def _covers(self, target: ConfiguredTarget) -> bool:
        return (
            (not self.names or target.name in self.names)
            and (not self.tags or not target.tags.isdisjoint(self.tags))
            and (self.shard is None or part_of(target.name, self.shard[1]) == self.shard[0])
        )


def part_of(name: str, parts: int) -> int:
    """Which part, from 1, a target is in: by its name alone, so that another target moves none."""
    digest = hashlib.sha256(name.encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") % parts + 1


def shard_of(text: str) -> tuple[int, int]:
    """Reads `2/5`: the second of five parts. Raises click.BadParameter for anything else."""
    number, slash, parts = text.partition("/")
    if slash and number.isdecimal() and parts.isdecimal() and 1 <= int(number) <= int(parts):
        return int(number), int(parts)
    raise click.BadParameter(f"`{text}` is no part of a whole; write it like 2/5")


def _check_known(given: Sequence[str], known: Sequence[str], noun: str) -> None:
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known) or 'none'}"
            raise UsageError(f"no {noun} `{name}`", hint=hint)
