"""Decoding with the character set a client names; most do not exist.

encodings._cache remembers every name, also those it did not find.
"""

import itertools

_seq = itertools.count()


def work():
    try:
        return b"abc".decode("x-charset-%d" % next(_seq))
    except LookupError:
        return None
