"""One leak for each holder that belongs to a thread or a pool of them.

Every hand-over waits for its answer, so that a call is over when its effect is there.
"""

import itertools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

_SEQUENCE = itertools.count(1_000_000)
_started: set[str] = set()

Message = tuple[str, threading.Event]


def _is_first_call(name: str) -> bool:
    if name in _started:
        return False
    _started.add(name)
    return True


_inbox: queue.Queue[Message] = queue.Queue()


def _collector() -> None:
    history: list[str] = []
    while True:
        text, done = _inbox.get()
        history.append(text)
        done.set()


def thread_frame_local() -> None:
    if _is_first_call("collector"):
        threading.Thread(target=_collector, name="collector", daemon=True).start()
    done = threading.Event()
    _inbox.put((f"message {next(_SEQUENCE):8192}", done))
    done.wait()


_letters: queue.Queue[Message] = queue.Queue()


def _file_letters(archive: dict[str, int]) -> None:
    while True:
        text, done = _letters.get()
        archive[text] = len(text)
        done.set()


def thread_arguments() -> None:
    if _is_first_call("filer"):
        threading.Thread(target=_file_letters, args=({},), name="filer", daemon=True).start()
    done = threading.Event()
    _letters.put((f"letter {next(_SEQUENCE):8192}", done))
    done.wait()


_parcels: queue.Queue[Message] = queue.Queue()


class Courier:
    def __init__(self) -> None:
        self.delivered: list[str] = []

    def deliver(self) -> None:
        while True:
            text, done = _parcels.get()
            self.delivered.append(text)
            done.set()


def thread_target() -> None:
    if _is_first_call("courier"):
        threading.Thread(target=Courier().deliver, name="courier", daemon=True).start()
    done = threading.Event()
    _parcels.put((f"parcel {next(_SEQUENCE):8192}", done))
    done.wait()


REQUEST_STATE = threading.local()


def thread_local() -> None:
    if not hasattr(REQUEST_STATE, "requests"):
        REQUEST_STATE.requests = []
    REQUEST_STATE.requests.append(bytes(200))


class WorkerState(threading.local):
    def __init__(self) -> None:
        self.results: list[bytes] = []


WORKER_STATE = WorkerState()


def thread_local_subclass() -> None:
    WORKER_STATE.results.append(bytes(200))


_orders: queue.Queue[Message] = queue.Queue()
_WORKER_LOCAL = threading.local()


def _work_off_orders() -> None:
    _WORKER_LOCAL.done_orders = []
    while True:
        text, done = _orders.get()
        _WORKER_LOCAL.done_orders.append(text)
        done.set()


def thread_local_of_another_thread() -> None:
    if _is_first_call("orders"):
        threading.Thread(target=_work_off_orders, name="orders", daemon=True).start()
    done = threading.Event()
    _orders.put((f"order {next(_SEQUENCE):8192}", done))
    done.wait()


POOL = ThreadPoolExecutor(max_workers=1)
_gate = threading.Event()


def _send_mail(text: str) -> None:
    pass


def jobs_waiting_for_a_worker() -> None:
    if _is_first_call("pool"):
        # The pool's own exit hook joins a worker that nothing else would ever let go.
        threading._register_atexit(_gate.set)  # type: ignore[attr-defined]
        POOL.submit(_gate.wait)
    POOL.submit(_send_mail, f"mail {next(_SEQUENCE):8192}")


FUTURES: list[Future[bytes]] = []
_FUTURES_POOL = ThreadPoolExecutor(max_workers=1)


def results_of_an_executor() -> None:
    future = _FUTURES_POOL.submit(bytes, 8192)
    future.result()
    FUTURES.append(future)


FINISHED: list[threading.Thread] = []


def threads_that_have_ended() -> None:
    thread = threading.Thread(target=_send_mail, args=(f"hello{next(_SEQUENCE):8192}",))
    thread.start()
    thread.join()
    FINISHED.append(thread)


class Actor(threading.Thread):
    """A thread object whose state is an attribute of the thread itself."""

    def __init__(self) -> None:
        super().__init__(name="actor", daemon=True)
        self.mailbox: queue.Queue[Message] = queue.Queue()
        self.handled: list[str] = []

    def run(self) -> None:
        while True:
            text, done = self.mailbox.get()
            self.handled.append(text)
            done.set()


ACTOR = Actor()


def thread_attribute() -> None:
    if _is_first_call("actor"):
        ACTOR.start()
    done = threading.Event()
    ACTOR.mailbox.put((f"message {next(_SEQUENCE):8192}", done))
    done.wait()


class Mailbox(queue.SimpleQueue[bytes]):
    """What a thread takes from; who gives waits until the thread asks for more."""

    def __init__(self, worker: Callable[["Mailbox"], None], name: str) -> None:
        self.asked = threading.Semaphore(0)
        self.thread = threading.Thread(target=worker, args=(self,), name=name, daemon=True)

    def give(self, item: bytes) -> None:
        if not self.thread.is_alive():
            self.thread.start()
            self.asked.acquire()
        self.put(item)
        self.asked.acquire()

    def next(self) -> bytes:
        self.asked.release()
        return self.get()


def _gather_in_a_tuple(mailbox: Mailbox) -> None:
    state: tuple[list[bytes], int] = ([], 0)
    while True:
        state[0].append(mailbox.next())


def _rebuild(mailbox: Mailbox) -> None:
    path: tuple[bytes, ...] = ()
    while True:
        item = mailbox.next()
        path = (*path, item)


class Version:
    def __init__(self, before: "Version | None", payload: bytes) -> None:
        self.before = before
        self.payload = payload


def _keep_versions(mailbox: Mailbox) -> None:
    newest: Version | None = None
    while True:
        item = mailbox.next()
        newest = Version(newest, item)


_gatherer = Mailbox(_gather_in_a_tuple, "gatherer")
_rebuilder = Mailbox(_rebuild, "rebuilder")
_versioner = Mailbox(_keep_versions, "versioner")


def variables_of_three_threads() -> None:
    _gatherer.give(bytes(6000))
    _rebuilder.give(bytes(4000))
    _versioner.give(bytes(2000))
