"""The loops that call the target: nothing else stands between two calls.

Their file is also the border by which traced memory of the target is told from the agent's.
"""

from array import array
from collections.abc import Callable
from itertools import repeat
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any

from leakscan.agent.forks import TARGET_CODE, is_forked

if TYPE_CHECKING:
    from leakscan.agent.loop import EventLoop

FILE = __file__


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
        self._loop: EventLoop | None = None
        self._leave_setup: Callable[[], object] = _nothing
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
            self._leave_setup = lambda: self._in_loop("awaited", made.__aexit__(None, None, None))
            return value
        if hasattr(type(made), "__enter__"):
            value = made.__enter__()
            # What was not entered is not left.
            self._leave_setup = lambda: made.__exit__(None, None, None)
            return value
        return made

    def give(self, value: Any) -> None:
        """Hand the value to each call from now on."""
        self._arguments = (value,)

    def run(self, calls: int) -> None:
        """Call so many times; `done` is right even if one of them raises."""
        if not self._is_started:
            with TARGET_CODE:
                self._first()
            calls -= 1
        remaining = self._remaining = repeat(None, calls)
        try:
            with TARGET_CODE:
                self._run(remaining)
        except BaseException:
            self.count(calls - remaining.__length_hint__() - 1)
            raise
        self.count(calls)

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

    def _first(self) -> None:
        """Call once, and learn from the result how to call from now on."""
        self._is_started = True
        result = self._call(*self._arguments)
        kind = type(result)
        if kind is GeneratorType:
            for _ in result:
                pass
            self._run = self._exhausting
        elif kind is AsyncGeneratorType:
            self._in_loop("exhaust", result)
            self._run = self._exhausting_async
        elif kind is CoroutineType or hasattr(kind, "__await__"):
            self._in_loop("awaited", result)
            self._run = self._awaiting
        self.count(1)

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
                await self._call(*self._arguments)

        self._in_loop("awaited", calls())

    def _exhausting_async(self, remaining: "repeat[None]") -> None:
        async def calls() -> None:
            for _ in remaining:
                async for _item in self._call(*self._arguments):
                    pass

        self._in_loop("awaited", calls())

    def _in_loop(self, name: str, awaitable: Any) -> Any:
        from leakscan.agent import loop

        if self._loop is None:
            self._loop = loop.EventLoop()
        return self._loop.run(getattr(loop, name)(awaitable))


def _nothing() -> None:
    pass
