"""Documents of random size, now and then a very large one, kept until the next call."""

import json
import random

rng = random.Random(7)
LAST = None


def work():
    global LAST
    size = rng.choice([5, 20, 100, 100, 400, 1500])
    document = {"row-%d" % i: rng.random() for i in range(rng.randrange(size))}
    LAST = json.loads(json.dumps(document))
    return len(LAST)
