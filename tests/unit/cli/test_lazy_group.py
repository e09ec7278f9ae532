"""A command is imported when it is asked for, and click notices nothing of it."""

import click
import pytest

from leakscan.cli import COMMANDS, commands, exit_code_of
from leakscan.cli.lazy_group import LazyCommands
from tests.unit.cli.fakes import FakeEngine


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_is_found_under_its_own_name(name: str) -> None:
    assert COMMANDS[name].name == name


def test_a_command_that_is_not_there_is_none_to_click() -> None:
    group = click.Group(commands=LazyCommands({"run": "leakscan.cli.run:run"}))
    context = click.Context(group)

    assert group.list_commands(context) == ["run"]
    assert group.get_command(context, "walk") is None


def test_a_command_may_be_added_and_taken_away_as_in_any_group() -> None:
    lazy = LazyCommands({"run": "leakscan.cli.run:run"})
    group = click.Group(commands=lazy)

    group.add_command(commands.commands["report"])
    del lazy["run"]

    assert (list(lazy), len(lazy)) == (["report"], 1)


def test_the_help_of_the_group_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    exit_code_of(["--help"], FakeEngine())

    listed = capsys.readouterr().out.partition("Commands:\n")[2]
    assert [line.split()[0] for line in listed.splitlines()] == sorted(COMMANDS)
