"""Dicts that lose entries, or get new values, beside those that they gain for ever."""

import itertools

_SEQUENCE = itertools.count(1_000_000)
LEASES: dict[tuple[int, int], bytes] = {}


def leases_of_which_two_are_forgotten() -> None:
    """Ten come with each call, and eight of those of five calls ago are given back."""
    now = next(_SEQUENCE)
    for number in range(10):
        LEASES[now, number] = bytes(50)
    for number in range(8):
        LEASES.pop((now - 5, number), None)


STATES: dict[str, bytes] = {}


def states_that_are_replaced() -> None:
    """Twenty keys get a new value with each call, and one key is new."""
    for number in range(20):
        STATES[f"pump-{number}"] = bytes(50)
    STATES[f"visitor-{next(_SEQUENCE)}"] = bytes(50)
