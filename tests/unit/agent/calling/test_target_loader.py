"""What the user typed becomes something to call, or a record that says what is wrong with it."""

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leakscan import wire
from leakscan.agent.calling import target_loader
from leakscan.agent.calling.target_loader import CannotLoad, arguments_wanted, load, load_callable

APP = """
import sys

LIMIT = 10

def handle():
    return "handled"

def fails():
    raise LookupError("nothing there")

class Job:
    @staticmethod
    def run():
        return "job done"

    def __call__(self):
        return "called"

JOB = Job()
"""
PROGRAM = """
import sys
print(__name__, sys.argv[1:])
if sys.argv[1:]:
    sys.exit(int(sys.argv[1]))
"""

TOOL = "loader_package.tool"
NOTHING_THERE = 'raise LookupError("nothing there")'
MISSING = "import loader_missing"
"""Lines that fail."""

Folder = Callable[..., Path]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """Puts files into the current folder; what is imported from there is forgotten in the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", ["leakscan"])
    loaded = set(sys.modules)

    def put(**sources: str) -> Path:
        for name, source in sources.items():
            file = tmp_path / (name.replace("__in__", "/") + ".py")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source, encoding="utf-8")
        return tmp_path

    yield put
    for name in set(sys.modules) - loaded:
        del sys.modules[name]


def _failure(target: str, *, is_module: bool = False) -> wire.LoadFailed:
    with pytest.raises(CannotLoad) as caught:
        load(wire.Load(target, is_module=is_module))
    assert str(caught.value) == caught.value.record.message
    return caught.value.record


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
    assert "no Python file" in _failure("script without ending:handle").message


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


@pytest.mark.parametrize(
    ("spec", "message", "wanted", "near"),
    [
        ("loader_app:handel", "`loader_app` has no `handel`", "handel", "handle"),
        ("loader_app:Job.runs", "`loader_app.Job` has no `runs`", "runs", "run"),
        ("loader_ap:handle", "there is no module `loader_ap`", "loader_ap", "loader_app"),
        ("loader_ap.py:handle", "there is no file `loader_ap.py`", "loader_ap.py", "loader_app.py"),
        ("loader_ap.py", "there is no file `loader_ap.py`", "loader_ap.py", "loader_app.py"),
        ("app", "`app` is neither a file nor module:function", "app", "loader_app.py"),
        ("loader_package.tol:run", "there is no module `loader_package.tol`", "loader_package.tol", TOOL),
        ("nowhere/app.py", "there is no file `nowhere/app.py`", "nowhere/app.py", None),
        ("folder/ap.py", "there is no file `folder/ap.py`", "folder/ap.py", "folder/app.py"),
    ],
)  # fmt: skip
def test_a_name_that_is_missing_comes_with_the_names_there_are(
    files: Folder, spec: str, message: str, wanted: str, near: str | None
) -> None:
    files(loader_app=APP, loader_package__in____init__="", loader_package__in__tool="", folder__in__app="")

    failure = _failure(spec)

    assert (failure.message, failure.wanted, failure.traceback) == (message, wanted, None)
    assert near in failure.names if near else failure.names == ()


def test_a_module_that_is_missing_under_m_comes_with_the_modules_there_are(files: Folder) -> None:
    files(loader_app=APP, loader_package__in____init__="")

    failure = _failure("loader_ap", is_module=True)

    assert (failure.message, failure.wanted) == ("there is no module `loader_ap`", "loader_ap")
    assert {"loader_app", "loader_package"} <= set(failure.names)


def test_a_part_of_what_is_no_package_can_not_be_run(files: Folder) -> None:
    files(loader_app=APP)

    failure = _failure("loader_app.part", is_module=True)

    assert failure.message.startswith("module `loader_app.part` can't be imported: ModuleNotFoundError: ")
    assert failure.wanted == "loader_app.part"


def test_a_module_without_a_spec_is_no_module_to_run(files: Folder) -> None:
    files()
    sys.modules["spec_loader_less"] = type(sys)("spec_loader_less")

    assert _failure("spec_loader_less", is_module=True).message == "there is no module `spec_loader_less`"


def test_what_can_not_be_called_comes_with_what_can(files: Folder) -> None:
    files(loader_app=APP)

    failure = _failure("loader_app:LIMIT")

    assert failure.message == "`loader_app:LIMIT` is a int, which can't be called"
    assert set(failure.names) == {"Job", "JOB", "fails", "handle"}


def test_no_module_before_the_colon_says_what_to_write(files: Folder) -> None:
    files()

    assert _failure(":handle").message == ("the target has no module before its colon: write module:function")


@pytest.mark.parametrize("spec", ["loader_app", "loader_app.py", "loader_app:"])
def test_a_setup_without_a_function_says_what_to_write(files: Folder, spec: str) -> None:
    files(loader_app=APP)

    with pytest.raises(CannotLoad) as caught:
        load_callable(spec)

    assert caught.value.record.message == (
        f"`{spec}` has no function: write module:function or path/file.py:function"
    )


@pytest.mark.parametrize("spec", ["loader_broken:handle", "loader_broken.py:handle"])
@pytest.mark.parametrize(
    ("source", "error", "last_line"),
    [
        ("import loader_app\nloader_app.fails()\n", "LookupError: nothing there", NOTHING_THERE),
        ("def (:\n", "SyntaxError: invalid syntax", None),
        (MISSING, "ModuleNotFoundError: No module named 'loader_missing'", MISSING),
        ("raise SystemExit('no database')\n", "SystemExit: no database", "raise SystemExit('no database')"),
    ],
)  # fmt: skip
def test_a_module_that_fails_says_its_error_and_shows_the_authors_frames_alone(
    files: Folder, spec: str, source: str, error: str, last_line: str | None
) -> None:
    folder = files(loader_app=APP, loader_broken=source)

    failure = _failure(spec)

    where = spec.rpartition(":")[0]
    assert failure.message == f"`{where}` can't be imported: {error}"
    assert failure.traceback is not None
    assert str(folder / "loader_broken.py") in failure.traceback
    assert "leakscan/agent" not in failure.traceback
    assert "importlib" not in failure.traceback
    assert last_line is None or last_line in failure.traceback


def test_a_ctrl_c_while_the_target_is_imported_is_no_failure_of_it(files: Folder) -> None:
    files(loader_broken="raise KeyboardInterrupt\n")

    for spec in ("loader_broken:handle", "loader_broken.py:handle"):
        with pytest.raises(KeyboardInterrupt):
            load(wire.Load(spec))


def test_an_owner_that_does_not_tell_its_names_has_none_near(files: Folder) -> None:
    files(
        loader_app="class Closed:\n    def __dir__(self):\n        raise OSError\nCLOSED = Closed()\n",
    )

    failure = _failure("loader_app:CLOSED.handle")

    assert (failure.message, failure.names) == ("`loader_app.CLOSED` has no `handle`", ())


def test_an_attribute_that_is_imported_late_and_fails_is_a_failed_import(files: Folder) -> None:
    files(loader_app="def __getattr__(name):\n    raise ImportError(f'no {name} here')\n")

    failure = _failure("loader_app:handle")

    assert failure.message == "`loader_app:handle` can't be imported: ImportError: no handle here"


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


def _raised(call: Callable[[], object]) -> BaseException:
    try:
        call()
    except BaseException as error:  # noqa: BLE001 - it is what is asked for
        return error
    raise AssertionError("nothing was raised")


def test_a_traceback_of_the_user_begins_with_their_first_frame(files: Folder) -> None:
    program = files(loader_app=APP, loader_program="import loader_app\nloader_app.fails()\n")
    target = load(wire.Load("loader_program.py"))
    error = _raised(target.call)
    assert error.__traceback__ is not None
    # As the agent catches it: the frame of the test, which is not leakscan's, is not below it.
    error = error.with_traceback(error.__traceback__.tb_next)

    lines = target_loader.users_traceback(error).splitlines()

    assert lines[1] == f'  File "{program / "loader_program.py"}", line 2, in <module>'
    assert lines[-1] == "LookupError: nothing there"
    frames = target_loader.users_frames(error)
    assert lines == target_loader.traceback_text(error, frames).splitlines()


def test_an_error_without_frames_of_the_user_has_none() -> None:
    assert target_loader.users_frames(LookupError("never raised")) is None
    assert target_loader.users_traceback(LookupError("never raised")) == "LookupError: never raised\n"


def test_where_the_library_is_broken_a_traceback_has_the_places_without_the_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> list[str]:
        raise LookupError("no codecs")

    def raises() -> None:
        raise KeyError("key")

    error = _raised(raises)
    monkeypatch.setattr(traceback, "format_exception", fails)
    monkeypatch.setattr(traceback, "format_exception_only", fails)

    lines = target_loader.traceback_text(error, error.__traceback__).splitlines()

    assert [line.rpartition(", ")[2] for line in lines] == ["in _raised", "in raises", "KeyError"]
    assert all(line.startswith(f'  File "{__file__}", line ') for line in lines[:-1])
    assert target_loader.error_text(error) == "KeyError"


def test_the_text_of_an_error_is_its_type_and_message_on_one_line() -> None:
    assert target_loader.error_text(LookupError("nothing\nthere")) == "LookupError: nothing"
    assert target_loader.error_text(ValueError()) == "ValueError"


def test_what_can_not_be_compiled_is_named_and_not_quoted() -> None:
    error = _raised(lambda: compile("def (:", "app.py", "exec"))

    assert target_loader.error_text(error) == "SyntaxError: invalid syntax"


@pytest.mark.skipif(os.name != "posix", reason="names are bytes there")
def test_a_name_is_read_as_utf_8_whatever_the_locale_is(files: Folder) -> None:
    files(loader_app="def größe():\n    return 'handled'\n")

    assert load_callable("loader_app:größe")() == "handled"
