import _io
import _thread
import builtins
import marshal
import posix
import sys

kept = []
done = []
AN_IMPORT_NEEDS = {
    _thread: {"allocate_lock", "get_ident", "RLock"},
    _io: {"FileIO", "open_code"},
    marshal: {"loads"},
    posix: {"fspath", "getcwd", "listdir", "stat"},
}
OF_BUILTINS = {"compile", "dir", "eval", "exec", "id", "input", "open", "print", "repr", "sorted", "vars"}


def broken(*_arguments, _error=RuntimeError, **_named):
    raise _error("replaced")


def functions():
    return [
        (module, name)
        for module in [value for value in globals().values() if type(value) is type(sys)]
        for name, value in list(vars(module).items())
        if not name.startswith("__")
        and callable(value)
        and not (isinstance(value, type) and issubclass(value, BaseException))
        # These targets call it themselves.
        and (module, name) not in {(builtins, "object"), (builtins, "ValueError")}
    ]


def replace(pairs):
    put = setattr

    for module, name in pairs:
        put(module, name, broken)


def replace_all_but_what_imports_need():
    replace(
        [
            (module, name)
            for module, name in functions()
            if name not in AN_IMPORT_NEEDS.get(module, ())
            and module is not sys
            and (module is not builtins or name in OF_BUILTINS)
        ]
    )


def leaks():
    kept.append(object())


def replaces_all():
    if not done:
        done.append(True)
        replace(functions())


def replaces_all_and_leaks():
    replaces_all()
    kept.append(object())


def replaces_all_and_raises():
    replaces_all()
    raise ValueError("my own")
