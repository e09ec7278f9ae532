"""The program that a child runs. It is a file, since Python 3.13 imports modules for `python -c` itself."""


def start(file: str) -> None:
    """Read the agent's first module, since nothing may be imported before it, and let it begin."""
    import _frozen_importlib_external
    import sys

    root, *numbers = sys.argv[1:]
    parent, commands_here, commands_there, records_here, records_there = map(int, numbers)
    if not sys.flags.safe_path:
        # The agent's own folder. What the target gets instead, its kind decides.
        del sys.path[0]
    # The target finds `sys.argv` and `__main__` as in an interpreter that runs no file.
    sys.argv[:] = ["-c"]
    main = vars(sys.modules["__main__"])
    for name in ("start", "__file__", "__cached__"):
        main.pop(name, None)
    main["__doc__"] = None
    name, path = "leakscan.agent.originals", file.removesuffix("start.py") + "originals.py"
    builtins = dict(vars(sys.modules["builtins"]))
    space = {"__name__": name, "__file__": path, "__builtins__": builtins}
    code = _frozen_importlib_external.SourceFileLoader(name, path).get_code(name)
    assert code is not None
    exec(code, space)  # noqa: S102
    space["start"](root, parent, (commands_here, commands_there), (records_here, records_there))  # type: ignore[operator]


if __name__ == "__main__":
    start(__file__)
