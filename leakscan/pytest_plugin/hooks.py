"""The hooks: each test runs once as usual, and if it passed, again and again until its growth is known."""

import os
from dataclasses import replace
from typing import Any

import pytest
from _pytest.runner import call_and_report

from leakscan.analysis import Settings, analyze
from leakscan.masking import message_text
from leakscan.model.analysis import Analysis
from leakscan.pytest_plugin.iteration import IterationFailed, Iterations, silenced
from leakscan.pytest_plugin.marker import Limits, limits_of
from leakscan.pytest_plugin.options import PluginOptions
from leakscan.pytest_plugin.result import Result, Status, not_looped, result_of
from leakscan.pytest_plugin.summary import summary_lines
from leakscan.runner.without_child import OverheardCaller, Runs, options_for

MIN_ITERATIONS = 40
"""Fewer can judge no test."""
_LIMITS = pytest.StashKey[Limits]()


class LeakChecks:
    """The hooks of a session with `--leakscan`: a worker runs the tests, the main process reports on them."""

    def __init__(self, options: PluginOptions) -> None:
        self._options = options
        self._unreported: dict[str, Result] = {}
        """By test that was run in this process, until its last report carries the result."""
        self._results: dict[str, Result] = {}
        self._runs = Runs()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Read the markers before anything is run: a mistake in one is no failure of its test.

        Raises pytest.UsageError for a marker that can't be read.
        """
        for item in items:
            try:
                markers = [_arguments(marker) for marker in item.iter_markers("leakscan")]
                item.stash[_LIMITS] = limits_of(markers, self._options)
            except ValueError as error:
                raise pytest.UsageError(f"{item.nodeid}: leakscan: {error}") from error

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run one test, where it is one that can be looped; else pytest runs it in its own way."""
        limits = item.stash[_LIMITS]
        reason = _why_not(item, limits)
        if reason is not None:
            self._unreported[item.nodeid] = not_looped(reason)
            return None
        assert isinstance(item, pytest.Function)
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        self._run(item, nextitem, limits)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Have the last report on a test carry its result: whoever prints it may be another process.

        No hook makes the reports of the iterations carry any: it would be called three times in each.
        """
        if report.when == "teardown" and report.nodeid in self._unreported:
            report.leakscan = self._unreported.pop(report.nodeid).as_plain()  # type: ignore[attr-defined]
        plain = getattr(report, "leakscan", None)
        if plain is not None:
            self._results[report.nodeid] = Result.of_plain(plain)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was looped, what was not and why, and what has no answer."""
        lines = summary_lines(self._results)
        if lines:
            terminalreporter.section("leakscan")
            for line in lines:
                terminalreporter.line(line)

    def _run(self, item: Any, nextitem: pytest.Item | None, limits: Limits) -> None:
        """What pytest's own protocol does, with the iterations between the call and the teardown."""
        if not item._request:
            item._initrequest()
        try:
            setup = call_and_report(item, "setup")
            if setup.passed:
                call = call_and_report(item, "call", log=False)
                if call.passed and not hasattr(call, "wasxfail"):
                    call = self._checked(item, setup, call, limits)
                else:
                    self._unreported[item.nodeid] = not_looped(_outcome_text(call))
                item.ihook.pytest_runtest_logreport(report=call)
            else:
                self._unreported[item.nodeid] = not_looped(_outcome_text(setup))
            if item.session.shouldfail or item.session.shouldstop:
                nextitem = None
            call_and_report(item, "teardown", nextitem=nextitem)
        finally:
            item._request = False
            item.funcargs = None

    def _checked(
        self, item: pytest.Function, setup: pytest.TestReport, call: pytest.TestReport, limits: Limits
    ) -> pytest.TestReport:
        """The report on a call that passed, or one that says what it leaks."""
        seconds = setup.duration + call.duration
        if seconds * (limits.calls or MIN_ITERATIONS) > limits.max_time_seconds:
            self._unreported[item.nodeid] = not_looped(
                f"it takes {seconds:.2g} s, too slow for {limits.max_time_seconds:g} s of iterations"
            )
            return call
        iterations = Iterations(item)
        try:
            analysis = self._looped(item, iterations, limits)
        except IterationFailed as stop:
            self._unreported[item.nodeid] = not_looped(_failure_text(stop.report))
            if iterations.is_torn_down:
                # Its teardown has to be done once more, where pytest reports it.
                iterations.renew()
                call_and_report(item, "setup", log=False)
            return call
        result = self._unreported[item.nodeid] = result_of(analysis, limits)
        item.user_properties.append(("leakscan", f"{result.status}: {result.reason}"))
        if result.status is Status.CLEAN:
            return call
        # A clean suite does not wait for the reports to be imported.
        from leakscan.pytest_plugin.failure import failed_report
        from leakscan.pytest_plugin.report_files import write_files

        write_files(analysis, item.nodeid, self._options.folders, shows_source=self._options.shows_source)
        fails = result.status is Status.LEAKING or (
            result.status is Status.NO_ANSWER and self._options.fails_without_answer
        )
        return failed_report(item, call, analysis) if fails else call

    def _looped(self, item: pytest.Function, iterations: Iterations, limits: Limits) -> Analysis:
        options = options_for(
            item.nodeid,
            calls=limits.calls,
            max_time_seconds=limits.max_time_seconds,
            shows_keys=self._options.shows_keys,
        )
        options = replace(options, command=_command(item))
        with silenced(item):
            recording = self._runs.run(OverheardCaller(iterations.iterate), options, host=iterations.host)
        return analyze(recording.records, Settings(threshold_bytes_per_call=limits.threshold_bytes))


def _command(item: pytest.Item) -> tuple[str, ...]:
    """The command that loops this test again, as often as this session does."""
    calls = item.config.getoption("leakscan_calls")
    looping = ("--leakscan",) if calls is None else ("--leakscan", f"--leakscan-calls={calls}")
    return ("pytest", *looping, f"{os.path.relpath(item.path)}::{item.nodeid.partition('::')[2]}")


def _arguments(marker: pytest.Mark) -> dict[str, Any]:
    if marker.args:
        raise ValueError("the marker takes no positional arguments")
    return dict(marker.kwargs)


def _why_not(item: pytest.Item, limits: Limits) -> str | None:
    """Why the test is not looped, where that is known before it is run."""
    if limits.skip is not None:
        return limits.skip
    if not isinstance(item, pytest.Function):
        return "it is no test function"
    if item.config.getoption("setuponly", default=False):
        return "it is only set up"
    return None


def _outcome_text(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "it is expected to fail"
    return {"failed": "it failed", "skipped": "it was skipped"}.get(report.outcome, "it was not called")


def _failure_text(report: pytest.TestReport) -> str:
    phases = {"setup": "its setup", "call": "it", "teardown": "its teardown"}
    what = "was skipped" if report.skipped else "failed"
    crash = getattr(report.longrepr, "reprcrash", None)
    message = (
        f": {message_text(crash.message).splitlines()[0]}" if crash is not None and crash.message else ""
    )
    return f"{phases[str(report.when)]} {what} when it was run again{message}"
