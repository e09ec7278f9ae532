"""For tests and programs that watch their own code: `assert_no_growth` and `watch`.

Both run the stages of `leakscan run` in the process that calls them.
"""

import _thread
import contextlib
import sys
import warnings
from collections.abc import Callable, Iterator
from itertools import repeat
from types import TracebackType
from typing import Any, Literal, Self

from leakscan import units
from leakscan.analysis import Settings, analyze
from leakscan.model.analysis import Analysis
from leakscan.model.run import RunOptions, Verdict
from leakscan.recording import Recording
from leakscan.runner.without_child import OverheardCaller, Runs, options_for

Inconclusive = Literal["warn", "raise", "pass"]
"""What is done where neither growth nor its absence could be proved."""


class GrowthError(AssertionError):
    """The watched code leaks; the text is the report, `analysis` the answer itself."""

    def __init__(self, analysis: Analysis) -> None:
        super().__init__(report_of(analysis))
        self.analysis = analysis


class InconclusiveError(AssertionError):
    """Neither growth nor its absence could be proved; the text says why, and what would settle it."""

    def __init__(self, analysis: Analysis) -> None:
        super().__init__(sentence_of(analysis))
        self.analysis = analysis


class InconclusiveWarning(UserWarning):
    """Neither growth nor its absence could be proved, and nothing has failed."""


def assert_no_growth(
    func: Callable[[], Any],
    *,
    calls: int | None = None,
    threshold: float | str = 0,
    max_time: float | None = None,
    inconclusive: Inconclusive = "warn",
    name: str | None = None,
    show_keys: bool = False,
) -> Analysis:
    """The analysis of calling `func` again and again, if it does not leak.

    `func` takes no argument; if it returns a coroutine, that is awaited, if it returns a generator, that is
    exhausted. `calls` is how often it is called in all, at least 12; None: as often as the proof takes.
    `threshold` is the growth per call, in bytes or as text (`"64B"`, `"1KiB"`), under which nothing fails.
    `max_time` is in seconds: no new calls are begun to look for growth after about that long. `show_keys` has
    the keys on the way to a holder shown in full, and not their shape.

    Raises GrowthError if it leaks, and whatever `func` raises. If there is no answer, it warns with
    InconclusiveWarning, or raises InconclusiveError if `inconclusive` is `"raise"`.
    """
    options = options_for(
        name or _name_of(func), calls=calls, max_time_seconds=max_time, shows_keys=show_keys
    )
    settings = _settings(threshold)
    recording = Runs().run(OverheardCaller(func), options)
    return _judged(recording, settings, inconclusive, stacklevel=3)


def watch(
    *,
    calls: int | None = None,
    threshold: float | str = 0,
    max_time: float | None = None,
    inconclusive: Inconclusive = "warn",
    name: str | None = None,
    show_keys: bool = False,
) -> "Watch":
    """A context manager over which the code to be watched loops; one iteration is one call.

        with leakscan.watch() as watched:
            for _ in watched:
                handle(request)

    The loop ends by itself. The arguments, and what is raised at the end of the block, are those of
    `assert_no_growth`. What the block raises goes on its way; RuntimeError is raised where it leaves the loop
    early, or never begins one.
    """
    where = sys._getframe(1)  # noqa: SLF001 - the place of the caller is the name of what is watched
    options = options_for(
        name or f"{where.f_code.co_filename}:{where.f_lineno}",
        calls=calls,
        max_time_seconds=max_time,
        shows_keys=show_keys,
    )
    return Watch(options, _settings(threshold), inconclusive)


class Watch:
    """A loop whose iterations are counted and measured; see `watch`.

    The agent works on a thread of its own while this one waits between two rounds: never both at a time.
    """

    def __init__(self, options: RunOptions, settings: Settings, inconclusive: Inconclusive) -> None:
        self._options = options
        self._settings = settings
        self._inconclusive = inconclusive
        self._baton = _Baton()
        self._recording: Recording | None = None
        self._error: BaseException | None = None
        self._is_begun = False
        self._analysis: Analysis | None = None

    @property
    def analysis(self) -> Analysis | None:
        """The answer; None until the block has ended."""
        return self._analysis

    def __enter__(self) -> Self:
        return self

    def __iter__(self) -> Iterator[None]:
        if self._is_begun:
            raise RuntimeError("this watch has been looped over already: make a new one")
        self._is_begun = True
        _thread.start_new_thread(self._run, ())
        return self._iterations()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._baton.abandon(is_running=self._is_begun)
        if error is not None:
            return
        if not self._is_begun:
            raise RuntimeError("nothing was watched: loop over what `watch` gives, `for _ in watched: ...`")
        if self._error is not None:
            raise self._error
        if self._recording is None:
            raise RuntimeError("the loop was left before there was an answer: let it end by itself")
        analysis = self._analysis = analyze(self._recording.records, self._settings)
        _check(analysis, self._inconclusive, stacklevel=3)

    def _iterations(self) -> Iterator[None]:
        while (calls := self._baton.calls_to_make()) is not None:
            yield from repeat(None, calls)

    def _run(self) -> None:
        """On the agent's thread: the whole run, whose calls the loop on the other thread makes."""
        try:
            self._recording = Runs().run(_Iterations(self._baton), self._options)
        except _Abandoned:
            pass
        except BaseException as error:  # noqa: BLE001 - it is raised where the block ends
            self._error = error
        finally:
            self._baton.finish()


class _Abandoned(BaseException):
    """The loop was left early."""


class _Baton:
    """Hands control from the agent's thread to that of the loop and back, once a round."""

    def __init__(self) -> None:
        self._to_loop = _thread.allocate_lock()
        self._to_agent = _thread.allocate_lock()
        self._to_loop.acquire()
        self._to_agent.acquire()
        self._calls: int | None = 0
        self._is_abandoned = False
        self._is_with_loop = False

    def hand_over(self, calls: int) -> None:
        """Let the loop iterate so many times; raises _Abandoned if it was left."""
        if not self._is_abandoned:
            self._calls = calls
            self._to_loop.release()
            self._to_agent.acquire()
        if self._is_abandoned:
            raise _Abandoned

    def calls_to_make(self) -> int | None:
        """The iterations until the next sample; None if there are no more. Called where the last are done."""
        if self._is_with_loop:
            self._is_with_loop = False
            self._to_agent.release()
        self._to_loop.acquire()
        self._is_with_loop = True
        return self._calls

    def finish(self) -> None:
        """There are no more iterations."""
        self._calls = None
        self._to_loop.release()

    def abandon(self, *, is_running: bool) -> None:
        """Wait until the agent has stepped aside; at once if it is done."""
        self._is_abandoned = True
        while is_running and self._calls is not None:
            with contextlib.suppress(RuntimeError):
                self._to_agent.release()
            self._to_loop.acquire()


class _Iterations(OverheardCaller):
    """A caller whose calls are made by a loop on another thread."""

    def __init__(self, baton: _Baton) -> None:
        super().__init__(_iterate)
        self._baton = baton

    def run(self, calls: int) -> None:
        """Have the loop iterate so many times."""
        try:
            self._baton.hand_over(calls)
        except BaseException as error:
            self.error = error
            raise
        self.count(calls)


def _iterate() -> None:
    """Stands for the body of the loop, where a call is asked for."""


def report_of(analysis: Analysis) -> str:
    """The report as the terminal shows it, without colour."""
    from leakscan.reports.text.report import plain_report
    from leakscan.reports.views.report import report_view
    from leakscan.reports.workflow_commands import without_commands

    return without_commands(plain_report(report_view(analysis)).rstrip("\n"))


def sentence_of(analysis: Analysis) -> str:
    """The verdict, its kind and why."""
    return f"{analysis.verdict} ({analysis.kind}): {reason_of(analysis)}"


def reason_of(analysis: Analysis) -> str:
    """Why there is no answer, without the option of `leakscan run` that would settle it."""
    return analysis.reason.partition("; ")[0]


def _judged(
    recording: Recording, settings: Settings, inconclusive: Inconclusive, *, stacklevel: int
) -> Analysis:
    analysis = analyze(recording.records, settings)
    _check(analysis, inconclusive, stacklevel=stacklevel + 1)
    return analysis


def _check(analysis: Analysis, inconclusive: Inconclusive, *, stacklevel: int) -> None:
    if analysis.verdict is Verdict.LEAKING:
        raise GrowthError(analysis)
    if analysis.verdict is Verdict.INCONCLUSIVE:
        if inconclusive == "raise":
            raise InconclusiveError(analysis)
        if inconclusive == "warn":
            warnings.warn(sentence_of(analysis), InconclusiveWarning, stacklevel=stacklevel)


def _settings(threshold: float | str) -> Settings:
    size = units.bytes_of(threshold) if isinstance(threshold, str) else float(threshold)
    return Settings(threshold_bytes_per_call=size)


def _name_of(func: Callable[[], Any]) -> str:
    module = getattr(func, "__module__", None)
    name = getattr(func, "__qualname__", None) or type(func).__qualname__
    return f"{module}:{name}" if module else str(name)
