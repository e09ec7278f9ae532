"""Real suites, run by a real `pytest --leakscan` in a process of its own."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

pytest_plugins = ["pytester"]

QUICK = ("--leakscan", "--leakscan-calls=120", "-p", "no:cacheprovider")
KEPT = """
import functools, itertools, pytest
numbers = itertools.count(1000)
"""
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


@pytest.fixture(autouse=True)
def _plain(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A suite without settings, on a wide terminal; async plugins told what they warn of otherwise."""
    monkeypatch.setenv("COLUMNS", "200")
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")


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


EVERY_FIXTURE = """
import logging, threading, unittest, warnings
from unittest import mock
import pytest

@pytest.fixture(scope="session")
def double():
    return mock.Mock()

@pytest.fixture(scope="module")
def shared(double):
    return {"a": 1}

@pytest.fixture
def used(shared, double):
    double.begin(object())
    yield shared
    double.end(object())

class TestMethods:
    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def once(cls):
        cls.setups = getattr(cls, "setups", 0) + 1
        yield

    def setup_method(self):
        self.own = []

    def test_instance(self, used):
        self.own.append(1)
        assert (self.setups, self.own) == (1, [1])

class TestCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.values = [1]

    def setUp(self):
        self.addCleanup(lambda: None)

    def test_subtest(self):
        with self.subTest(i=1):
            self.assertEqual(self.values, [1])

    @mock.patch("os.getcwd", return_value="x")
    def test_patched(self, getcwd):
        getcwd()

def test_double(double, used): double.child(object()); double.other.deeper(1)
def test_dynamic(request): request.getfixturevalue("used")
def test_tmp_path(tmp_path): (tmp_path / "a").write_text("x")
def test_capsys(capsys): print("hello"); assert capsys.readouterr().out == "hello\\n"
def test_capfd(capfd): print("hello"); assert capfd.readouterr().out == "hello\\n"
def test_print(): print("x" * 1000)
def test_caplog(caplog): logging.getLogger("a").warning("w"); assert len(caplog.records) == 1
def test_log(): logging.getLogger("b").error("x %d", 2)
def test_warning(): warnings.warn("often")
def test_warns():
    with pytest.warns(UserWarning): warnings.warn("expected")
def test_recwarn(recwarn): warnings.warn("w"); assert len(recwarn) == 1
def test_setenv(monkeypatch): monkeypatch.setenv("A", "b")
def test_setattr(monkeypatch): monkeypatch.setattr(logging, "x", 1, raising=False)
def test_raises():
    with pytest.raises(ValueError): int("x")
def test_finalizer(request): request.addfinalizer(lambda: None)
def test_property(record_property): record_property("a", object)
def test_marker(request): request.node.add_marker(pytest.mark.usefixtures("used"))
def test_doctest_namespace(doctest_namespace): doctest_namespace["a"] = 1
def test_pytestconfig(pytestconfig): assert pytestconfig.rootpath
def test_thread():
    thread = threading.Thread(target=str); thread.start(); thread.join()
@pytest.mark.parametrize("a", [1, 2])
def test_parameters(a, used): assert a
@pytest.fixture(params=["x", "y"], scope="module")
def parameter(request): return request.param
def test_module_parameters(parameter, used): assert parameter
"""


@pytest.mark.parametrize(
    "more", [(), ("-s", "-W", "ignore::UserWarning"), ("--capture=sys", "-v", "--junitxml=x.xml")]
)
@pytest.mark.untraced
def test_what_pytest_itself_keeps_is_no_leak_of_a_test(
    pytester: pytest.Pytester, more: tuple[str, ...]
) -> None:
    file = pytester.makepyfile(EVERY_FIXTURE)
    once = pytester.runpytest_subprocess("-p", "no:leakscan", file).parseoutcomes()

    result = pytester.runpytest_subprocess(*QUICK, "-p", "no:xdist", *more, file)

    assert result.ret == pytest.ExitCode.OK
    assert result.parseoutcomes()["passed"] == once["passed"]
    summary = next(line for line in result.outlines if " looped, " in line)
    assert summary.startswith(f"{once['passed']} tests looped")
    assert "leaking" not in summary


ASYNC = {
    "asyncio": "@pytest.mark.asyncio",
    "anyio": "@pytest.mark.anyio",
}


@pytest.mark.parametrize("name", ASYNC)
def test_asynchronous_tests_are_looped(pytester: pytest.Pytester, name: str) -> None:
    file = pytester.makepyfile(
        f"""
        import asyncio, pytest
        KEPT = []
        @pytest.fixture
        def anyio_backend(): return "asyncio"
        {ASYNC[name]}
        async def test_leaky():
            await asyncio.sleep(0)
            KEPT.append(bytes(100))
        {ASYNC[name]}
        async def test_clean():
            await asyncio.sleep(0)
        """
    )

    result = pytester.runpytest_subprocess(*QUICK, "-rf", file)

    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["FAILED *::test_leaky - LEAKING: test_*.KEPT (list*"])
    result.stdout.fnmatch_lines(["2 tests looped, *"])


MIXED = f"""
{KEPT}
import unittest
CACHE = {{}}
RUNS = []
def test_leaky(): CACHE[next(numbers)] = object()
def test_clean(): pass
def test_failing(): assert 0
def test_skipped(): pytest.skip("not here")
@pytest.mark.xfail
def test_expected(): assert 0
def test_once():
    RUNS.append(1)
    assert len(RUNS) < 5, "only once, password=hunter2"
@pytest.fixture
def four():
    RUNS.append(1)
    yield
    assert len(RUNS) < 20, "torn down too often"
def test_teardown(four): pass
@pytest.mark.leakscan(skip="it waits for a server")
def test_waits(): pass
class TestCase(unittest.TestCase):
    def test_unit(self): CACHE[next(numbers)] = object()
"""


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


MARKED = f"""
{KEPT}
CACHE = {{}}
OTHER = []
def leak(): CACHE[next(numbers)] = object()
@pytest.mark.leakscan(threshold="1KiB")
def test_under_the_threshold(): leak()
@pytest.mark.leakscan(threshold=1)
def test_over_the_threshold(): leak()
@pytest.mark.leakscan(holder="test_marked.CACHE")
def test_accepted_holder(): leak()
@pytest.mark.leakscan(holder="test_marked.*", threshold="1B")
def test_holder_over_its_threshold(): leak()
@pytest.mark.leakscan(holder="test_marked.CACHE")
def test_another_holder():
    leak()
    OTHER.append(bytes(200))
@pytest.mark.leakscan(calls=240)
def test_calls(): pass
"""


def test_a_marker_limits_the_growth_of_its_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_marked=MARKED)

    result = pytester.runpytest_subprocess(*QUICK, "-rA", "--strict-markers", "test_marked.py")

    outcomes = {
        line.split("::")[1].split(" ")[0]: line.split(" ")[0]
        for line in result.outlines
        if line.startswith(("PASSED", "FAILED"))
    }
    assert outcomes == {
        "test_under_the_threshold": "PASSED",
        "test_over_the_threshold": "FAILED",
        "test_accepted_holder": "PASSED",
        "test_holder_over_its_threshold": "FAILED",
        "test_another_holder": "FAILED",
        "test_calls": "PASSED",
    }
    result.stdout.fnmatch_lines(["6 tests looped, * iterations in * s: 2 clean, 3 leaking, 1 accepted"])


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("clls=3", "the marker knows no `clls`, only calls, threshold, max_time, holder, skip"),
        ("calls=3", "`3` calls can't tell growth from noise: give a whole number ≥ 12"),
        ("3", "the marker takes no positional arguments"),
        ("threshold='lots'", "*lots*"),
    ],
)
def test_a_mistake_in_a_marker_is_said_before_anything_runs(
    pytester: pytest.Pytester, marker: str, message: str
) -> None:
    file = pytester.makepyfile(f"import pytest\n@pytest.mark.leakscan({marker})\ndef test_it(): pass\n")

    result = pytester.runpytest_subprocess(*QUICK, file)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: *::test_it: leakscan: {message}"])


def test_a_mistake_on_the_command_line_is_said(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("--leakscan", "--leakscan-max-time=soon")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: leakscan: `soon` is not a number of seconds > 0"])


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


def test_without_the_option_nothing_is_loaded_and_nothing_happens(pytester: pytest.Pytester) -> None:
    file = pytester.makepyfile(
        """
        import sys
        def test_it():
            ours = {name for name in sys.modules if name.startswith("leakscan")}
            assert ours == {"leakscan", "leakscan.pytest_plugin"}
        """
    )

    pytester.runpytest_subprocess("-W", "error", file).assert_outcomes(passed=1)


def test_warnings_as_errors_and_threads_are_no_hindrance(pytester: pytest.Pytester) -> None:
    file = pytester.makepyfile(
        """
        import threading, pytest
        KEPT = {}
        @pytest.fixture(scope="session", autouse=True)
        def thread():
            end = threading.Event()
            thread = threading.Thread(target=end.wait)
            thread.start()
            yield
            end.set()
            thread.join()
        def test_leaky(): KEPT[len(KEPT)] = bytes(100)
        """
    )

    result = pytester.runpytest_subprocess("-W", "error", *QUICK, file)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  emptying it freed *"])


def test_the_folders_of_the_iterations_are_removed(pytester: pytest.Pytester) -> None:
    file = pytester.makepyfile("def test_it(tmp_path): (tmp_path / 'a').write_text('x')\n")

    pytester.runpytest_subprocess(*QUICK, "--basetemp=temporary", file)

    kept = [path.name for path in (pytester.path / "temporary").iterdir() if not path.is_symlink()]
    assert len(kept) <= 2
    assert "test_it0" in kept


def test_files_have_names_that_a_disk_takes() -> None:
    from leakscan.pytest_plugin.report_files import file_name

    name = file_name("tests/a.py::TestX::test_y[" + "/é " * 100 + "]")

    assert len(Path(name).name) < 140
    assert "/" not in name
