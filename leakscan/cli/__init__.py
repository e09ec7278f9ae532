"""The command line: the only place where an error becomes an exit code."""

import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import click

from leakscan import __version__
from leakscan.cli.engine import Engine, RealEngine
from leakscan.cli.late_commands import LateCommands
from leakscan.cli.signals import exit_as_signalled, raised_signals
from leakscan.cli.talk import say
from leakscan.errors import LeakscanError, UsageError

INTERRUPTED = 130
"""What a shell expects of a program that a Ctrl-C ended."""
BUG = 70
"""EX_SOFTWARE: leakscan itself failed, which must never look like a verdict."""


COMMANDS = LateCommands(
    {
        "run": "leakscan.cli.run:run",
        "check": "leakscan.cli.check:check",
        "init": "leakscan.cli.init:init",
        "report": "leakscan.cli.report:report",
        "diff": "leakscan.cli.diff:diff",
        "history": "leakscan.cli.history:history",
        "top": "leakscan.cli.top:top",
        "list": "leakscan.cli.top:list_source",
    }
)
"""Each command, and where it is imported from when somebody asks for it."""


@click.group(commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="leakscan %(version)s")
def commands() -> None:
    """Prove that a Python target's heap grows, and name the line and the holder.

    \b
      leakscan run app.jobs:handle      run it again and again, and judge
      leakscan init                     write a first configuration of a project's targets
      leakscan check                    run all of them, against what is known to leak
      leakscan report run.leakscan      judge a recording again
      leakscan diff old.json new.json   which leaks are new, worse or gone
      leakscan history                  what got worse from day to day
      leakscan top run.leakscan         which lines and holders weigh most
      leakscan list run.leakscan NAME   the source of a function, line by line

    Exit codes: 0 clean or filling, 1 leaking, 2 usage, 3 the target failed,
    4 inconclusive.
    """


def main() -> NoReturn:
    """Run the command line of this process, and exit."""
    exit_code = BUG
    with raised_signals() as received:
        exit_code = exit_code_of(sys.argv[1:], RealEngine())
    if received.number is not None:
        exit_as_signalled(received.number)
    sys.exit(exit_code)


def exit_code_of(arguments: Sequence[str], engine: Engine) -> int:
    """Run one command; its errors are said on stderr and become an exit code."""
    try:
        return _result_of(arguments, engine)
    except click.UsageError as error:
        return _say(_as_usage_error(error))
    except click.ClickException as error:
        return _say(UsageError(error.format_message()))
    except LeakscanError as error:
        return _say(error)
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except Exception:  # noqa: BLE001 - an exit code of 1 would say that the target leaks
        traceback.print_exc()
        return _bug()


def _result_of(arguments: Sequence[str], engine: Engine) -> int:
    result = commands.main(args=list(arguments), prog_name="leakscan", standalone_mode=False, obj=engine)
    sys.stdout.flush()
    return result if isinstance(result, int) else 0


def _as_usage_error(error: click.UsageError) -> UsageError:
    message = error.format_message().strip().removesuffix(".")
    command = error.ctx.command_path if error.ctx is not None else "leakscan"
    hint = f"see `{command} --help`"
    if isinstance(error, click.NoSuchOption):
        hint += "; options of the target itself go after ` -- `"
    return UsageError(f"{message[:1].lower()}{message[1:]}", hint=hint)


def _say(error: LeakscanError) -> int:
    say(error)
    return error.exit_code


def _bug() -> int:
    click.echo("leakscan: this is a bug in leakscan, not a verdict on the target", err=True)
    return BUG
