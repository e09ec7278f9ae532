"""`python -m leakscan`, and the command `leakscan`, whatever modules are in the current folder."""

import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command of this process; a Ctrl-C while it is loaded ends it in silence, as later."""
    _standard_library_first()
    try:
        # Only now, so that nothing comes from where the target's modules are.
        from leakscan.cli import main as run
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    run()


def _standard_library_first() -> None:
    """Let folders that `python -m` and `PYTHONPATH` put before it come last: they are for the target."""
    standard = sys._stdlib_dir  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other way without imports
    if standard not in sys.path:
        return
    first = sys.path.index(standard)
    folders = tuple(f"{folder}/" for folder in sys.path[:first])
    sys.path[:] = [*sys.path[first:], *sys.path[:first]]
    for name in sys.stdlib_module_names & sys.modules.keys():
        # `python -m` itself has imported some, such as `warnings`.
        file = getattr(sys.modules[name], "__file__", None)
        if file is not None and file.startswith(folders):
            del sys.modules[name]


if __name__ == "__main__":
    main()
