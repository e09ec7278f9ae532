"""The agent's own copy of every module that it uses, made before the target can change, hide or forget one.

A target may patch `os` or `builtins`, empty `sys.modules`, change its root folder, or have a `random.py`;
and what goes over all modules to patch them would find those of the agent. So the agent and all that it
imports are loaded by an `import` of their own, into a table of their own, with builtins of their own:

* a module written in Python is loaded once more, and `sys.modules` knows nothing of it: the target imports
  its own, from its own path;
* a module written in C may exist once only, so its names are copied; of `sys`, the functions.

Before this file is read there is nothing else: it imports only what the interpreter itself is made of.
"""

import _frozen_importlib
import _frozen_importlib_external
import builtins
import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, FunctionType, ModuleType
    from typing import Any

TARGETS_BUILTINS = builtins
"""What a program of the target is run with; the agent has its own."""
THIRD_PARTY = ("objgraph", "psutil", "pympler")
"""What the agent imports beside the standard library. What these would import in turn they do without."""
_OURS = ("leakscan", "leakscan.wire")
"""Where the process is not the target's own, both sides have to mean the same classes."""
_PART_OF_INTERPRETER = ("_frozen_importlib", "_frozen_importlib_external", "encodings", "threading", "typing")
"""The interpreter knows them: they register with it, or (`typing`) it calls their functions by name."""
_ACTING_FOR_TARGET = ("leakscan.", "importlib.util", "runpy")
"""To these, `sys.modules` is what the target has loaded; to all others, what the agent has."""
_IMPORTED_BY_FUNCTIONS = ("ast", "heapq", "linecache", "math", "pkgutil", "struct", "tokenize", "warnings")
"""Of the standard library, what functions that the agent calls would import when they are called."""
_TYPES_OF_CONSTANTS = (int, float, str, bytes, tuple, frozenset, type(None))

_own_modules: "dict[str, ModuleType]" = {}
_shared: "dict[str, ModuleType]" = {}
"""What is there once, for the agent and the target, since the agent has loaded it."""
_own_builtins: "list[dict[str, Any]]" = []


def start(root: str, parent: int, commands: "tuple[int, int]", records: "tuple[int, int]") -> None:
    """Load the agent from the folder that leakscan is in, and serve the parent: what a child begins with."""
    # Of the agent's objects nothing is garbage, and there are many.
    is_collecting = gc.isenabled()
    gc.disable()
    there, path, folders = set(sys.modules), sys.path[:], set(sys.path_importer_cache)
    standard, others = _parts_of(path)
    sys.path[:] = [*standard, *others]
    for name in _PART_OF_INTERPRETER:
        _imported(name)
    targets = gc.get_objects()
    originals = Originals(root)
    main_loop = originals.loaded_whole("leakscan.agent.main_loop")
    sys.path[:] = path
    # Our own folders, which nobody else looks into; of the others the target knows as much as it ever would.
    for folder in set(sys.path_importer_cache) - folders:
        if folder.startswith(f"{root}/leakscan"):
            del sys.path_importer_cache[folder]
    # What these have imported for themselves: `array` registers with `collections.abc`.
    for name in sys.modules.keys() - there - _shared.keys() - set(sys.builtin_module_names):
        del sys.modules[name]
    freezing = originals.module("leakscan.agent.heap.freezing")
    freezing.freeze_own(targets, [module for name, module in sys.modules.items() if name not in there])
    # A program may freeze its heap once only, and ask by this whether it has.
    gc.get_freeze_count = freezing.count_of_target
    del targets
    if is_collecting:
        gc.enable()
    main_loop.serve(parent, commands, records)


def own_modules() -> "Iterable[ModuleType]":
    """The modules that the agent has for itself."""
    return list(_own_modules.values())


def is_own_function(function: "FunctionType") -> bool:
    """Whether it is of a module that the agent has for itself."""
    its_builtins = object.__getattribute__(function, "__builtins__")
    return any(its_builtins is each for each in _own_builtins)


def unload_shadowed() -> None:
    """Let the target import what its own path has under the name of a module that the agent has loaded.

    What may exist only once is loaded for both.
    """
    for name, module in list(_shared.items()):
        spec = _spec_in(name, sys.path)
        if spec is not None and spec.origin != _origin(module) and sys.modules.get(name) is module:
            del sys.modules[name]


class Originals:
    """A table of modules that nobody else has, and the `import` that fills it."""

    def __init__(self, root: str, *, is_guest_of_tests: bool = False) -> None:
        """`root` is the folder that leakscan is in.

        In the process of a test runner, which is not the target's own, the standard library is copied as it
        is: to load it once more would cost time and memory, and who patches it patches the runner as well.
        """
        self._root = root
        self._is_guest_of_tests = is_guest_of_tests
        self._standard, self._others = _parts_of(sys.path)
        self._targets_sys = _copied_sys()
        own_sys = _copied_sys()
        self._modules: dict[str, ModuleType] = {"sys": own_sys}
        # A module that looks there looks for itself.
        own_sys.modules = self._modules
        self._builtins: dict[str, Any] = {**vars(builtins), "__import__": self._import}
        _own_builtins.append(self._builtins)

    def loaded_whole(self, name: str) -> "Any":
        """The module, with all that it and its functions will ever import."""
        module = self.module(name)
        for each in _IMPORTED_BY_FUNCTIONS:
            self.module(each)
        for each, kept in self._modules.items():
            # Up to 3.12 `typing` puts classes there: `typing.io`.
            if type(kept) is type(sys) and kept is not sys.modules.get(each):
                _own_modules[each] = kept
        return module

    def names(self) -> "list[str]":
        """The names of all modules in it."""
        return list(self._modules)

    def module(self, name: str) -> "Any":
        """The module of this name. Raises ModuleNotFoundError where no file of it can be read."""
        if name in self._modules:
            return self._modules[name]
        package, _, last = name.rpartition(".")
        parent = self.module(package) if package else None
        if name in self._modules:
            # Its package has put it there: `os.path`, `collections.abc`.
            return self._modules[name]
        try:
            module = self._new(name)
        except OSError as error:
            # In a sandbox, or after a change of the root folder, no file can be read.
            raise ModuleNotFoundError(f"the agent can't read module {name!r}", name=name) from error
        if parent is not None:
            setattr(parent, last, module)
        return module

    def _import(
        self,
        name: str,
        space: "Mapping[str, Any] | None" = None,
        _variables: object = None,
        fromlist: "Sequence[str] | None" = (),
        level: int = 0,
    ) -> "Any":
        """What the statement `import` calls in the modules of this table."""
        if space is None:
            # `__import__` as a function is how `runpy` and `importlib` import for the target.
            return builtins.__import__(name, fromlist=fromlist or ())
        if level:
            package = space["__package__"].rsplit(".", level - 1)[0]
            name = f"{package}.{name}" if name else package
        if name == "sys" and space["__name__"].startswith(_ACTING_FOR_TARGET):
            return self._targets_sys
        module = self.module(name)
        if not fromlist:
            return self.module(name.partition(".")[0])
        if hasattr(module, "__path__"):
            for each in fromlist:
                if each != "*" and not hasattr(module, each):
                    self._submodule(f"{name}.{each}")
        return module

    def _submodule(self, name: str) -> None:
        try:
            self.module(name)
        except ModuleNotFoundError as error:
            # It may be no module but a name that is missing, which `from … import` says itself.
            if error.name != name:
                raise

    def _new(self, name: str) -> "ModuleType":
        if name == __name__:
            return self._kept(name, _this_module())
        top = name.partition(".")[0]
        if top in _PART_OF_INTERPRETER:
            return self._kept(name, _imported(name))
        if self._is_guest_of_tests and (top in sys.stdlib_module_names or _is_ours(name)):
            return self._kept(name, _copied(_imported(name)))
        spec, code = self._read_now(name)
        if code is not None:
            return self._executed(spec, code)
        return self._kept(name, _copied(_loaded_in_c(spec)))

    def _read_now(self, name: str) -> "tuple[ModuleSpec, Any]":
        """How the module is loaded, and its code; None instead of that where it is written in C."""
        spec = self._spec(name)
        loader: Any = None if spec is None else spec.loader
        if spec is None or loader is None:
            raise ModuleNotFoundError(f"the agent has no module {name!r}", name=name)
        return spec, loader.get_code(name)

    def _spec(self, name: str) -> "ModuleSpec | None":
        package, _, _ = name.rpartition(".")
        if package:
            return _spec_in(name, self.module(package).__path__)
        if name in sys.stdlib_module_names:
            return _frozen_importlib.BuiltinImporter.find_spec(name) or _spec_in(name, self._standard)
        if name == "leakscan":
            return _spec_in(name, [self._root])
        return _spec_in(name, [self._root, *self._others]) if name in THIRD_PARTY else None

    def _executed(self, spec: "ModuleSpec", code: "CodeType") -> "ModuleType":
        module = _frozen_importlib.module_from_spec(spec)
        # Each function keeps the builtins that its module had when the function was made.
        vars(module)["__builtins__"] = self._builtins
        self._kept(spec.name, module)
        try:
            exec(code, vars(module))  # noqa: S102 - it is how modules are loaded
        except BaseException:
            del self._modules[spec.name]
            raise
        # A module may put another one in its place.
        return self._modules[spec.name]

    def _kept(self, name: str, module: "ModuleType") -> "ModuleType":
        self._modules[name] = module
        return module


def _is_ours(name: str) -> bool:
    """Whether it is one of `_OURS`, or a module of the package `wire`."""
    return name in _OURS or name.rpartition(".")[0] == "leakscan.wire"


def _spec_in(name: str, path: "Sequence[str]") -> "ModuleSpec | None":
    return _frozen_importlib_external.PathFinder.find_spec(name, path)


def _imported(name: str) -> "ModuleType":
    """The one module of this name, for the target as well."""
    is_new = name not in sys.modules
    module: ModuleType = _frozen_importlib._gcd_import(name)  # type: ignore[attr-defined]
    if is_new:
        _shared[name] = module
    return module


def _loaded_in_c(spec: "ModuleSpec") -> "ModuleType":
    """The one module of this name, for the target as well; of a third party, one that only the agent has."""
    name = spec.name
    there = sys.modules.get(name)
    if there is not None and _origin(there) == spec.origin:
        return there
    module: ModuleType
    if there is None and name in sys.stdlib_module_names:
        module = _frozen_importlib._load(spec)  # type: ignore[attr-defined]
        if spec.has_location:
            _shared[name] = module
        return module
    loader: Any = spec.loader
    module = _frozen_importlib.module_from_spec(spec)
    loader.exec_module(module)
    if there is None:
        sys.modules.pop(name, None)
    else:
        sys.modules[name] = there
    return module


def _origin(module: "ModuleType") -> "str | None":
    spec = module.__spec__
    return None if spec is None else spec.origin


def _copied(module: "ModuleType") -> "ModuleType":
    """All that it has now, under the same names."""
    copy = type(sys)(module.__name__)
    vars(copy).update(vars(module))
    return copy


def _copied_sys() -> "Any":
    """Its functions and constants as they are now; what the interpreter does is asked of `sys` itself."""
    copy: Any = type(sys)("sys")
    for name, value in vars(sys).items():
        if callable(value) or isinstance(value, _TYPES_OF_CONSTANTS):
            setattr(copy, name, value)
    copy.__getattr__ = lambda name: getattr(sys, name)
    return copy


def _this_module() -> "ModuleType":
    """This very module, which a child begins with: there it is not imported."""
    module = type(sys)(__name__)
    vars(module).update(globals())
    return module


def _parts_of(path: "Sequence[str]") -> "tuple[list[str], list[str]]":
    """The entries of the standard library, and the others: what `PYTHONPATH` puts before it comes last."""
    places = [place for place, entry in enumerate(path) if _is_standard(entry)]
    after = places[-1] + 1 if places else 0
    others = [*path[after:], *path[: places[0] if places else 0]]
    return [path[place] for place in places], others


def _is_standard(entry: str) -> bool:
    return entry == sys._stdlib_dir or entry.endswith("lib-dynload")  # type: ignore[attr-defined]
