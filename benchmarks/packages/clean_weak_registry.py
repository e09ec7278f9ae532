"""Objects in reference cycles that register themselves weakly; the collector frees them."""

import itertools
import weakref

_seq = itertools.count()
BY_ID = weakref.WeakValueDictionary()
LISTENERS = weakref.WeakSet()


class Session:
    def __init__(self, number):
        self.number = number
        self.data = list(range(50))
        self.me = self
        BY_ID[number] = self
        LISTENERS.add(self)


def work():
    return Session(next(_seq)).number
