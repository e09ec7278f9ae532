"""Targets to be loaded from files of their own, and what is said of those that can't be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from leakscan import wire
from leakscan.agent.calling.target_loader import CannotLoad, load

Folder = Callable[..., Path]
"""Puts files into the current folder, which it returns."""
APP = """
import sys

LIMIT = 10

def handle():
    return "handled"

def fails():
    raise LookupError("nothing there")

class Job:
    @staticmethod
    def run():
        return "job done"

    def __call__(self):
        return "called"

JOB = Job()
"""


def failure_of(target: str, *, is_module: bool = False) -> wire.LoadFailed:
    """What is said of a target that can't be loaded."""
    with pytest.raises(CannotLoad) as caught:
        load(wire.Load(target, is_module=is_module))
    assert str(caught.value) == caught.value.record.message
    return caught.value.record
