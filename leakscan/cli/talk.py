"""What is said to the user on stderr."""

import click

from leakscan.errors import LeakscanError


def say(error: LeakscanError) -> None:
    """One sentence, and what to do about it."""
    click.echo(f"leakscan: {error.message}", err=True)
    if error.hint is not None:
        click.echo(f"hint: {error.hint}", err=True)
