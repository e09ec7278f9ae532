"""Suites as they are written: whatever pytest offers is looped, and nothing of it is a leak."""

import pytest

from tests.integration.pytest_plugin.suites import QUICK

pytest_plugins = ["pytester"]

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
