"""Parsing integers that do not fit into 64 bits.

ujson 5.4.0 to 5.11.0 copies the digits into a buffer and never frees it
(CVE-2026-32874, fixed in 5.12.0).  A leak in C with malloc: no Python object stays.
"""

import ujson

LINE = "[" + ", ".join(["-123456789012345678901234567890123456789012345678901234567890"] * 8) + "]"


def work():
    return len(ujson.loads(LINE))
