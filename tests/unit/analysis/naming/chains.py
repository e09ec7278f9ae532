"""Chains from a root to a holder, one of each kind."""

from leakscan import wire
from tests.unit.analysis.records import attribute_step, global_step, module_step

Steps = tuple[wire.Step, ...]


def value_step(key: str, kind: str = "dict") -> wire.Step:
    return wire.Step("value", f"[{key}]", kind)


GLOBAL = (module_step(), global_step("CACHE"))
ATTRIBUTE = (module_step(), global_step("lock", "MemoryLock"), attribute_step("MemoryLock", "keys"))
IN_A_DICT = (
    module_step(),
    global_step("TRACKER", "Tracker"),
    attribute_step("Tracker", "requests"),
    value_step("'7'", "Request"),
    attribute_step("Request", "sessions", "list"),
)
CELL = (
    module_step(),
    global_step("put", "function"),
    wire.Step("cell", "cell 'seen'", "list", "make.<locals>.put", "app"),
)
LRU = (module_step(), global_step("price", "_lru_cache_wrapper"))
LRU_PART = (*LRU, wire.Step("cache", "['eu']", "Price", "price", "app"))
DEFAULT = (
    module_step(),
    global_step("put", "function"),
    wire.Step("default", "default of 'seen'", "list", "put", "app"),
)
LOCAL = (
    wire.Step("thread", "thread 'filer'", "frame"),
    wire.Step("local", "local 'archive' in file() at app/jobs.py:12", "list", "file"),
)
LOCAL_PART = (*LOCAL, wire.Step("index", "[0]", "list"))
CELL_PART = (*CELL, value_step("'eu'", "list"))
STATIC = (
    module_step(),
    global_step("Loader", "type"),
    wire.Step("static method", ".load", "_lru_cache_wrapper", "Loader", "app"),
)
NODES = (
    module_step(),
    global_step("JOURNAL", "Journal"),
    attribute_step("Journal", "head", "Node"),
    attribute_step("Node", "next", "Node")._replace(repeats=1_240),
)
NAMESPACE = (
    module_step(),
    global_step("STATE", "SessionState"),
    wire.Step("namespace", ".__dict__", "dict", "SessionState", "app"),
)


SIGNAL = (
    wire.Step("signal", "signal handlers", "signal"),
    wire.Step("signal", "handler of SIGUSR1", "SignalHandler"),
)
CONTEXT = (
    wire.Step("context", "the current context", "Context"),
    wire.Step("context variable", "['request_log']", "list", "Context", "_contextvars"),
)
