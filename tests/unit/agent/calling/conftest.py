"""The fixture of the tests that load targets."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.agent.calling.loading import Folder


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """Puts files into the current folder; what is imported from there is forgotten in the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", ["leakscan"])
    loaded = set(sys.modules)

    def put(**sources: str) -> Path:
        for name, source in sources.items():
            file = tmp_path / (name.replace("__in__", "/") + ".py")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source, encoding="utf-8")
        return tmp_path

    yield put
    for name in set(sys.modules) - loaded:
        del sys.modules[name]
