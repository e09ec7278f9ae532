"""Page generators that are started, read once and parked in a dict by their session."""

import itertools

_seq = itertools.count()
SESSIONS = {}


def pages(session):
    rows = list(range(session, session + 20))
    while rows:
        yield rows.pop()


def work():
    session = next(_seq)
    reader = pages(session)
    SESSIONS[session] = reader
    return next(reader)
