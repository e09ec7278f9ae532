"""Unpacking maps whose keys are not strings, which strict_map_key refuses.

The C unpacker of msgpack up to 1.2.2 loses the key and the value when the check of a map
key fails (GHSA-j586-36cw-2gc2, fixed in 1.2.3).
"""

import msgpack

DATA = msgpack.packb({123456789: "x" * 200})


def work():
    try:
        return msgpack.unpackb(DATA)
    except ValueError:
        return None
