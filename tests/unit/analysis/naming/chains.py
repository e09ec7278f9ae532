"""Chains from a root to a holder, one of each kind."""

from collections.abc import Mapping

from leakscan import wire
from leakscan.wire import StepKind
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


_APP = module_step()
_HANDLERS = global_step("HANDLERS", "Handlers")
_HANDLE = global_step("handle", "function")


def _from_app(kind: StepKind, link: str, type_name: str, owner: str = "", module: str = "app") -> Steps:
    return _APP, _HANDLERS, wire.Step(kind, link, type_name, owner, module)


OF_EVERY_KIND: Mapping[StepKind, Steps] = {
    StepKind.MODULE: (_APP,),
    StepKind.THREAD: LOCAL[:1],
    StepKind.TASK: (wire.Step("task", "task 'Task-12' running app.work()", "Task", "app.work"),),
    StepKind.LOGGER: (
        wire.Step("logger", "logging.getLogger('app')", "Logger"),
        attribute_step("Logger", "handlers"),
    ),
    StepKind.TARGET: (
        wire.Step("target", "the target", "function"),
        wire.Step("cell", "cell 'seen'", "list", "make.<locals>.put", "app"),
    ),
    StepKind.SETUP: (
        wire.Step("setup", "the value of the setup", "Shop", "Shop"),
        attribute_step("Shop", "orders"),
    ),
    StepKind.CONTEXT: CONTEXT[:1],
    StepKind.REGISTRY: (wire.Step("registry", "callbacks of atexit", "list", "atexit", "atexit"),),
    StepKind.SIGNAL: SIGNAL,
    StepKind.HOOK: (
        wire.Step("hook", "hooks of the interpreter", "hook"),
        wire.Step("hook", "sys.excepthook", "function"),
    ),
    StepKind.GARBAGE: (wire.Step("garbage", "Node", "Node"), attribute_step("Node", "next", "Node")),
    StepKind.UNKNOWN: (wire.Step("unknown", "Node", "Node", "Node", "app"), attribute_step("Node", "rows")),
    StepKind.GLOBAL: GLOBAL,
    StepKind.ATTRIBUTE: ATTRIBUTE,
    StepKind.CLASS_ATTRIBUTE: _from_app(StepKind.CLASS_ATTRIBUTE, ".seen", "dict", "Handlers"),
    StepKind.STATIC_METHOD: STATIC,
    StepKind.FUNCTION_ATTRIBUTE: (
        _APP,
        _HANDLE,
        wire.Step("function attribute", ".calls", "list", "handle", "app"),
    ),
    StepKind.ATTRIBUTE_NAME: _from_app(StepKind.ATTRIBUTE_NAME, ".<name>", "str", "Handlers"),
    StepKind.STORAGE: _from_app(StepKind.STORAGE, ".data", "dict", "WeakKeyDictionary", "weakref"),
    StepKind.NAMESPACE: NAMESPACE,
    StepKind.GLOBALS: (_APP, _HANDLE, wire.Step("globals", ".__globals__", "dict", "handle", "app")),
    StepKind.THREAD_LOCAL: _from_app(StepKind.THREAD_LOCAL, ".rows", "list", "local", "_thread"),
    StepKind.CONTEXT_VARIABLE: CONTEXT,
    StepKind.VALUE: (*GLOBAL, value_step("'eu'", "list")),
    StepKind.KEY: (*GLOBAL, wire.Step("key", "key", "Request")),
    StepKind.INDEX: LOCAL_PART,
    StepKind.MEMBER: (*GLOBAL, wire.Step("member", "{…}", "Request")),
    StepKind.CACHE: LRU_PART,
    StepKind.CELL: CELL,
    StepKind.DEFAULT: DEFAULT,
    StepKind.LOCAL: LOCAL,
    StepKind.PARTIAL: _from_app(StepKind.PARTIAL, ".args", "tuple", "functools.partial", "functools"),
    StepKind.METHOD: _from_app(StepKind.METHOD, ".__self__", "Shop"),
    StepKind.CALLBACK: _from_app(StepKind.CALLBACK, "callback", "method", "weakref", "weakref"),
    StepKind.EXCEPTION: _from_app(StepKind.EXCEPTION, ".__traceback__", "traceback", "AppError"),
    StepKind.TRACEBACK: _from_app(StepKind.TRACEBACK, ".tb_frame", "frame"),
    StepKind.PART: _from_app(StepKind.PART, ".__wrapped__", "function", "handle"),
}
"""To a holder that a step of the kind reaches, or leads on from."""
