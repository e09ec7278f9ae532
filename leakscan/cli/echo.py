"""Messages to the user on stderr."""

import contextlib

import click

from leakscan.errors import LeakscanError


def echo_error(error: LeakscanError) -> None:
    """Write what is wrong in one sentence, and in another what to do about it."""
    # Where stderr can't be written, the exit code is the only message left.
    with contextlib.suppress(OSError):
        echo_text(f"leakscan: {error.message}")
        if error.hint is not None:
            echo_text(f"hint: {error.hint}")


def echo_text(text: str) -> None:
    """Write some lines, which may quote any text of the target."""
    # No report is loaded for a version or a help text.
    from leakscan.reports.workflow_commands import without_commands

    click.echo(without_commands(text), err=True)
