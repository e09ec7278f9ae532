"""What the user typed becomes something to call, or a record that says what is wrong with it."""

import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from leakscan import wire
from leakscan.agent.calling.target_loader import arguments_wanted, load, load_callable
from tests.unit.agent.calling.loading import APP, Folder, failure_of

PROGRAM = """
import sys
print(__name__, sys.argv[1:])
if sys.argv[1:]:
    sys.exit(int(sys.argv[1]))
"""


@pytest.mark.parametrize(
    ("spec", "result"),
    [
        ("loader_app:handle", "handled"),
        ("loader_app:Job.run", "job done"),
        ("loader_app:JOB", "called"),
        ("loader_app:JOB.run", "job done"),
        ("loader_app.py:handle", "handled"),
        ("./loader_app.py:Job.run", "job done"),
    ],
)
def test_a_name_in_a_module_or_a_file_is_what_it_names(files: Folder, spec: str, result: str) -> None:
    files(loader_app=APP)

    target = load(wire.Load(spec))

    assert (target.name, target.call(), target.is_program) == (spec, result, False)
    assert load_callable(spec)() == result


def test_a_class_is_called_like_a_function(files: Folder) -> None:
    files(loader_app=APP)

    assert type(load(wire.Load("loader_app:Job")).call()).__name__ == "Job"


def test_a_target_knows_where_its_code_begins(files: Folder) -> None:
    folder = files(loader_app=APP)

    target = load(wire.Load("loader_app:Job.run"))

    assert target.definition == (str(folder / "loader_app.py"), 13, "run", "Job.run")


def test_the_target_sees_the_arguments_that_were_given_for_it(files: Folder) -> None:
    files(loader_app=APP)

    load(wire.Load("loader_app:handle", arguments=("--fast", "2")))

    assert sys.argv == ["leakscan", "--fast", "2"]


def test_a_file_in_a_package_is_the_packages_module(files: Folder) -> None:
    files(
        loader_package__in____init__="",
        loader_package__in__names="NAME = 'relative'",
        loader_package__in__app="from .names import NAME\ndef handle():\n    return NAME, __name__\n",
    )

    target = load(wire.Load("loader_package/app.py:handle"))

    assert target.call() == ("relative", "loader_package.app")


def test_a_module_that_is_loaded_already_is_not_loaded_from_its_file_again(files: Folder) -> None:
    files(loader_app=APP)
    by_name = load_callable("loader_app:handle")

    assert load_callable("loader_app.py:handle") is by_name


def test_a_file_whose_name_another_module_has_gets_a_module_of_its_own(files: Folder) -> None:
    files(json="def handle():\n    return __name__\n")
    import json

    target = load(wire.Load("json.py:handle"))

    assert target.call() == "json_target"
    assert sys.modules["json"] is json


def test_a_file_that_its_folders_name_does_not_lead_to_is_loaded_by_its_place(files: Folder) -> None:
    folder = files(loader_app=APP, other__in__loader_app="def handle():\n    return 'the other'\n")
    (folder / "script without ending").write_text("def handle():\n    return 1\n", encoding="utf-8")

    assert load_callable("other/loader_app.py:handle")() == "the other"
    assert "no Python file" in failure_of("script without ending:handle").message


def test_a_script_runs_as_main_with_its_arguments_each_time(
    files: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = files(loader_program=PROGRAM)

    target = load(wire.Load("loader_program.py", arguments=("0",)))
    target.call()
    target.call()

    assert capsys.readouterr().out == "__main__ ['0']\n" * 2
    assert (target.name, target.is_program) == ("loader_program.py", True)
    assert target.definition == (str(folder / "loader_program.py"), 1, "<module>", "<module>")


def test_a_script_finds_what_is_beside_it_first_and_the_current_folder_last(files: Folder) -> None:
    folder = files(scripts__in__loader_program="import loader_beside")

    load(wire.Load("scripts/loader_program.py"))

    assert (sys.path[0], sys.path[-1]) == (str(folder / "scripts"), str(folder))


def test_a_script_whose_name_has_a_colon_is_a_script(files: Folder) -> None:
    folder = files()
    (folder / "at:12").mkdir()
    (folder / "at:12" / "program.py").write_text("", encoding="utf-8")

    assert load(wire.Load("at:12/program.py")).name == "at:12/program.py"


@pytest.mark.parametrize("status", ["1", "7"])
def test_a_program_that_ends_with_failure_raises_what_it_ends_with(files: Folder, status: str) -> None:
    files(loader_program=PROGRAM)

    target = load(wire.Load("loader_program.py", arguments=(status,)))

    with pytest.raises(SystemExit) as caught:
        target.call()
    assert caught.value.code == int(status)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("loader_program", "loader_program.py"),
        ("loader_package", "loader_package/__main__.py"),
        ("loader_package.tool", "loader_package/tool.py"),
    ],
)
def test_a_module_runs_as_main_and_a_package_by_its_main_module(
    files: Folder, capsys: pytest.CaptureFixture[str], name: str, file: str
) -> None:
    folder = files(
        loader_program=PROGRAM,
        loader_package__in____init__="",
        loader_package__in____main__=PROGRAM,
        loader_package__in__tool=PROGRAM,
    )

    target = load(wire.Load(name, is_module=True, arguments=("0",)))
    target.call()

    assert capsys.readouterr().out == "__main__ ['0']\n"
    assert (target.name, target.is_program) == (f"-m {name}", True)
    assert target.definition == (str(folder / file), 1, "<module>", "<module>")


class Handler:
    def run(self, request: object, *, fast: bool) -> None: ...


def _takes(first: object, /, second: object, third: object = 1, *more: object) -> None: ...


@pytest.mark.parametrize(
    ("call", "count"),
    [(list, 0), (_takes, 2), (Handler().run, 1), (Handler.run, 2), (Handler, 0), (lambda: None, 0)],
)
def test_the_arguments_that_a_call_needs_are_counted(call: Callable[..., Any], count: int) -> None:
    assert arguments_wanted(call) == count


def test_a_signature_that_can_not_be_told_needs_no_arguments() -> None:
    class Unsigned:
        __signature__ = 7

        def __call__(self) -> None: ...

    assert arguments_wanted(Unsigned()) == 0
    assert arguments_wanted(dict.fromkeys) in {0, 1}


@pytest.mark.skipif(os.name != "posix", reason="names are bytes there")
def test_a_name_is_read_as_utf_8_whatever_the_locale_is(files: Folder) -> None:
    files(loader_app="def größe():\n    return 'handled'\n")

    assert load_callable("loader_app:größe")() == "handled"
