"""Test data for ever through fake.unique, which remembers all it gave out.

The documentation tells to call fake.unique.clear().
"""

from faker import Faker

fake = Faker()


def work():
    return fake.unique.pyint(max_value=10**12)
