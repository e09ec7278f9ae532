"""The loops that call the target: nothing else stands between two calls.

Their file is also the border by which traced memory of the target is told from the agent's.
"""

from array import array
from collections.abc import Callable
from itertools import repeat
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any

from leakscan.agent.calling import event_loop
from leakscan.agent.calling.target_forks import TARGET_CODE, is_forked


class Caller:
    """Calls the target, in the way that its first result asks for.

    A plain function is called; a coroutine is awaited, in one event loop for the whole run, so that the
    tasks and handles that it leaves behind are seen; a generator is run to its end.
    """

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call
        self._arguments: tuple[Any, ...] = ()
        self._run = self._plain
        self._is_started = False
        self._remaining = repeat(None, 0)
        self._loop: event_loop.EventLoop | None = None
        self._leave_setup: Callable[[], object] = _nothing
        self._error: BaseException | None = None
        """What ended the calls, if something did: the setup is left with it."""
        # A plain number takes a block of memory once it is over 256.
        self._done = array("q", [0])

    @property
    def done(self) -> int:
        """Calls that have returned."""
        return self._done[0]

    def count(self, calls: int) -> None:
        """So many more have returned."""
        self._done[0] += calls

    def make_no_more(self) -> None:
        """Let the call that is running be the last one."""
        for _ in self._remaining:
            pass

    @property
    def call(self) -> Callable[..., Any]:
        """The target itself."""
        return self._call

    @property
    def setup_value(self) -> Any:
        """What is handed to each call; None if nothing is."""
        return self._arguments[0] if self._arguments else None

    @property
    def event_loop(self) -> Any:
        """The target's event loop, or None if it never needed one."""
        return None if self._loop is None else self._loop.loop

    @property
    def has_setup(self) -> bool:
        """Whether there is a setup to be left."""
        return self._leave_setup is not _nothing

    def enter(self, make: Callable[[], Any]) -> Any:
        """The value of a setup: of a context manager, a generator, a coroutine, or the thing itself."""
        with TARGET_CODE:
            return self._entered(make())

    def _entered(self, made: Any) -> Any:
        # What is behind the `yield` of a plain generator runs in any case, as in a fixture of pytest.
        if type(made) is GeneratorType:
            self._leave_setup = lambda: next(made, None)
            return next(made)
        if type(made) is AsyncGeneratorType:
            self._leave_setup = lambda: self._in_loop("next_or_none", made)
            return self._in_loop("next_or_none", made)
        if type(made) is CoroutineType:
            return self._in_loop("awaited", made)
        if hasattr(type(made), "__aenter__"):
            value = self._in_loop("awaited", made.__aenter__())
            self._leave_setup = lambda: self._exited(
                lambda *how: self._in_loop("awaited", made.__aexit__(*how))
            )
            return value
        if hasattr(type(made), "__enter__"):
            value = made.__enter__()
            # What was not entered is not left.
            self._leave_setup = lambda: self._exited(made.__exit__)
            return value
        return made

    def _exited(self, leave: Callable[..., object]) -> None:
        """Leave a context manager as `with` does: one that commits a transaction is told of a failed call."""
        error = self._error
        if error is None:
            leave(None, None, None)
            return
        try:
            leave(type(error), error, error.__traceback__)
        except BaseException as raised:
            # That it passes on what it was told is no failure of its own.
            if raised is not error:
                raise

    def give(self, value: Any) -> None:
        """Hand the value to each call from now on."""
        self._arguments = (value,)

    def run(self, calls: int) -> None:
        """Call so many times; `done` is right even if one of them raises."""
        while calls and not self._is_started:
            try:
                with TARGET_CODE:
                    self._first()
            except BaseException as error:
                self._note(error)
                raise
            calls -= 1
        remaining = self._remaining = repeat(None, calls)
        while True:
            try:
                with TARGET_CODE:
                    self._run(remaining)
            except BaseException as error:
                # The loop is left for this, and entered again, so that it costs nothing where no call exits.
                if not self._is_end_of_call(error):
                    self.count(calls - remaining.__length_hint__() - 1)
                    self._note(error)
                    raise
            else:
                break
        self.count(calls)

    def _note(self, error: BaseException) -> None:
        # Without a setup nobody asks for it, and it refers to all that the call had.
        if self.has_setup:
            self._error = error

    def settle(self) -> None:
        """Let the tasks that the calls left behind have their turn."""
        if self._loop is not None:
            with TARGET_CODE:
                self._loop.settle()

    def sleep(self, seconds: float, sleep: Callable[[float], object]) -> None:
        """Let time pass, in the event loop if there is one."""
        if self._loop is not None:
            with TARGET_CODE:
                self._loop.sleep(seconds)
        else:
            sleep(seconds)

    def close(self) -> None:
        """Leave the setup, then close the event loop."""
        try:
            with TARGET_CODE:
                self._leave_setup()
        finally:
            if self._loop is not None and not is_forked():
                self._loop.close()

    def _is_end_of_call(self, error: BaseException) -> bool:
        """Whether what a call raised ends it well: `sys.exit(0)`, as in the entry point of a command."""
        return is_successful_exit(error)

    def _first(self) -> None:
        """Call once, and learn from the result how to call from now on."""
        try:
            self._learn(self._call(*self._arguments))
        except SystemExit as end:
            if not self._is_end_of_call(end):
                raise
        self.count(1)

    def _learn(self, result: Any) -> None:
        self._is_started = True
        kind = type(result)
        if kind is GeneratorType:
            self._run = self._exhausting
            for _ in result:
                pass
        elif kind is AsyncGeneratorType:
            self._run = self._exhausting_async
            self._in_loop("exhaust", result)
        elif kind is CoroutineType or hasattr(kind, "__await__"):
            self._run = self._awaiting
            self._in_loop("awaited", result)

    def _plain(self, remaining: "repeat[None]") -> None:
        call = self._call
        if self._arguments:
            (value,) = self._arguments
            for _ in remaining:
                call(value)
        else:
            for _ in remaining:
                call()

    def _exhausting(self, remaining: "repeat[None]") -> None:
        for _ in remaining:
            for _item in self._call(*self._arguments):
                pass

    def _awaiting(self, remaining: "repeat[None]") -> None:
        async def calls() -> None:
            for _ in remaining:
                # What leaves the event loop from inside of a task would leave this one in the middle.
                try:
                    await self._call(*self._arguments)
                except SystemExit as end:
                    if not self._is_end_of_call(end):
                        raise

        self._in_loop("awaited", calls())

    def _exhausting_async(self, remaining: "repeat[None]") -> None:
        async def calls() -> None:
            for _ in remaining:
                try:
                    async for _item in self._call(*self._arguments):
                        pass
                except SystemExit as end:
                    if not self._is_end_of_call(end):
                        raise

        self._in_loop("awaited", calls())

    def _in_loop(self, name: str, awaitable: Any) -> Any:
        if self._loop is None:
            self._loop = event_loop.EventLoop()
        return self._loop.run(getattr(event_loop, name)(awaitable))


def is_successful_exit(error: BaseException) -> bool:
    """Whether a program that ends with this has succeeded: `sys.exit()`, `sys.exit(0)`."""
    if not isinstance(error, SystemExit):
        return False
    code: object = error.code
    return code is None or ((type(code) is int or type(code) is bool) and code == 0)


def _nothing() -> None:
    pass
