"""A temporary directory with a file in each call, removed by its context manager."""

import itertools
import pathlib
import tempfile

_seq = itertools.count()


def work():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "n%d.txt" % next(_seq))
        path.write_text("hello")
        return path.stat().st_size
