"""A warning whose text has a number in it: each one is remembered as already shown.

The texts are the keys of __warningregistry__ in the module that warns.
"""

import itertools
import warnings

_seq = itertools.count()
warnings.simplefilter("default")
warnings.showwarning = lambda *args, **kwargs: None


def work():
    warnings.warn("row %d has no date" % next(_seq), UserWarning)
