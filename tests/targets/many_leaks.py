"""Several leaks at once, and one leak that looks like several."""

import itertools

_SEQUENCE = itertools.count(1_000_000)

ALPHA: list[bytes] = []
BRAVO: dict[int, bytes] = {}
CHARLIE: set[bytes] = set()


class Delta:
    rows: list[bytes] = []


class Echo:
    def __init__(self) -> None:
        self.rows: dict[int, bytes] = {}


ECHO = Echo()


def _foxtrot(item: bytes, kept: list[bytes] = []) -> None:
    kept.append(item)


def _golf(item: bytes) -> None:
    _golf.rows.append(item)  # type: ignore[attr-defined]


_golf.rows = []  # type: ignore[attr-defined]
HOTEL: dict[str, list[bytes]] = {"india": []}
JULIET = bytearray()
KILO: dict[int, list[str]] = {}


def ten_leaks() -> None:
    """Each takes more than the next, by a line of its own."""
    number = next(_SEQUENCE)
    ALPHA.append(bytes(1_100))
    BRAVO[number] = bytes(1_000)
    CHARLIE.add(number.to_bytes(900, "big"))
    Delta.rows.append(bytes(800))
    ECHO.rows[number] = bytes(700)
    _foxtrot(bytes(600))
    _golf(bytes(500))
    HOTEL["india"].append(bytes(400))
    JULIET.extend(bytes(300))
    KILO[number] = [f"{number:>150}"]


class Envelope:
    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.stamps = [self.payload[:10]]
        self.headers = {"from": "a", "number": next(_SEQUENCE)}


SENT: dict[str, Envelope] = {}


def payload_and_wrapper() -> None:
    """Key, wrapper, payload, list and dict are made in five places and are one leak."""
    SENT[f"envelope {next(_SEQUENCE)}"] = Envelope(bytes(8192))


EVENTS: list[bytes] = []


def _record(item: bytes) -> None:
    EVENTS.append(item)


def one_holder_filled_from_ten_places() -> None:
    _record(bytes(100))
    _record(bytes(110))
    _record(bytes(120))
    _record(bytes(130))
    _record(bytes(140))
    _record(bytes(150))
    _record(bytes(160))
    _record(bytes(170))
    _record(bytes(180))
    _record(bytes(190))


LEFT: list[list[bytes]] = []
RIGHT: list[list[bytes]] = []


def _made() -> list[bytes]:
    return [bytes(4096)]


def two_leaks_made_by_one_line() -> None:
    LEFT.append(_made())
    RIGHT.append(_made())
    RIGHT.append(_made())
