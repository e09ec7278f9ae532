"""Objects to make paths of, and the step that a path ends with."""

from leakscan import wire
from leakscan.agent.references import steps

ROOT = wire.Step("module", "app", "module", "app", "app")
PAYLOAD = ["the payload"]


class Node:
    def __init__(self) -> None:
        self.next: Node | None = None
        self.items: list[object] = []


class Slotted:
    __slots__ = ("items",)

    def __init__(self) -> None:
        self.items: list[object] = []


def last_step(*path: object) -> wire.Step:
    """The last step along the path, whose first object is a root."""
    return steps.steps(path, ROOT)[-1]
