"""gc.DEBUG_SAVEALL left on after a debugging session: gc.garbage keeps every cycle."""

import gc

gc.set_debug(gc.DEBUG_SAVEALL)


class Node:
    def __init__(self):
        self.me = self
        self.data = list(range(20))


def work():
    return Node().data[3]
