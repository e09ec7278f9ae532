"""The size of one object, as its built-in base knows it: no code of the target runs."""

import gc

from leakscan.agent.heap import introspect

_GC_HEAD_BYTES = 16
_flags_of = type.__dict__["__flags__"].__get__
_MADE_AT_RUN_TIME = 1 << 9
"""The flag of classes that Python code, or a C module while it is imported, has made."""


def size_of(obj: object) -> int:
    """Bytes of the object itself, by the size that its built-in base knows, not by an override."""
    kind = type(obj)
    head = _GC_HEAD_BYTES if gc.is_tracked(obj) else 0
    for base in introspect.mro_of_type(kind):
        measure = introspect.namespace_of_type(base).get("__sizeof__")
        if measure is not None and base is not object and not _flags_of(base) & _MADE_AT_RUN_TIME:
            return int(measure(obj)) + head
    # That of `object` knows the items of bytes and tuples, which have no method of their own.
    return int(object.__sizeof__(obj)) + head
