"""New file patterns at each call: fnmatch has lru_cache(maxsize=32768), which is far away.

Long runs are flat; a short one sees growth that has a bound.
"""

import fnmatch
import itertools

_seq = itertools.count()


def work():
    n = next(_seq)
    return fnmatch.fnmatch("report-%d.csv" % n, "report-%d.*" % n)
