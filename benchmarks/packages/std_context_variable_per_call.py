"""A ContextVar made in a function; the context keeps every variable that was ever set.

The documentation of contextvars warns of it.
"""

import contextvars
import itertools

_seq = itertools.count()


def work():
    request_id = contextvars.ContextVar("request_id")
    request_id.set("r-%d" % next(_seq))
    return request_id.get()
