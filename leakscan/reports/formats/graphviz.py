"""A graph as an image, made by Graphviz, which is a program of its own and may not be there."""

import os
import subprocess
from pathlib import Path

from leakscan.errors import GraphvizError
from leakscan.programs import program as program_of

SECONDS = 60
"""More than the largest graph that leakscan writes takes by far."""
SUFFIXES = (".svg", ".png", ".dot")
_PROGRAM = "dot"


def rendered(graph: bytes, destination: str) -> bytes:
    """The content of a file of this name: the graph itself for `.dot` and stdout, an image for the others.

    Raises GraphvizError where that takes Graphviz, and it is not there or fails.
    """
    form = next((suffix[1:] for suffix in SUFFIXES if destination.lower().endswith(suffix)), "dot")
    return graph if form == "dot" else _image(graph, form, destination)


def _image(graph: bytes, form: str, destination: str) -> bytes:
    program = program_of(_PROGRAM)
    if program is None:
        raise GraphvizError(
            f"`{destination}` is not written: to draw it takes Graphviz, which is not installed",
            hint="`apt install graphviz`, or ask for the graph as text with `--graph out.dot`",
        )
    try:
        done = subprocess.run(  # noqa: S603 - a program of the user's, with no word of theirs
            [program, f"-T{form}"],
            input=graph,
            capture_output=True,
            timeout=SECONDS,
            # Whatever it looks for by a relative name, it does not look for among a stranger's files.
            cwd=Path(os.sep),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(destination, str(error)) from error
    if done.returncode or not done.stdout:
        complaint = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _failed(destination, complaint[0] if complaint else f"`{program}` ended with {done.returncode}")
    return done.stdout


def _failed(destination: str, reason: str) -> GraphvizError:
    return GraphvizError(
        f"`{destination}` is not written: Graphviz failed: {reason}",
        hint="ask for the graph as text with `--graph out.dot`",
    )
