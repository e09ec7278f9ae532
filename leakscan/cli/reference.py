"""The reference page of the command line, made from the commands themselves.

python -m leakscan.cli.reference > docs/cli.md
"""

import inspect
import sys
from collections.abc import Iterator

import click

from leakscan.cli import commands


def reference_text() -> str:
    """The page: each command with its help, its usage and its options."""
    paragraphs = [
        "# The command line",
        "<!-- made by `python -m leakscan.cli.reference > docs/cli.md`; do not edit -->",
        *_prose(commands),
    ]
    for name, command in sorted(commands.commands.items()):
        paragraphs += [f"## leakscan {name}", *_command_paragraphs(name, command)]
    return "\n\n".join(paragraphs) + "\n"


def _command_paragraphs(name: str, command: click.Command) -> Iterator[str]:
    arguments = [argument.metavar or str(argument.name).upper() for argument in _arguments(command)]
    yield f"    leakscan {name} [OPTIONS] {' '.join(arguments)}"
    yield from _prose(command)
    rows = [f"| {_names(option)} | {_cell(option.help or '')} |" for option in _options(command)]
    yield "\n".join(["| option | |", "| --- | --- |", *rows])


def _prose(command: click.Command) -> Iterator[str]:
    """The help's paragraphs; one that click keeps as it is (after a backspace) becomes code."""
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        first, *lines = paragraph.split("\n")
        if first.strip() != "\b":
            yield paragraph
            continue
        if lines and lines[0].endswith(":"):
            yield lines.pop(0)
        yield "\n".join(f"    {line.strip()}" for line in lines)


def _arguments(command: click.Command) -> list[click.Argument]:
    return [param for param in command.params if isinstance(param, click.Argument)]


def _options(command: click.Command) -> list[click.Option]:
    return [param for param in command.params if isinstance(param, click.Option)]


def _names(option: click.Option) -> str:
    value = "" if option.is_flag else f" {option.metavar}"
    return _cell(", ".join(f"`{name}{value}`" for name in option.opts))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(reference_text())
