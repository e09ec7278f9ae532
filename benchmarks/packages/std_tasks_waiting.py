"""A task per message that waits for an event which nobody ever sets."""

import asyncio
import itertools

_seq = itertools.count()
closing = None


async def watch(message):
    await closing.wait()
    return message


async def work():
    global closing
    if closing is None:
        closing = asyncio.Event()
    asyncio.create_task(watch("message %d" % next(_seq)))
    await asyncio.sleep(0)
