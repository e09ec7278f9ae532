"""A scheduler that asks for the next run from an ever later moment.

croniter 6.0.0 caches each timestamp it converts in the module dict
TIMESTAMP_TO_DT_CACHE (pallets-eco/croniter#182, removed by #185 in 6.1.0).
"""

import datetime
import itertools

from croniter import croniter

_seq = itertools.count()
START = datetime.datetime(2024, 1, 1)


def work():
    now = START + datetime.timedelta(hours=next(_seq))
    return croniter("30 * * * *", now).get_next(datetime.datetime)
