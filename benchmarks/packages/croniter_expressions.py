"""Users type cron expressions; each one is different.

croniter 6.0.0 keeps every expression it ever expanded in the module dict
EXPRESSIONS (pallets-eco/croniter#195).
"""

import datetime
import itertools

from croniter import croniter

_seq = itertools.count()
START = datetime.datetime(2024, 1, 1)


def work():
    n = next(_seq)
    expression = "%d %d %d %d *" % (n % 60, n // 60 % 24, n // 1440 % 28 + 1, n // 40320 % 12 + 1)
    return croniter(expression, START).get_next(float)
