"""The one event loop of a run, which is one of the target's own `asyncio`: imported when a call needs it."""

import contextlib
import importlib
from collections.abc import AsyncIterator, Awaitable, Coroutine
from typing import Any


class EventLoop:
    """An event loop that stands still between two rounds, its tasks and handles kept."""

    def __init__(self) -> None:
        # What runs in the loop asks this module which one runs, and the target may have its own policy there.
        self._asyncio = importlib.import_module("asyncio")
        self._runner = self._asyncio.Runner()
        self.loop = self._runner.get_loop()

    def run(self, awaitable: Coroutine[Any, Any, Any]) -> Any:
        """What the awaitable gives; what it started goes on in the next run."""
        task = self.loop.create_task(awaitable)
        try:
            return self.loop.run_until_complete(task)
        except KeyboardInterrupt:
            # It is to be unwound before what is around it is left.
            task.cancel()
            with contextlib.suppress(self._asyncio.CancelledError):
                self.loop.run_until_complete(task)
            raise

    def settle(self) -> None:
        """Let what the calls left ready to run have its turn."""
        self.loop.run_until_complete(self._some_turns())

    def sleep(self, seconds: float) -> None:
        """Let time pass for the tasks in the loop, too."""
        self.loop.run_until_complete(self._asyncio.sleep(seconds))

    def close(self) -> None:
        """Cancel what still runs, and close the loop."""
        self._runner.close()

    async def _some_turns(self) -> None:
        for _ in range(4):
            await self._asyncio.sleep(0)


async def awaited(awaitable: Awaitable[Any]) -> Any:
    """What the awaitable gives, as a coroutine."""
    return await awaitable


async def next_or_none(iterator: AsyncIterator[Any]) -> Any:
    """The next item, or None at the end."""
    async for item in iterator:
        return item
    return None


async def exhaust(iterator: AsyncIterator[Any]) -> None:
    """Run the iterator to its end."""
    async for _item in iterator:
        pass
