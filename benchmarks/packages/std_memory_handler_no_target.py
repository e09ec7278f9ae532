"""A MemoryHandler without a target: it has nowhere to flush to and keeps every record."""

import itertools
import logging
import logging.handlers

_seq = itertools.count()
log = logging.getLogger("shop")
log.propagate = False
log.setLevel(logging.INFO)
log.addHandler(logging.handlers.MemoryHandler(capacity=100))


def work():
    log.info("order %d", next(_seq))
