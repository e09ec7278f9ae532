"""A context variable of asgiref used in many short-lived threads.

asgiref.local.Local up to 3.2.7 appends a weak reference for each context it meets to
_context_refs and never drops the dead ones (django/asgiref#158).
"""

import threading

from asgiref.local import Local

current = Local()


def request():
    current.user = "ada"
    return current.user


def work():
    thread = threading.Thread(target=request)
    thread.start()
    thread.join()
