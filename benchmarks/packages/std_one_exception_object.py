"""One exception object raised again and again: each raise makes its traceback longer."""

import itertools

_seq = itertools.count()
TIMEOUT = TimeoutError("no answer")


def ask(number):
    if number >= 0:
        raise TIMEOUT


def work():
    try:
        ask(next(_seq))
    except TimeoutError:
        pass
