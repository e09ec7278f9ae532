"""Keeps one kilobyte a round, in another module of the package."""

import sys
import threading

from . import state

pace = threading.Event()


def handle(number: int) -> None:
    state.SEEN[number] = bytes(1000)


def main(arguments: list[str]) -> int:
    for number in range(int(arguments[0]) if arguments else 1000):
        handle(number)
        pace.wait(0.001)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
