"""What is told of an error of the target: its text, and the frames of its authors."""

import traceback
from collections.abc import Callable

import pytest

from leakscan import wire
from leakscan.agent.calling import target_loader
from leakscan.agent.calling.target_loader import load
from tests.unit.agent.calling.loading import APP, Folder


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
