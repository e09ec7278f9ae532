"""One browser for all pages."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.browser import Browser


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Browser]":
    # Where selenium is not installed, every test here is skipped before it asks for a browser.
    from tests.browser.browser import started

    with started(tmp_path_factory.mktemp("profile")) as browser:
        yield browser
