"""One leak for each holder that belongs to an event loop. One loop has to serve all calls."""

import asyncio
import itertools

_SEQUENCE = itertools.count(1_000_000)

TASKS: set[asyncio.Task[bytes]] = set()


async def _fetch() -> bytes:
    return bytes(8192)


async def finished_work_kept_in_a_set() -> None:
    task = asyncio.create_task(_fetch())
    TASKS.add(task)
    await task


def _expire(session: bytes) -> None:
    pass


async def timers_far_away() -> None:
    asyncio.get_running_loop().call_later(1_000_000, _expire, bytes(8192))


HANDLES: list[asyncio.Handle] = []


async def cancelled_handles() -> None:
    handle = asyncio.get_running_loop().call_soon(_expire, bytes(8192))
    handle.cancel()
    HANDLES.append(handle)


_futures: dict[str, asyncio.Future[None]] = {}


def _shutdown_future() -> asyncio.Future[None]:
    if "shutdown" not in _futures:
        _futures["shutdown"] = asyncio.get_running_loop().create_future()
    return _futures["shutdown"]


async def clean_up_registered_per_call() -> None:
    payload = bytes(8192)
    _shutdown_future().add_done_callback(lambda _: len(payload))


REPLIES: dict[int, asyncio.Future[None]] = {}


async def futures_never_resolved() -> None:
    REPLIES[next(_SEQUENCE)] = asyncio.get_running_loop().create_future()


INBOX: asyncio.Queue[bytes] = asyncio.Queue()


async def asyncio_queue() -> None:
    INBOX.put_nowait(bytes(200))


_mail: asyncio.Queue[bytes] = asyncio.Queue()
_background: list[asyncio.Task[None]] = []


async def _sort_mail() -> None:
    sorted_mail: list[bytes] = []
    while True:
        sorted_mail.append(await _mail.get())
        _mail.task_done()


async def pending_task_local() -> None:
    if not _background:
        _background.append(asyncio.create_task(_sort_mail(), name="sort-mail"))
    _mail.put_nowait(bytes(8192))
    await _mail.join()


OPENED = asyncio.Event()


async def _wait_until_open(payload: bytes) -> int:
    await OPENED.wait()
    return len(payload)


async def waiters_of_an_event() -> None:
    asyncio.ensure_future(_wait_until_open(bytes(8192)))
    await asyncio.sleep(0)


class Client:
    def __init__(self) -> None:
        self.responses: list[bytes] = []

    async def get(self) -> None:
        await asyncio.sleep(0)
        self.responses.append(bytes(200))


CLIENT = Client()


async def attribute_filled_by_a_coroutine() -> None:
    await CLIENT.get()


_numbers: asyncio.Queue[int] = asyncio.Queue()
_counters: list[str] = []


async def _count_numbers() -> None:
    counted: dict[int, bytes] = {}
    while True:
        counted[await _numbers.get()] = bytes(8192)
        _numbers.task_done()


async def task_that_only_the_loop_knows() -> None:
    if not _counters:
        _counters.append(asyncio.create_task(_count_numbers(), name="counter").get_name())
    _numbers.put_nowait(next(_SEQUENCE))
    await _numbers.join()
