"""`leakscan top` and `leakscan list`: which lines and holders weigh most, and their source."""

from pathlib import Path

import click

from leakscan.cli.engine import Engine
from leakscan.cli.options import number_from
from leakscan.cli.repository import checkout_of
from leakscan.errors import UsageError
from leakscan.model.analysis import Frame
from leakscan.reports.text.consoles import linker_for, stdout_console
from leakscan.reports.text.top import draw_list, draw_top
from leakscan.reports.views.functions import FunctionSource, function_source
from leakscan.reports.views.listing import known_names, list_view
from leakscan.reports.views.python_files import quotable_folders
from leakscan.reports.views.top import By, top_view

MAX_NAMES = 5


@click.command()
@click.argument("recording", type=click.Path(path_type=Path))
@click.option(
    "--by",
    type=click.Choice([by.value for by in By]),
    default=By.GROWTH.value,
    metavar="growth|bytes|count|holder",
    help="Order lines by what they gain with each call, by bytes in use or by objects in use; "
    "or list the holders. [default: growth]",
)
@click.option(
    "-n",
    "--most",
    "max_rows",
    type=number_from(1, 100_000),
    default="20",
    metavar="N",
    help="Rows to show. [default: 20]",
)
@click.pass_obj
def top(engine: Engine, /, *, recording: Path, by: str, max_rows: int) -> int:
    """Show which lines and holders weigh most.

    RECORDING is a recording (`leakscan run -o`) or a JSON report (`--json`). The lines are those of
    the findings; what is in use is what they allocated while they were traced and still keep.

    \b
    Examples:
      leakscan top run.leakscan
      leakscan top run.leakscan --by holder
      leakscan top report.json --by bytes -n 5

    Exit codes: 0, or 2 if there is no such recording.
    """
    analysis = engine.analysis_of_file(recording, threshold_bytes_per_call=0.0)
    console = stdout_console()
    link = linker_for(console, checkout_of(analysis).folder)
    draw_top(top_view(analysis, By(by), max_rows=max_rows), console, link)
    return 0


@click.command("list")
@click.argument("recording", type=click.Path(path_type=Path))
@click.argument("name", metavar="FUNCTION|HOLDER")
@click.option("--no-source", is_flag=True, help="Show the numbers of the lines alone, and quote none.")
@click.pass_obj
def list_source(engine: Engine, /, *, recording: Path, name: str, no_source: bool) -> int:
    """Show the source of a function with what each line gains.

    FUNCTION is a name (`mutex_for`, `MemoryLock.mutex_for`) of a finding's stacks. HOLDER is the name
    of a holder (`MemoryLock.keys`), and stands for the functions that fill it. `with calls` is what a
    line gains together with what it calls.

    \b
    Examples:
      leakscan list run.leakscan mutex_for
      leakscan list report.json MemoryLock.keys

    Exit codes: 0, or 2 if there is no such recording or name.
    """
    analysis = engine.analysis_of_file(recording, threshold_bytes_per_call=0.0)
    folder, within = checkout_of(analysis).folder, quotable_folders()

    def source(frame: Frame) -> FunctionSource | str:
        return "it was not asked for" if no_source else function_source(folder, frame, within)

    view = list_view(analysis, name, source)
    if not view.functions:
        raise _unknown(name, known_names(analysis))
    console = stdout_console()
    draw_list(view, console, linker_for(console, folder))
    return 0


def _unknown(name: str, known: list[str]) -> UsageError:
    if not known:
        return UsageError(f"nothing is known to grow, so there is no `{name}` to list")
    listed = ", ".join(f"`{each}`" for each in known[:MAX_NAMES])
    return UsageError(f"no function or holder of a finding is called `{name}`", hint=f"there are {listed}")
