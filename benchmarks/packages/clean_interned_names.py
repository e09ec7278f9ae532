"""Interning new names: interned strings of CPython 3.11 die with their last user."""

import itertools
import sys

_seq = itertools.count()


def work():
    name = sys.intern("name_%d" % next(_seq))
    return hash(name)
