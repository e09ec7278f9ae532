"""Unique within an order of a hundred lines: fake.unique.clear() after each order."""

import itertools

from faker import Faker

fake = Faker()
_seq = itertools.count()


def work():
    if next(_seq) % 100 == 99:
        fake.unique.clear()
    return fake.unique.pyint(max_value=10**12)
