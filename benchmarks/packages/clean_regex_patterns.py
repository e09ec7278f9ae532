"""A new pattern at each call: the cache of re holds 512 and then turns over."""

import itertools
import re

_seq = itertools.count()


def work():
    n = next(_seq)
    return re.search("order-%d$" % n, "your order-%d" % n).start()
