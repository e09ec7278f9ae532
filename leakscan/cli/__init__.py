"""The command line: the only place where an error becomes an exit code."""

import _tracemalloc
import atexit
import contextlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import click

from leakscan import __version__
from leakscan.cli.echo import echo_error, echo_text
from leakscan.cli.engine import Engine, RealEngine
from leakscan.cli.lazy_group import LazyCommands
from leakscan.cli.signals import exit_as_signalled, raised_signals
from leakscan.errors import LeakscanError, OutputError, UsageError

INTERRUPTED = 130
"""What a shell expects of a program that a Ctrl-C ended."""
BUG = 70
"""EX_SOFTWARE: leakscan itself failed, which must never look like a verdict."""


COMMANDS = LazyCommands(
    {
        "run": "leakscan.cli.run:run",
        "check": "leakscan.cli.check:check",
        "init": "leakscan.cli.init:init",
        "report": "leakscan.cli.report:report",
        "diff": "leakscan.cli.diff:diff",
        "history": "leakscan.cli.history:history",
        "top": "leakscan.cli.top:top",
        "list": "leakscan.cli.top:list_source",
        "explain": "leakscan.cli.explain:explain",
    }
)
"""Each command, and where it is imported from when somebody asks for it."""


@click.group(
    commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True
)
@click.version_option(__version__, message="leakscan %(version)s")
@click.pass_context
def commands(context: click.Context) -> None:
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
      leakscan explain PATTERN          why such a leak grows, and what mends it

    Exit codes: 0 clean or filling, 1 leaking, 2 usage, 3 the target failed,
    4 inconclusive.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(UsageError.exit_code)


def main() -> NoReturn:
    """Run the command line of this process, and exit."""
    _fill_standard_streams()
    # What PYTHONTRACEMALLOC began here tells nobody anything, and makes each judgement many times slower.
    _tracemalloc.stop()
    exit_code = BUG
    with raised_signals() as received:
        exit_code = exit_code_of(sys.argv[1:], RealEngine())
    if received.number is not None:
        exit_as_signalled(received.number)
    if sys.flags.inspect:
        _exit_without_prompt(exit_code)
    sys.exit(exit_code)


def _exit_without_prompt(exit_code: int) -> NoReturn:
    """Exit as Python does where PYTHONINSPECT is not set: with it, the exit code would be lost."""
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no public way to exit past the prompt
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(exit_code)


def exit_code_of(arguments: Sequence[str], engine: Engine) -> int:
    """The exit code of one command; an error goes to stderr and becomes one."""
    try:
        return _result_of(arguments, engine)
    except click.UsageError as error:
        return _echoed(_as_usage_error(error))
    except click.ClickException as error:
        return _echoed(UsageError(error.format_message()))
    except LeakscanError as error:
        return _echoed(error)
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except OSError as error:
        return _echoed(_refused(error))
    except Exception:  # noqa: BLE001 - an exit code of 1 would say that the target leaks
        echo_text(traceback.format_exc().rstrip("\n"))
        return _bug()


def _result_of(arguments: Sequence[str], engine: Engine) -> int:
    result = commands.main(args=list(arguments), prog_name="leakscan", standalone_mode=False, obj=engine)
    if sys.stdout is not None:
        sys.stdout.flush()
    return result if isinstance(result, int) else 0


def _fill_standard_streams() -> None:
    """Put the null device where a standard stream is closed.

    The next file that is opened would take its number: what is printed would go into our recording. No other
    program inherits it: to the target the stream is closed.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _refused(error: OSError) -> LeakscanError:
    """The error for what the system refuses: room, descriptors, a folder. None of it is a bug of ours."""
    if sys.stdout is not None:
        from leakscan.reports.text.consoles import discard

        try:
            sys.stdout.flush()
        except OSError:
            discard(sys.stdout)
            return OutputError(f"can't write standard output: {error.strerror or error}")
    file = f"`{error.filename}`: " if error.filename is not None else ""
    return OutputError(f"the system refuses what leakscan needs: {file}{error.strerror or error}")


def _as_usage_error(error: click.UsageError) -> UsageError:
    message = error.format_message().strip().removesuffix(".")
    command = error.ctx.command_path if error.ctx is not None else "leakscan"
    hint = f"see `{command} --help`"
    if isinstance(error, click.NoSuchOption):
        hint += "; options of the target itself go after ` -- `"
    return UsageError(f"{message[:1].lower()}{message[1:]}", hint=hint)


def _echoed(error: LeakscanError) -> int:
    echo_error(error)
    return error.exit_code


def _bug() -> int:
    echo_text("leakscan: this is a bug in leakscan, not a verdict on the target")
    return BUG
