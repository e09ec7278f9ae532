"""A Table object for each upload in one MetaData, which keeps all its tables."""

import itertools

from sqlalchemy import Column, Integer, MetaData, String, Table, select

metadata = MetaData()
_seq = itertools.count()


def work():
    upload = Table("upload_%d" % next(_seq), metadata, Column("id", Integer), Column("v", String))
    return str(select(upload.c.v))
