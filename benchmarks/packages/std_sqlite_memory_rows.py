"""Audit rows in an SQLite database in memory that nobody ever deletes.

A native leak: the pages lie in memory of SQLite; no Python object stays.
"""

import itertools
import sqlite3

_seq = itertools.count()
database = sqlite3.connect(":memory:")
database.execute("create table audit (n integer, text text)")


def work():
    database.execute("insert into audit values (?, ?)", (next(_seq), "x" * 200))
    database.commit()
