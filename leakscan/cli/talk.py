"""What is said to the user on stderr."""

import contextlib

import click

from leakscan.errors import LeakscanError


def say(error: LeakscanError) -> None:
    """One sentence, and what to do about it."""
    # Where stderr can't be written, the exit code is all that can be said.
    with contextlib.suppress(OSError):
        click.echo(f"leakscan: {error.message}", err=True)
        if error.hint is not None:
            click.echo(f"hint: {error.hint}", err=True)
