"""weakref.finalize on the application object for each request.

A live finalizer stays in the class-level dict finalize._registry.
"""

import itertools
import weakref

_seq = itertools.count()


class Application:
    pass


application = Application()


def close(request):
    request.clear()


def work():
    weakref.finalize(application, close, {"id": next(_seq)})
