"""One leak for each object of the standard library that is kept for the life of a process and gathers."""

import ctypes
import http.cookiejar
import itertools
import logging
import logging.handlers
import multiprocessing.util
import sched
import sys
import xml.dom.minidom
from concurrent.futures import Future

_SEQUENCE = itertools.count(1_000_000)

SCHEDULER = sched.scheduler()


def _tick(number: int) -> None:
    pass


def events_of_a_scheduler() -> None:
    SCHEDULER.enter(1_000_000, 1, _tick, (next(_SEQUENCE),))


SHUTDOWN: Future[None] = Future()


def callbacks_of_a_future() -> None:
    payload = bytes(100)
    SHUTDOWN.add_done_callback(lambda _: len(payload))


class HttpClient:
    def __init__(self) -> None:
        self.cookies = http.cookiejar.CookieJar()


CLIENT = HttpClient()


def cookies_of_a_jar() -> None:
    CLIENT.cookies.set_cookie(
        http.cookiejar.Cookie(
            *(0, f"session-{next(_SEQUENCE)}", "x" * 30, None, False),
            *("example.org", True, False, "/", True, False, None, True, None, None, {}),
        )
    )


DOCUMENT = xml.dom.minidom.parseString("<feed/>")


def nodes_of_a_document() -> None:
    DOCUMENT.documentElement.appendChild(DOCUMENT.createElement("item"))


def _logger(name: str, handler: logging.Handler) -> None:
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    logger.propagate = False


class Captured(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


_logger("shop.orders", Captured())


def records_of_a_handler() -> None:
    logging.getLogger("shop.orders").warning("order %d", next(_SEQUENCE))


def finalizers_of_multiprocessing() -> None:
    multiprocessing.util.Finalize(SCHEDULER, _tick, args=(next(_SEQUENCE),))


def importers_by_path() -> None:
    """As a plug-in system does that adds a folder per plug-in to the path and takes it away again."""
    sys.path_importer_cache[f"/plugins/{next(_SEQUENCE)}"] = None


NATIVE_CALLBACKS: list[object] = []
_compare_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)


def callbacks_given_to_c() -> None:
    payload = bytes(100)
    NATIVE_CALLBACKS.append(_compare_type(lambda number: len(payload)))


def what_the_library_gathers() -> None:
    events_of_a_scheduler()
    callbacks_of_a_future()
    cookies_of_a_jar()
    records_of_a_handler()
    importers_by_path()
    nodes_of_a_document()
    finalizers_of_multiprocessing()
    callbacks_given_to_c()
