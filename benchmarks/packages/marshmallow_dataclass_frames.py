"""A dataclass schema made inside a request handler.

marshmallow_dataclass 8.5 has the calling frame in the key of its schema cache, so the
frames of the last 1024 calls and all their locals stay (lovasoa/marshmallow_dataclass#198).
It is a lot of memory, but the cache is an lru_cache(maxsize=1024) and then turns over.
"""

import dataclasses

import marshmallow_dataclass


@dataclasses.dataclass
class Order:
    number: int
    city: str


def parse(payload):
    schema = marshmallow_dataclass.class_schema(Order)()
    return schema.load(payload)


def work():
    body = list(range(200))
    return parse({"number": body[3], "city": "Oslo"}).number
