"""The commands by name, each imported when it is first asked for."""

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module

import click


class LazyCommands(MutableMapping[str, click.Command]):
    """What a click group takes for a dict of its commands: `run` pays for the imports of no other command."""

    def __init__(self, places: Mapping[str, str]) -> None:
        """`places` are written as in an entry point: `package.module:command`."""
        self._places = dict(places)
        self._loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._loaded:
            module, _, attribute = self._places[name].partition(":")
            self._loaded[name] = getattr(import_module(module), attribute)
        return self._loaded[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        self._loaded.pop(name, None)
        self._places.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places | self._loaded)

    def __len__(self) -> int:
        return len(self._places | self._loaded)
