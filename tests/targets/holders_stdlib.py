"""One leak for each registry that the standard library keeps for the whole process."""

import abc
import atexit
import itertools
import linecache
import logging
import os
import signal
import sqlite3
import sys
import types
import warnings

_SEQUENCE = itertools.count(1_000_000)

AUDIT_LOGGER = logging.getLogger("audit")


class Unwritten(logging.NullHandler):
    def __init__(self) -> None:
        super().__init__()
        self.buffer = bytes(8192)


def null_handler_per_call() -> None:
    AUDIT_LOGGER.addHandler(Unwritten())


logging.getLogger("requests_seen")


def logger_per_name() -> None:
    logging.getLogger(f"requests_seen.{next(_SEQUENCE):08192}").debug("served")


class Tagged(logging.Filter):
    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.seen = bytes(8192)


def filter_per_call() -> None:
    AUDIT_LOGGER.addFilter(Tagged(f"tag-{next(_SEQUENCE)}"))


def _show_nothing(*arguments: object, **options: object) -> None:
    pass


def warning_registry() -> None:
    """Each message is new, and each module remembers the messages it has shown."""
    if warnings.showwarning is not _show_nothing:
        warnings.showwarning = _show_nothing
        warnings.filterwarnings("default", category=UserWarning)
    warnings.warn(f"item {next(_SEQUENCE)} is odd", UserWarning, stacklevel=1)


def sources_of_templates() -> None:
    name = f"<template {next(_SEQUENCE)}>"
    source = f"render({name!r})\n"
    linecache.cache[name] = (len(source), None, [source], name)


def _say_goodbye(payload: bytes) -> None:
    pass


def good_byes_at_the_end() -> None:
    atexit.register(_say_goodbye, bytes(200))


class Shape(abc.ABC):
    pass


SHAPES: list[type] = []


def abc_registry() -> None:
    """The registry itself is weak; the list beside it is not."""
    SHAPES.append(Shape.register(type("Square", (), {"outline": bytes(32_768)})))


def generated_packages() -> None:
    name = f"generated_{next(_SEQUENCE)}"
    sys.modules[name] = types.ModuleType(name)


MODELS: list[type] = []


def classes_kept_in_a_list() -> None:
    MODELS.append(type("Model", (), {"fields": ("a", "b"), "migrations": bytes(8192)}))


class Command:
    """Knows its subclasses by name, as plug-in systems do."""

    registry: dict[str, type["Command"]] = {}

    def __init_subclass__(cls) -> None:
        Command.registry[cls.__name__] = cls


def subclasses_registered_by_their_base() -> None:
    type(f"Command{next(_SEQUENCE)}", (Command,), {"manual": bytes(8192)})


class SignalHandler:
    """Calls the handler that was there before, as well-behaved libraries do."""

    def __init__(self, previous: object) -> None:
        self.previous = previous
        self.payload = bytes(8192)

    def __call__(self, number: int, frame: types.FrameType | None) -> None:
        if callable(self.previous):
            self.previous(number, frame)


def signal_handler_chain() -> None:
    signal.signal(signal.SIGUSR1, SignalHandler(signal.getsignal(signal.SIGUSR1)))


DATABASE = sqlite3.connect(":memory:", check_same_thread=False)


def functions_kept_by_sql() -> None:
    """SQLite keeps the functions, where no Python object refers to them."""
    payload = bytes(8192)
    DATABASE.create_function(f"f{next(_SEQUENCE)}", 0, lambda: payload)


def settings_exported_to_children() -> None:
    os.environ[f"JOB_{next(_SEQUENCE)}"] = "x" * 8192
