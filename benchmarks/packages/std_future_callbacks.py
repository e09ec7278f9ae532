"""A callback per request on one future that is never done."""

import concurrent.futures
import itertools

_seq = itertools.count()
shutdown = concurrent.futures.Future()


def work():
    shutdown.add_done_callback(lambda future, n=next(_seq): n)
