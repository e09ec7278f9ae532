"""Containers that are copied and replaced at each call: what grows is never the same object twice."""

import itertools

_SEQUENCE = itertools.count()


class Settings:
    def __init__(self) -> None:
        self.by_tenant: dict[int, bytes] = {}
        self.listeners: list[bytes] = []


SETTINGS = Settings()
GRAMMARS: dict[str, dict[int, bytes]] = {"python": {}}


def dict_replaced_by_a_longer_copy() -> None:
    SETTINGS.by_tenant = {**SETTINGS.by_tenant, next(_SEQUENCE): bytes(8192)}


def list_replaced_by_a_longer_copy() -> None:
    SETTINGS.listeners = [*SETTINGS.listeners, bytes(8192)]


def dict_in_a_dict_replaced_by_a_longer_copy() -> None:
    GRAMMARS["python"] = dict(GRAMMARS["python"])
    GRAMMARS["python"][next(_SEQUENCE)] = bytes(8192)
