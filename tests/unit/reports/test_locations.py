"""What a machine calls a file: its path from the root of the repository."""

import pytest

from leakscan.reports.locations import Checkout

CHECKOUT = Checkout(root="/srv/shop", folder="/srv/shop/services/api")


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("app/jobs.py", "services/api/app/jobs.py"),
        ("../common/log.py", "services/common/log.py"),
        ("/srv/shop/lib/cache.py", "lib/cache.py"),
        ("/usr/lib/python3/json/decoder.py", "/usr/lib/python3/json/decoder.py"),
        ("/srv/shopping/cache.py", "/srv/shopping/cache.py"),
        ("<string>", "<string>"),
        ("?", "?"),
    ],
)
def test_a_file_is_called_by_its_path_from_the_root(file: str, expected: str) -> None:
    assert CHECKOUT.path_of(file) == expected


def test_without_a_repository_a_file_is_called_what_the_report_calls_it() -> None:
    assert Checkout(folder="/srv/shop").path_of("app/jobs.py") == "app/jobs.py"
