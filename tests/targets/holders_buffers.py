"""Leaks in which one object gets bigger, while the number of objects stays as it is."""

import array
import io
import itertools

_SEQUENCE = itertools.count(1_000_000)


class Transcript:
    def __init__(self) -> None:
        self.text = ""


TRANSCRIPT = Transcript()


def growing_str() -> None:
    TRANSCRIPT.text += f"{next(_SEQUENCE)}\n"


class Log:
    text = ""


def growing_str_on_a_class() -> None:
    Log.text += f"{next(_SEQUENCE)}\n"


class Recorder:
    def __init__(self) -> None:
        self.samples = bytearray()


RECORDER = Recorder()


def growing_bytearray() -> None:
    RECORDER.samples += bytes(200)


RAW = io.BytesIO()


def growing_bytes_io() -> None:
    RAW.write(bytes(200))


class Console:
    def __init__(self) -> None:
        self.output = io.StringIO()


CONSOLE = Console()


def growing_string_io() -> None:
    CONSOLE.output.write(f"line {next(_SEQUENCE)}: request served\n")


TEMPERATURES = array.array("q")


def growing_array() -> None:
    TEMPERATURES.append(next(_SEQUENCE))


REPORTS: dict[str, str] = dict.fromkeys(("eu", "us", "asia", "africa"), "")


def growing_dict_values() -> None:
    """Overwrites one of four keys with a string that is 16 bytes longer."""
    region = ("eu", "us", "asia", "africa")[next(_SEQUENCE) % 4]
    REPORTS[region] += "x" * 16


BITMAP = 1


def growing_int() -> None:
    global BITMAP
    BITMAP <<= 32


class Ring:
    """Doubles its buffer when that is full: flat for ever longer spans, and never emptied."""

    def __init__(self) -> None:
        self.buffer = bytearray(1024)
        self.used = 0

    def write(self, data: bytes) -> None:
        if self.used + len(data) > len(self.buffer):
            self.buffer.extend(bytes(len(self.buffer)))
        self.buffer[self.used : self.used + len(data)] = data
        self.used += len(data)


RING = Ring()


def doubling_buffer() -> None:
    RING.write(b"0123456789abcdef" * 4)
