"""Real suites, run by a real `pytest --leakscan` in a process of its own."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.integration.pytest_plugin.suites import KEPT, MIXED, QUICK

pytest_plugins = ["pytester"]

LEAKS = {
    "dict": (
        "CACHE = {}\ndef test_it(): CACHE[next(numbers)] = object()",
        "LEAKING: test_dict.CACHE (dict*",
    ),
    "class_attribute": (
        "class Store:\n    items = []\ndef test_it(): Store.items.append(str(next(numbers)))",
        "LEAKING: Store.items (list*",
    ),
    "closure": (
        """
def make():
    kept = []
    def inner(): kept.append(str(next(numbers)))
    return inner
inner = make()
def test_it(): inner()""",
        "LEAKING: cell 'kept' of make.<locals>.inner (list*",
    ),
    "lru_cache": (
        """
@functools.lru_cache(maxsize=None)
def price(n): return str(n)
def test_it(): price(next(numbers))""",
        "LEAKING: lru_cache of test_lru_cache.price (*",
    ),
}


@pytest.mark.parametrize("kind", LEAKS)
def test_a_leaking_test_fails_with_its_holder_and_its_line(pytester: pytest.Pytester, kind: str) -> None:
    source, line = LEAKS[kind]
    file = pytester.makepyfile(**{f"test_{kind}": f"{KEPT}\n{source}\n"})

    result = pytester.runpytest_subprocess(*QUICK, "-rf", file)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([
        "LEAKING (unbounded growth): *",
        f"  allocated at test_{kind}.py:*",
        "1 test looped, * iterations in * s: 1 leaking",
        f"FAILED test_{kind}.py::test_it - {line}",
    ])  # fmt: skip


def test_what_a_fixture_of_the_session_gathers_is_named_by_the_fixture(pytester: pytest.Pytester) -> None:
    file = pytester.makepyfile(
        """
        import pytest
        class Store:
            def __init__(self): self.items = {}
        @pytest.fixture(scope="session")
        def store(): return Store()
        def test_it(store): store.items[len(store.items)] = bytes(50)
        """
    )

    result = pytester.runpytest_subprocess(*QUICK, file)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  held by      fixture 'store' → .items"])


def test_what_cannot_be_looped_is_run_once_and_the_reason_is_said(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mixed=MIXED)
    pytester.maketxtfile(test_doc=">>> 1 + 1\n2\n")

    result = pytester.runpytest_subprocess(*QUICK, "--leakscan-max-time=5", "test_mixed.py", "test_doc.txt")

    result.assert_outcomes(passed=5, failed=3, skipped=1, xfailed=1, errors=1)
    result.stdout.fnmatch_lines_random([
        "3 tests looped, * 1 clean, 2 leaking",
        "1 test not looped, it failed: test_mixed.py::test_failing",
        "1 test not looped, it was skipped: test_mixed.py::test_skipped",
        "1 test not looped, it is expected to fail: test_mixed.py::test_expected",
        "1 test not looped, it is no test function: test_doc.txt::test_doc.txt",
        "1 test not looped, it failed when it was run again: AssertionError: only once, password=…: *once",
        "1 test not looped, its teardown failed when it was run again: *: test_mixed.py::test_teardown",
        "1 test not looped, it waits for a server: test_mixed.py::test_waits",
    ])  # fmt: skip


def test_a_dict_of_atoms_that_grows_is_named_in_a_test_that_follows_clean_ones(
    pytester: pytest.Pytester,
) -> None:
    source = """
SEEN = {}
@pytest.mark.parametrize("n", [1, 2])
def test_clean(n): assert n
def test_leaky(): SEEN[next(numbers)] = 1
"""
    file = pytester.makepyfile(test_seen=f"{KEPT}\n{source}\n")

    result = pytester.runpytest_subprocess(
        "--leakscan", "--leakscan-max-time=60", "-p", "no:cacheprovider", file
    )

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines([
        "test_seen.SEEN (dict, * entries, +1.0 per call, none removed)*",
        "*allocated at test_seen.py:8 in test_leaky",
    ])  # fmt: skip


def test_a_slow_test_is_not_looped(pytester: pytest.Pytester) -> None:
    file = pytester.makepyfile("import time\ndef test_slow(): time.sleep(0.03)\n")

    result = pytester.runpytest_subprocess("--leakscan", "--leakscan-max-time=1", file)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["1 test not looped, it takes 0.* s, too slow for 1 s of iterations: *::test_slow"]
    )


def test_workers_report_what_they_found(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mixed=MIXED)

    result = pytester.runpytest_subprocess(*QUICK, "-n2", "-rf", "--junitxml=out.xml", "test_mixed.py")

    result.stdout.fnmatch_lines_random([
        "3 tests looped, * 1 clean, 2 leaking",
        "FAILED test_mixed.py::test_leaky - LEAKING: test_mixed.CACHE (dict*",
        "FAILED test_mixed.py::TestCase::test_unit - LEAKING: test_mixed.CACHE (dict*",
    ])  # fmt: skip
    document = ET.parse(pytester.path / "out.xml")  # noqa: S314 - it is our own
    cases = {case.get("name"): case for case in document.iter("testcase")}
    failure = cases["test_leaky"].find("failure")
    assert failure is not None
    assert str(failure.get("message")).startswith("LEAKING: test_mixed.CACHE (dict")
    assert "allocated at" in str(failure.text)
    properties = {
        name: [each.get("value") for each in case.iter("property") if each.get("name") == "leakscan"]
        for name, case in cases.items()
    }
    assert properties["test_clean"][0].startswith("clean: ")  # type: ignore[union-attr]
    assert properties["test_failing"] == []


def test_the_first_leak_ends_the_session_that_asks_for_it_and_is_run_first_the_next_time(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(test_mixed=MIXED)
    quick = ("--leakscan", "--leakscan-calls=60", "-p", "no:randomly")

    stopped = pytester.runpytest_subprocess(*quick, "-x", "test_mixed.py")
    again = pytester.runpytest_subprocess(*quick, "--lf", "test_mixed.py")

    stopped.assert_outcomes(failed=1)
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["FAILED test_mixed.py::test_leaky - LEAKING: *"])


def test_each_test_that_grew_has_its_files(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mixed=MIXED)

    pytester.runpytest_subprocess(
        *QUICK, "--leakscan-html=pages", "--leakscan-json=reports/json", "test_mixed.py"
    )

    pages = sorted(path.name.rpartition("-")[0] for path in (pytester.path / "pages").iterdir())
    assert pages == ["test_mixed.py-TestCase-test_unit", "test_mixed.py-test_leaky"]
    reports = [json.loads(path.read_text()) for path in (pytester.path / "reports" / "json").iterdir()]
    assert {report["verdict"] for report in reports} == {"LEAKING"}
    again = "pytest --leakscan --leakscan-calls=120 test_mixed.py::test_leaky"
    assert any(again in path.read_text() for path in (pytester.path / "pages").iterdir())


def test_files_have_names_that_a_disk_takes() -> None:
    from leakscan.pytest_plugin.report_files import file_name

    name = file_name("tests/a.py::TestX::test_y[" + "/é " * 100 + "]")

    assert len(Path(name).name) < 140
    assert "/" not in name
