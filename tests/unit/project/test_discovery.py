"""What a project has that could be a target."""

from pathlib import Path

from leakscan.project.discovery import Candidate, discover

TESTS = """
import pytest

def test_plain(): ...
async def test_async(): ...
def test_default(number=3): ...

@pytest.mark.asyncio
async def test_marked(): ...

def test_with_fixture(tmp_path): ...

@pytest.mark.parametrize("number", [1])
def test_each(number=1): ...

class TestIt:
    def test_method(self): ...
    def helper(self): ...

def helper(): ...
raise SystemExit("nobody imports this")
"""


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_tests_that_need_nothing_are_found_and_the_others_are_counted(tmp_path: Path) -> None:
    write(tmp_path, "tests/unit/test_it.py", TESTS)

    found = discover(tmp_path, {})

    assert [candidate.target for candidate in found.candidates] == [
        "tests/unit/test_it.py:test_plain",
        "tests/unit/test_it.py:test_async",
        "tests/unit/test_it.py:test_default",
        "tests/unit/test_it.py:test_marked",
    ]
    assert {candidate.origin for candidate in found.candidates} == {"test function"}
    assert found.tests_with_needs == 3


def test_console_scripts_are_found(tmp_path: Path) -> None:
    scripts = {"project": {"scripts": {"app": "app.cli:main", "other": "app.other:run [extra]"}}}

    assert discover(tmp_path, scripts).candidates == (
        Candidate(name="app", target="app.cli:main", origin="console script app"),
        Candidate(name="other", target="app.other:run", origin="console script other"),
    )


def test_tests_are_looked_for_where_pytest_does(tmp_path: Path) -> None:
    for place in ("checks/test_a.py", "tests/test_b.py", "test_c.py", "checks/helper.py", "checks/d_test.py"):
        write(tmp_path, place, "def test_it(): ...")
    options = {"tool": {"pytest": {"ini_options": {"testpaths": ["checks"]}}}}

    found = discover(tmp_path, options).candidates

    assert [candidate.target.partition(":")[0] for candidate in found] == [
        "checks/d_test.py",
        "checks/test_a.py",
        "test_c.py",
    ]


def test_candidates_of_one_name_are_called_by_their_whole_target(tmp_path: Path) -> None:
    for place in ("tests/a/test_it.py", "tests/b/test_it.py"):
        write(tmp_path, place, "def test_it(): ...")

    assert [candidate.name for candidate in discover(tmp_path, {}).candidates] == [
        "tests/a/test_it.py:test_it",
        "tests/b/test_it.py:test_it",
    ]


def test_a_file_that_is_no_python_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "tests/test_broken.py", "def test_it(:")

    assert discover(tmp_path, {}).candidates == ()
