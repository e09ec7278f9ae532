"""How long the text of a TOML file may be."""

from pathlib import Path

import pytest

from leakscan.errors import ConfigurationError
from leakscan.project.toml_tables import toml_of

MEBIBYTE = 1 << 20


def test_a_file_of_a_mebibyte_is_read_and_a_longer_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "leakscan.toml"

    path.write_text("#".ljust(MEBIBYTE - 6) + "\na = 1")
    read = toml_of(path)
    path.write_text("#".ljust(MEBIBYTE - 5) + "\na = 1")
    with pytest.raises(ConfigurationError) as raised:
        toml_of(path)

    assert read == {"a": 1}
    assert raised.value.message == f"`{path}` is larger than 1 MiB"
