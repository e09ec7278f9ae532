"""What every test is run with."""

import os


def pytest_configure() -> None:
    """Let the commands that the tests start keep their bytecode, wherever the tests run.

    Many container images set PYTHONDONTWRITEBYTECODE: each of a thousand commands, and the process of its
    target, would compile the checkout again.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
