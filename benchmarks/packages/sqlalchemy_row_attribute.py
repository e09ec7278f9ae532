"""Asking a result row for a column it does not have.

The C extension of SQLAlchemy 1.4 before 1.4.36 loses the exception on each such miss
(SQLAlchemy changelog 1.4.36).
"""

from sqlalchemy import create_engine, text

engine = create_engine("sqlite://")
with engine.connect() as connection:
    ROW = connection.execute(text("select 1 as a, 2 as b")).fetchone()


def work():
    return getattr(ROW, "colour_of_row", None)
