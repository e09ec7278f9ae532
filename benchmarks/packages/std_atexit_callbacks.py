"""atexit.register for each job.  The callbacks lie in an array of the interpreter, in C."""

import atexit
import itertools

_seq = itertools.count()


def remove(names):
    names.clear()


def work():
    atexit.register(remove, ["job-%d" % next(_seq)])
