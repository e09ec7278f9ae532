"""From what the user typed to something that can be called: the import, the names, the setup."""

import importlib
import importlib.util
import inspect
import os
import runpy
import sys
import traceback
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType, TracebackType
from typing import Any, NoReturn

from leakscan import masking, wire
from leakscan.agent import originals
from leakscan.agent.calling.caller import is_successful_exit
from leakscan.agent.calling.definition import definition_of, program_at
from leakscan.agent.heap.symbolize import FunctionOfLine
from leakscan.agent.own_code import PACKAGE_FOLDER


class CannotLoad(Exception):
    """The target can't be found, imported or called; carries the record that says so."""

    def __init__(self, record: wire.LoadFailed) -> None:
        super().__init__(record.message)
        self.record = record


class Target:
    """Something to call again and again, and what its setup hands it."""

    def __init__(
        self,
        name: str,
        call: Callable[..., Any],
        definition: FunctionOfLine | None,
        *,
        is_program: bool = False,
    ) -> None:
        self.name = name
        self.call = call
        self.definition = definition
        self.is_program = is_program
        """A script or module run as `__main__`: it may end with `SystemExit` like any program."""


def load(command: wire.Load) -> Target:
    """The target of the command, imported; raises CannotLoad."""
    sys.argv[1:] = command.arguments
    if command.is_module:
        sys.argv[0] = command.target
        _add_to_path(os.getcwd())
        return _module_as_program(command.target)
    where, colon, name = command.target.rpartition(":")
    if not colon or (os.sep in name and not os.path.exists(where)):
        where, name = command.target, ""
    if not name:
        return _script(where)
    return _callable(where, name)


def load_callable(spec: str) -> Callable[..., Any]:
    """What `module:name` or `path/file.py:name` names; raises CannotLoad."""
    where, colon, name = spec.rpartition(":")
    if not colon or not name:
        _fail(f"`{spec}` has no function: write module:function or path/file.py:function")
    return _callable(where, name).call


def arguments_wanted(call: Callable[..., Any]) -> int:
    """How many arguments a call needs; 0 where its signature can't be told."""
    try:
        parameters = inspect.signature(call).parameters.values()
    except (TypeError, ValueError):
        return 0
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(1 for p in parameters if p.kind in positional and p.default is p.empty)


def users_traceback(error: BaseException) -> str:
    """The traceback of the error as the target's author expects it: without the frames below theirs."""
    return traceback_text(error, users_frames(error))


def users_frames(error: BaseException) -> TracebackType | None:
    """The frames of the error from the target's first on."""
    frames: TracebackType | None = error.__traceback__
    while frames is not None and _is_below_target(frames):
        frames = frames.tb_next
    return frames


def traceback_text(error: BaseException, entry: TracebackType | None) -> str:
    """The traceback from this entry on; without the lines of source if they can't be read any more."""
    try:
        return masking.traceback_text(traceback.format_exception(type(error), error, entry))
    except Exception:
        # They are decoded by `codecs` and `encodings`, which exist once, and which the target can break.
        return "".join(_entries(entry)) + f"{type(error).__name__}\n"


def error_text(error: BaseException) -> str:
    """Type and message of the error on one line, short, and without what may be a secret."""
    try:
        # An error that can't be shown is none of ours: the library then says so in its place.
        lines = "".join(traceback.format_exception_only(error)).strip().split("\n")
        # Only what can't be compiled is quoted before it is named.
        return masking.message_text(lines[-1 if isinstance(error, SyntaxError) else 0])
    except Exception:
        # A target may have broken what the library needs for it.
        return type(error).__name__


def _entries(entry: TracebackType | None) -> Iterator[str]:
    while entry is not None:
        code = entry.tb_frame.f_code
        yield f'  File "{code.co_filename}", line {entry.tb_lineno}, in {code.co_name}\n'
        entry = entry.tb_next


def _is_below_target(entry: TracebackType) -> bool:
    file = entry.tb_frame.f_code.co_filename
    return file.startswith((PACKAGE_FOLDER, "<frozen importlib", "<frozen runpy")) or file in (
        importlib.__file__,
        runpy.__file__,
        importlib.util.__file__,
    )


def _script(path: str) -> Target:
    if not os.path.isfile(path):
        if not path.endswith(".py") and os.sep not in path:
            _fail(
                f"`{path}` is neither a file nor module:function",
                wanted=path,
                names=_files_near(path),
            )
        _fail(f"there is no file `{path}`", wanted=path, names=_files_near(path))
    sys.argv[0] = path
    full = os.path.abspath(path)
    if not sys.flags.safe_path:
        _add_to_path(os.path.dirname(full))
        # As with `python app.py`, nothing in the current folder hides a module of Python or of a library.
        sys.path.append(os.getcwd())
    return Target(
        path,
        lambda: _run_as_main(lambda: runpy.run_path(full, _program_globals(), "__main__")),
        program_at(full),
        is_program=True,
    )


def _module_as_program(name: str) -> Target:
    try:
        spec = importlib.util.find_spec(name)
    except ImportError as error:
        _fail(f"module `{name}` can't be imported: {error_text(error)}", error=error, wanted=name)
    except ValueError:
        spec = None
    if spec is None:
        _fail(f"there is no module `{name}`", wanted=name, names=_modules_near(name))
    return Target(
        f"-m {name}",
        lambda: _run_as_main(lambda: runpy.run_module(name, _program_globals(), "__main__", alter_sys=True)),
        _program_of(spec),
        is_program=True,
    )


def _program_of(spec: ModuleSpec) -> FunctionOfLine | None:
    """The file that `-m` runs: of a package, its `__main__`."""
    if spec.origin is None or not spec.has_location:
        return None
    folder, file = os.path.split(spec.origin)
    return program_at(os.path.join(folder, "__main__.py") if file == "__init__.py" else spec.origin)


def _program_globals() -> dict[str, Any]:
    # A program gets the builtins of whoever runs it, and the agent has its own.
    return {"__builtins__": originals.TARGETS_BUILTINS}


def _run_as_main(run: Callable[[], object]) -> None:
    """Run a program once; an end with status 0 is the end of the call."""
    try:
        run()
    except SystemExit as end:
        if not is_successful_exit(end):
            raise


def _callable(where: str, name: str) -> Target:
    module = _module_of_file(where) if _is_file(where) else _module(where)
    value: Any = module
    path: list[str] = []
    for part in _as_in_code(name).split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            owner = ".".join([module.__name__, *path])
            _fail(f"`{owner}` has no `{part}`", wanted=part, names=_names_of(value))
        except ImportError as error:  # a lazy import (3.15)
            _fail_import(f"{where}:{name}", error)
        path.append(part)
    if not callable(value):
        _fail(
            f"`{where}:{name}` is a {type(value).__name__}, which can't be called",
            wanted=name,
            names=tuple(n for n in _names_of(module) if callable(vars(module).get(n))),
        )
    return Target(f"{where}:{name}", value, definition_of(value))


def _as_in_code(name: str) -> str:
    """The name as Python has read it: code is UTF-8, whatever the locale takes the command line for."""
    try:
        return os.fsencode(name).decode("utf-8")
    except UnicodeError:
        return name


def _is_file(where: str) -> bool:
    return where.endswith(".py") or os.path.isfile(where)


def _module(name: str) -> ModuleType:
    _add_to_path(os.getcwd())
    if not name:
        _fail("the target has no module before its colon: write module:function")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            _fail(
                f"there is no module `{error.name}`",
                wanted=error.name,
                names=_modules_near(error.name),
            )
        _fail_import(name, error)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        _fail_import(name, error)


def _module_of_file(path: str) -> ModuleType:
    full = os.path.abspath(path)
    if not os.path.isfile(full):
        _fail(f"there is no file `{path}`", wanted=path, names=_files_near(path))
    _add_to_path(os.getcwd())
    folder, file = os.path.split(full)
    parts = [file.removesuffix(".py")]
    # A file in a package is imported as the package's module, so that its relative imports work.
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    _add_to_path(folder)
    name = ".".join(parts)
    try:
        loaded = sys.modules.get(name)
        if loaded is None and _finds(name, full):
            return importlib.import_module(name)
        if loaded is not None and _same_file(getattr(loaded, "__file__", None), full):
            return loaded
        # The name belongs to another module already; the file gets one of its own.
        return _module_by_location(name if loaded is None else f"{name}_target", full)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        _fail_import(path, error)


def _finds(name: str, full: str) -> bool:
    spec = importlib.util.find_spec(name)
    return spec is not None and _same_file(spec.origin, full)


def _same_file(one: str | None, other: str) -> bool:
    return one is not None and os.path.exists(one) and os.path.samefile(one, other)


def _module_by_location(name: str, path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        _fail(f"`{path}` is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _add_to_path(folder: str) -> None:
    if folder not in sys.path:
        sys.path.insert(0, folder)
    originals.unload_shadowed()


def _names_of(owner: Any) -> tuple[str, ...]:
    try:
        names = dir(owner)
    except Exception:
        return ()
    return tuple(str(name) for name in names)


def _files_near(path: str) -> tuple[str, ...]:
    folder = os.path.dirname(path) or "."
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return ()
    return tuple(os.path.join(os.path.dirname(path), n) for n in names if n.endswith(".py"))


def _modules_near(name: str) -> tuple[str, ...]:
    """Modules beside the one that was not found: in its package, or anywhere on the path."""
    package, _, _ = name.rpartition(".")
    if package:
        owner = sys.modules.get(package)
        folders = list(getattr(owner, "__path__", ()))
    else:
        folders = sys.path
    return tuple(f"{package}.{module}" if package else module for module in sorted(set(_modules_in(folders))))


def _modules_in(folders: list[str]) -> Iterator[str]:
    for folder in folders:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if name.endswith(".py"):
                yield name.removesuffix(".py")
            elif os.path.isfile(os.path.join(folder, name, "__init__.py")):
                yield name


def _fail_import(what: str, error: BaseException) -> NoReturn:
    if isinstance(error, CannotLoad):
        raise error
    _fail(f"`{what}` can't be imported: {error_text(error)}", error=error)


def _fail(
    message: str,
    *,
    error: BaseException | None = None,
    wanted: str = "",
    names: tuple[str, ...] = (),
) -> NoReturn:
    shown = None if error is None else users_traceback(error)
    raise CannotLoad(wire.LoadFailed(message, shown, wanted, names[:2000])) from error
