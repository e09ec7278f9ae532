"""What is said to the user on stderr."""

import contextlib

import click

from leakscan.errors import LeakscanError


def say(error: LeakscanError) -> None:
    """One sentence, and what to do about it."""
    # Where stderr can't be written, the exit code is all that can be said.
    with contextlib.suppress(OSError):
        tell(f"leakscan: {error.message}")
        if error.hint is not None:
            tell(f"hint: {error.hint}")


def tell(text: str) -> None:
    """A text of some lines, which may quote anything."""
    # No report is loaded for a version or a help text.
    from leakscan.reports.workflow_commands import without_commands

    click.echo(without_commands(text), err=True)
