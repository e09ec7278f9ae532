"""A new statement at each call: the compiled cache of the engine fills and is pruned."""

import itertools

from sqlalchemy import create_engine, literal_column, select

connection = create_engine("sqlite://").connect()
_seq = itertools.count()


def work():
    statement = select(literal_column(str(next(_seq))).label("answer"))
    return connection.execute(statement).scalar()
