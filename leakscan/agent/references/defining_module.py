"""Which of the modules that have the same object as a global is the one that made it.

`from state import CACHE` gives the importing module a name, too, and the import has left no trace in the
object. The code of the modules tells: a module that imports the name has not made the object.
"""

import builtins
import marshal
from collections.abc import Sequence
from opcode import EXTENDED_ARG, opmap
from types import CodeType, FunctionType, ModuleType
from typing import Any

from leakscan.agent.heap import atomic_reads, introspect

_MAGIC_BYTES = 16
_LARGEST_FILE = 4 << 20
_IMPORT_FROM = opmap["IMPORT_FROM"]
_STORE_NAME = opmap["STORE_NAME"]
_open = builtins.open
_compile = builtins.compile


def defining_module_of(obj: object, modules: Sequence[ModuleType]) -> ModuleType:
    """The module, among those that have the object as a global, that it belongs to; the first in doubt."""
    declared = _declared_module(obj)
    by_name = next((each for each in modules if declared and _name(each) == declared), None)
    if by_name is not None or len(modules) < 2:
        return by_name or modules[0]
    return next((each for each in modules if not _imports(each, obj)), modules[0])


def _declared_module(obj: object) -> str | None:
    """The name of its module, for a class or a function; None for anything else, which does not know it."""
    if type.__subclasscheck__(type, type(obj)):
        return introspect.module_of_type(obj)  # type: ignore[arg-type]
    if type(obj) is FunctionType:
        module: object = FunctionType.__dict__["__module__"].__get__(obj)
        return module if type(module) is str else None
    return None


def _name(module: ModuleType) -> object:
    return introspect.namespace_of_module(module).get("__name__")


def _imports(module: ModuleType, obj: object) -> bool:
    """Whether the code of the module imports the object under the name that it has there."""
    namespace = introspect.namespace_of_module(module)
    code = _code(namespace)
    if code is None:
        return False
    own_names = {name for name, held in atomic_reads.items_of(namespace) if held is obj}
    return not own_names.isdisjoint(_imported_by(code))


def _imported_by(code: CodeType) -> set[str]:
    """The names that `from … import …` gives to what it imports."""
    names: set[str] = set()
    extension = 0
    before = 0
    for operation, argument in zip(code.co_code[::2], code.co_code[1::2], strict=False):
        if operation == EXTENDED_ARG:
            extension = extension << 8 | argument
            continue
        if operation == _STORE_NAME and before == _IMPORT_FROM:
            names.add(code.co_names[extension << 8 | argument])
        before, extension = operation, 0
    return names


def _code(namespace: dict[str, Any]) -> CodeType | None:
    """The code of a module, from the files that Python loads it from; None where there are none."""
    try:
        return _cached(namespace.get("__cached__")) or _compiled(namespace.get("__file__"))
    except (OSError, ValueError, EOFError, TypeError, SyntaxError):
        return None


def _cached(path: object) -> CodeType | None:
    if type(path) is not str:
        return None
    try:
        code = marshal.loads(_read(path)[_MAGIC_BYTES:])  # noqa: S302 - Python loaded the module from it
    except FileNotFoundError:
        return None
    return code if type(code) is CodeType else None


def _compiled(path: object) -> CodeType | None:
    if type(path) is not str or not path.endswith(".py"):
        return None
    return _compile(_read(path), path, "exec", dont_inherit=True)


def _read(path: str) -> bytes:
    with _open(path, "rb") as file:
        return file.read(_LARGEST_FILE)
