"""Statements whose column labels are put together at run time.

The compiled cache is bounded, but the dialect's IdentifierPreparer remembers the quoted
form of every name it ever saw in its dict _strings (found by reading sql/compiler.py).
"""

import itertools

from sqlalchemy import create_engine, literal_column, select

connection = create_engine("sqlite://").connect()
_seq = itertools.count()


def work():
    statement = select(literal_column("1").label("column_%d" % next(_seq)))
    return connection.execute(statement).scalar()
