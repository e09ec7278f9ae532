"""`leakscan init`: write a first configuration."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import tomlkit

from leakscan import units
from leakscan.errors import ConfigurationError, UsageError
from leakscan.project.configuration import OWN_FILE, SHARED_FILE, find_configuration, read_configuration
from leakscan.project.discovery import Candidate, Discovery, discover
from leakscan.project.toml_tables import toml_in, toml_of, toml_text
from leakscan.reports.output import write_bytes

MAX_SHOWN = 30


@click.command()
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@click.option("--all", "takes_all", is_flag=True, help="Take every function that is found, and ask nothing.")
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write. [default: pyproject.toml if there is one here, else leakscan.toml]",
)
def init(*, targets: tuple[str, ...], takes_all: bool, path: Path | None) -> int:
    """Write a first configuration for `leakscan check`.

    TARGETs are taken as they are given, and added to a configuration that is
    there. Without one, the console scripts and the test functions that need no
    fixture are offered: a terminal asks which to take; elsewhere all of them are
    written as comments, and nothing is taken.

    \b
    Examples:
      leakscan init app.jobs:handle
      leakscan init --all
    """
    folder = Path.cwd()
    if targets and takes_all:
        raise UsageError("--all and a TARGET contradict each other", hint="give one of them")
    there = _configuration_in(folder)
    if there is not None:
        if not targets or path not in (None, there):
            raise ConfigurationError(f"`{there.name}` configures leakscan already", hint=_NAME_ANOTHER)
        _add(there, [_given(target) for target in targets])
        return 0
    shared = folder / SHARED_FILE
    path = path or (shared if shared.is_file() else folder / OWN_FILE)
    discovery = discover(folder, toml_of(shared) if shared.is_file() else {})
    taken = _taken(targets, discovery, takes_all=takes_all)
    offered = [candidate for candidate in discovery.candidates if candidate not in taken]
    before = toml_text(path) if path.exists() else ""
    text = configuration_text(before, taken, offered, is_shared=path.name == SHARED_FILE)
    write_bytes(text.encode("utf-8"), str(path), stdout=None)
    _say(path, taken, offered, discovery)
    return 0


def configuration_text(
    before: str, taken: Sequence[Candidate], offered: Sequence[Candidate], *, is_shared: bool
) -> str:
    """The file with a table for each target that is taken, and a comment for each that is only offered."""
    prefix = "tool.leakscan." if is_shared else ""
    parts = [before.rstrip() + "\n\n"] if before.strip() else []
    if is_shared:
        parts.append("[tool.leakscan]\n\n")
    parts += [_table(candidate, prefix) + "\n" for candidate in taken]
    if offered:
        parts.append("# Found here, and not taken: delete the marks of those that should be checked.\n#\n")
    for candidate in offered:
        table = _table(candidate, prefix)
        parts.append("".join(f"# {line}\n" for line in table.splitlines()) + "#\n")
    return "".join(parts).rstrip("#\n") + "\n"


def _table(candidate: Candidate, prefix: str) -> str:
    name, target = (tomlkit.string(text).as_string() for text in (candidate.name, candidate.target))
    return f"[[{prefix}target]]  # {candidate.origin}\nname = {name}\ntarget = {target}\n"


def _configuration_in(folder: Path) -> Path | None:
    """The file of the folder itself that configures leakscan."""
    there = find_configuration(folder)
    return there if there is not None and there.parent == folder else None


def _add(path: Path, taken: Sequence[Candidate]) -> None:
    """Add a table for each target at the end of a file that configures leakscan, and say so."""
    known = {target.name for target in read_configuration(path).targets}
    for candidate in taken:
        if candidate.name in known:
            raise ConfigurationError(
                f"`{path.name}` has a target called `{candidate.name}` already",
                hint="add the other one by hand, with a name of its own",
            )
        known.add(candidate.name)
    prefix = _prefix(path)
    text = "\n".join([toml_text(path).rstrip() + "\n", *(_table(candidate, prefix) for candidate in taken)])
    try:
        toml_in(text, path)
    except ConfigurationError as error:
        # Its targets stand in a list, `target = [{…}]`, to which no table can be added.
        raise ConfigurationError(
            f"`{path.name}` lists its targets in one value", hint="add another to that list by hand"
        ) from error
    write_bytes(text.encode("utf-8"), str(path), stdout=None)
    _say_written(path, taken)
    click.echo(_NEXT)


def _prefix(path: Path) -> str:
    """What stands before the names of our tables in the file."""
    return "tool.leakscan." if path.name == SHARED_FILE else ""


def _taken(targets: Sequence[str], discovery: Discovery, *, takes_all: bool) -> list[Candidate]:
    if targets:
        return [_given(target) for target in targets]
    if takes_all:
        if not discovery.candidates:
            raise UsageError("nothing was found that could be a target", hint=_NAME_ONE)
        return list(discovery.candidates)
    if discovery.candidates and sys.stdin.isatty():
        return _asked(discovery.candidates)
    return []


def _given(target: str) -> Candidate:
    name = target.rpartition(":")[2].rpartition("/")[2]
    return Candidate(name=name.removesuffix(".py"), target=target, origin="given")


def _asked(candidates: Sequence[Candidate]) -> list[Candidate]:
    for number, candidate in enumerate(candidates[:MAX_SHOWN], start=1):
        click.echo(f"{number:4}  {candidate.target}  ({candidate.origin})", err=True)
    if len(candidates) > MAX_SHOWN:
        click.echo(f"      and {len(candidates) - MAX_SHOWN} more, which `all` takes, too", err=True)
    answer = click.prompt("Which should be checked? Their numbers, `all` or `none`", default="none", err=True)
    return chosen(answer, candidates)


def chosen(answer: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that an answer such as `1 3`, `1,3`, `all` or `none` names.

    Raises UsageError for a number that no candidate has.
    """
    words = answer.replace(",", " ").split()
    if words == ["all"]:
        return list(candidates)
    if words in ([], ["none"]):
        return []
    numbers = [int(word) if word.isdecimal() else 0 for word in words]
    if not all(1 <= number <= len(candidates) for number in numbers):
        raise UsageError(f"`{answer}` names none of the {len(candidates)}", hint="nothing was written")
    return [candidates[number - 1] for number in dict.fromkeys(numbers)]


_NAME_ONE = "name one, as in `leakscan init app.jobs:handle`"
_NAME_ANOTHER = "`leakscan init app.jobs:handle` adds a target to it"
_NEXT = "next: `leakscan check --update-baseline` accepts what leaks today"


def _say_written(path: Path, taken: Sequence[Candidate]) -> None:
    click.echo(f"wrote {path.name}")
    for candidate in taken:
        click.echo(f"  {candidate.name}: {candidate.target}  ({candidate.origin})")


def _say(path: Path, taken: Sequence[Candidate], offered: Sequence[Candidate], discovery: Discovery) -> None:
    _say_written(path, taken)
    if offered:
        click.echo(f"  {len(offered)} more as comments")
    if discovery.tests_with_needs:
        tests = units.counted(discovery.tests_with_needs, "test")
        click.echo(f"{tests} only pytest can call: `pytest --leakscan` loops them")
    if taken:
        click.echo(_NEXT)
    else:
        click.echo(f"next: {'take one of them, by deleting its marks, or ' if offered else ''}{_NAME_ONE}")
