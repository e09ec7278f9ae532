"""Short-lived threads with thread-local data and a context of their own."""

import contextvars
import itertools
import threading

_seq = itertools.count()
local = threading.local()
current = contextvars.ContextVar("current")


def serve(number):
    local.buffer = [number] * 100
    current.set(number)


def work():
    threads = [threading.Thread(target=serve, args=(next(_seq),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
