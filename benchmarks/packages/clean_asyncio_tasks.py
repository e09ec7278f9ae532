"""A gather of tasks, a cancelled task, a timeout and a queue in each call."""

import asyncio
import itertools

_seq = itertools.count()


async def square(number):
    await asyncio.sleep(0)
    return number * number


async def work():
    n = next(_seq)
    forever = asyncio.create_task(asyncio.Event().wait())
    results = await asyncio.gather(*(square(n + i) for i in range(5)))
    queue = asyncio.Queue()
    queue.put_nowait(results)
    async with asyncio.timeout(5):
        results = await queue.get()
    forever.cancel()
    try:
        await forever
    except asyncio.CancelledError:
        return sum(results)
