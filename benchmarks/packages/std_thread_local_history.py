"""A list in a threading.local of a thread that never ends."""

import itertools
import threading

_seq = itertools.count()
state = threading.local()


def work():
    if not hasattr(state, "queries"):
        state.queries = []
    state.queries.append("select %d" % next(_seq))
