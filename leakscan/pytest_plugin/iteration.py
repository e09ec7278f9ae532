"""One iteration of a test: teardown, setup and call, each as pytest itself does it.

An iteration begins and ends where the test has just been called. What pytest keeps for its reports in each
iteration is dropped; what the test keeps is not.
"""

import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from _pytest.fixtures import FixtureDef
from _pytest.runner import call_and_report

from leakscan.pytest_plugin.mock_calls import MockCalls
from leakscan.runner.without_child import Host

_RUNNER = {"_pytest", "pytest", "pluggy", "pytest_asyncio", "xdist", "execnet"}


class IterationFailed(Exception):
    """A phase of an iteration did not pass, though it did the first time."""

    def __init__(self, report: pytest.TestReport) -> None:
        super().__init__(report.nodeid)
        self.report = report


class Iterations:
    """Runs a test that has been called once, again and again."""

    def __init__(self, item: pytest.Function) -> None:
        self._item: Any = item
        self._mock_calls = MockCalls()
        self._iterations_with_new_mocks = 1
        self._lists = [(each, len(each)) for each in _lists_of(item)]
        self._first_folder = self._folder
        self.is_torn_down = False
        """Whether a teardown was the last that happened to the test."""

    def iterate(self) -> None:
        """Tear the test down, set it up and call it.

        Raises IterationFailed where one of the three does not pass.
        """
        folder = self._folder
        # The parent stays: fixtures of a class, a module, the session are set up once for all iterations.
        self.is_torn_down = True
        self._phase("teardown", nextitem=self._item.parent)
        if folder is not None and folder != self._first_folder:
            shutil.rmtree(folder, ignore_errors=True)
        del folder
        self.renew()
        self._phase("setup")
        self._phase("call")

    def renew(self) -> None:
        """Make the test, torn down, as it was before its first run."""
        item = self._item
        for each, length in self._lists:
            del each[length:]
        if self._iterations_with_new_mocks:
            # The first teardown may have called mocks that were never called before.
            self._iterations_with_new_mocks -= 1
            self._mock_calls.find_new()
        self._mock_calls.truncate()
        _drop_idle_finalizers(item)
        if isinstance(item.parent, pytest.Class) and "_instance" in vars(item):
            # Each run of a method has an instance of its own.
            item._obj = None
            del item._instance
        item._initrequest()
        self.is_torn_down = False

    def host(self) -> Host:
        """The fixtures that stay between iterations, by their names, and all that is pytest's own."""
        item = self._item
        kept = {
            f"fixture '{name}'": definition.cached_result[0]
            for name, definition in item._request._fixture_defs.items()
            if definition.scope != "function"
            and definition.cached_result is not None
            and not definition.func.__module__.startswith("_pytest.")
        }
        # Each of the fixtures is held by these, wherever a chain through the runner comes from.
        holders = [
            part
            for definition in item._request._fixture_defs.values()
            for part in (definition, definition.cached_result)
        ]
        whole = (item, item.funcargs, item._request, item.session, item.config, item.config.pluginmanager)
        return Host(kept, (*whole, item.session._setupstate, *holders, *_runners_modules()))

    def _phase(self, when: Any, **arguments: object) -> None:
        report = call_and_report(self._item, when, log=False, **arguments)
        if not report.passed or hasattr(report, "wasxfail"):
            raise IterationFailed(report)

    @property
    def _folder(self) -> Path | None:
        """The folder that pytest's own `tmp_path` made for this iteration."""
        definitions = self._item._fixtureinfo.name2fixturedefs.get("tmp_path")
        if not definitions or definitions[-1].func.__module__ != "_pytest.tmpdir":
            return None
        folder: Path | None = (self._item.funcargs or {}).get("tmp_path")
        return folder


def _runners_modules() -> Iterator[object]:
    """The modules of the test runner, and their namespaces, which lead to every fixture of every test."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in _RUNNER:
            yield module
            yield getattr(module, "__dict__", None)


def _lists_of(item: Any) -> Iterator[list[Any]]:
    """The lists of a test that each run adds to for the sake of its reports."""
    yield item._report_sections
    yield item.user_properties
    yield item.own_markers


def _drop_idle_finalizers(item: Any) -> None:
    """Drop from the fixtures that stay the finalizers of those that are gone: each iteration adds one.

    pytest lets each fixture finish those that were built on it. To finish a finished one does nothing.
    """
    for definition in item._request._fixture_defs.values():
        _keep_needed(definition._finalizers)
    for finalizers, _error in item.session._setupstate.stack.values():
        _keep_needed(finalizers)


def _keep_needed(finalizers: list[Any]) -> None:
    # Those of the last iteration are the last.
    if finalizers and _is_idle(finalizers[-1]):
        finalizers[:] = [each for each in finalizers if not _is_idle(each)]


def _is_idle(finalizer: object) -> bool:
    if type(finalizer) is not partial:
        return False
    owner = getattr(finalizer.func, "__self__", None)
    return isinstance(owner, FixtureDef) and owner.cached_result is None


@contextmanager
def silenced(item: pytest.Item) -> Iterator[None]:
    """A block without the time limit of one run, whose warnings and reports are not shown again."""
    if item.config.pluginmanager.hasplugin("timeout"):
        item.ihook.pytest_timeout_cancel_timer(item=item)
    # A subtest reports by itself; the only way to have nobody hear is to have nobody listen.
    listeners = item.config.hook.pytest_runtest_logreport._hookimpls
    usual = list(listeners)
    with warnings.catch_warnings():
        warnings.showwarning = _not_shown
        listeners.clear()
        try:
            yield
        finally:
            listeners[:] = usual


def _not_shown(*details: object, **more: object) -> None:
    """Show nothing: the first run has shown the warning."""
