"""Files, lines and functions as a report names them."""

import pytest

from leakscan import wire
from leakscan.analysis.naming.stack_frames import Places
from leakscan.model.analysis import Frame
from tests.unit.analysis.records import a_header

LIBRARY = "/srv/app/.venv/lib/python3.11/site-packages"
HEADER = a_header()._replace(library_paths=(LIBRARY,))
FUNCTIONS = (("/srv/app/jobs.py", 7, "put", "Jobs.put"),)
STACK = ((f"{LIBRARY}/cachetools/keys.py", 31), ("/srv/app/jobs.py", 7), ("/srv/app/main.py", 3))


def test_a_file_below_the_folder_of_the_run_is_named_from_there() -> None:
    places = Places([HEADER], FUNCTIONS)

    assert places.file("/srv/app/jobs.py") == "jobs.py"
    assert places.file("/srv/application/jobs.py") == "/srv/application/jobs.py"
    assert Places([], ()).file("/srv/app/jobs.py") == "/srv/app/jobs.py"


def test_what_is_shown_is_the_users_own_line_though_the_library_lies_in_the_same_folder() -> None:
    shown = Places([HEADER], FUNCTIONS).shown(STACK)

    assert shown == Frame(file="jobs.py", line=7, function="put", qualname="Jobs.put")


def test_the_innermost_line_is_shown_where_none_is_the_users_own() -> None:
    places = Places([HEADER], ())

    assert places.shown(STACK[:1]).file == ".venv/lib/python3.11/site-packages/cachetools/keys.py"
    assert places.shown(()).file == "?"


@pytest.mark.parametrize("caller", [*wire.CALLERS, *wire.FORMER_CALLERS])
def test_a_stack_ends_above_the_frames_of_the_agent(caller: str) -> None:
    frames = (*STACK, (f"/opt/leakscan/{caller}", 90), ("/usr/bin/leakscan", 1))

    assert [frame.line for frame in Places([HEADER], ()).stack(frames)] == [31, 7, 3]


def test_no_line_is_of_a_module_only_because_no_function_was_asked_for() -> None:
    assert Places([a_header()], (), are_all=False).frame("/srv/app/app.py", 7).qualname == "?"
    assert Places([a_header()], ()).frame("/srv/app/app.py", 7).qualname == "<module>"
