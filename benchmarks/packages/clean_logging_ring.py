"""Log records of random size in a ring of the last 1500."""

import collections
import logging
import random

rng = random.Random(11)


class Ring(logging.Handler):
    def __init__(self, size):
        super().__init__()
        self.records = collections.deque(maxlen=size)

    def emit(self, record):
        self.records.append(self.format(record))


log = logging.getLogger("ring")
log.propagate = False
log.setLevel(logging.INFO)
log.addHandler(Ring(1500))


def work():
    log.info("payload %s", "x" * rng.randrange(10, 2000))
