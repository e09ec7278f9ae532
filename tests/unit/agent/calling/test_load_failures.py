"""Targets that can't be loaded: what is said, and which names are near."""

import sys

import pytest

from leakscan import wire
from leakscan.agent.calling.target_loader import CannotLoad, load, load_callable
from tests.unit.agent.calling.loading import APP, Folder, failure_of

TOOL = "loader_package.tool"
NOTHING_THERE = 'raise LookupError("nothing there")'
MISSING = "import loader_missing"
"""Lines that fail."""


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

    failure = failure_of(spec)

    assert (failure.message, failure.wanted, failure.traceback) == (message, wanted, None)
    assert near in failure.names if near else failure.names == ()


def test_a_module_that_is_missing_under_m_comes_with_the_modules_there_are(files: Folder) -> None:
    files(loader_app=APP, loader_package__in____init__="")

    failure = failure_of("loader_ap", is_module=True)

    assert (failure.message, failure.wanted) == ("there is no module `loader_ap`", "loader_ap")
    assert {"loader_app", "loader_package"} <= set(failure.names)


def test_a_part_of_what_is_no_package_can_not_be_run(files: Folder) -> None:
    files(loader_app=APP)

    failure = failure_of("loader_app.part", is_module=True)

    assert failure.message.startswith("module `loader_app.part` can't be imported: ModuleNotFoundError: ")
    assert failure.wanted == "loader_app.part"


def test_a_module_without_a_spec_is_no_module_to_run(files: Folder) -> None:
    files()
    sys.modules["spec_loader_less"] = type(sys)("spec_loader_less")

    assert failure_of("spec_loader_less", is_module=True).message == "there is no module `spec_loader_less`"


def test_what_can_not_be_called_comes_with_what_can(files: Folder) -> None:
    files(loader_app=APP)

    failure = failure_of("loader_app:LIMIT")

    assert failure.message == "`loader_app:LIMIT` is a int, which can't be called"
    assert set(failure.names) == {"Job", "JOB", "fails", "handle"}


def test_no_module_before_the_colon_says_what_to_write(files: Folder) -> None:
    files()

    assert failure_of(":handle").message == (
        "the target has no module before its colon: write module:function"
    )


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

    failure = failure_of(spec)

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

    failure = failure_of("loader_app:CLOSED.handle")

    assert (failure.message, failure.names) == ("`loader_app.CLOSED` has no `handle`", ())


def test_an_attribute_that_is_imported_late_and_fails_is_a_failed_import(files: Folder) -> None:
    files(loader_app="def __getattr__(name):\n    raise ImportError(f'no {name} here')\n")

    failure = failure_of("loader_app:handle")

    assert failure.message == "`loader_app:handle` can't be imported: ImportError: no handle here"
