"""What every suite is run with."""

import pytest


@pytest.fixture(autouse=True)
def _plain(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A suite without settings, on a wide terminal; async plugins told what they warn of otherwise."""
    monkeypatch.setenv("COLUMNS", "200")
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
