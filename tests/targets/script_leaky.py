"""A script that is started, not called: `script_leaky.py ROUNDS`, one kept kilobyte a round."""

import sys
import threading

JOURNAL: list[bytes] = []
pace = threading.Event()


def handle(number: int) -> None:
    JOURNAL.append(bytes(1000) + number.to_bytes(4))


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for number in range(rounds):
        handle(number)
        pace.wait(0.001)
    return 0


if __name__ == "__main__":
    sys.exit(main())
