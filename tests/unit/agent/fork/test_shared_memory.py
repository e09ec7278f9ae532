"""Which shared mappings a copy gets as memory of its own, told from the text of `/proc/self/maps`."""

import pytest

from leakscan.agent.fork.shared_memory import table

MEBIBYTE = 1 << 20
START = 0x7F00_0000_0000


def _line(size: int, *, start: int = START, flags: str = "rw-s", file: str = "/srv/shared") -> str:
    return f"{start:x}-{start + size:x} {flags} 00000000 08:01 4711                     {file}\n"


def _is_copied(maps: str) -> list[bool]:
    """For each mapping that the copy shares, whether it gets its content; the last row, an end, is none."""
    *mappings, end = table(maps)
    assert end.shared.length == 0
    return [bool(mapping.is_copied) for mapping in mappings]


def test_a_mapping_is_taken_at_its_place_with_its_length_and_protection() -> None:
    [mapping, _] = table(_line(3 * MEBIBYTE, flags="r--s"))

    assert (mapping.shared.address, mapping.shared.length, mapping.copy.length) == (
        START,
        3 * MEBIBYTE,
        3 * MEBIBYTE,
    )
    assert mapping.protection == 1


def test_only_what_is_shared_is_replaced() -> None:
    maps = _line(MEBIBYTE, flags="rw-p") + _line(MEBIBYTE, flags="r-xp", file="/usr/lib/libc.so.6")

    assert _is_copied(maps) == []


@pytest.mark.parametrize(("size", "is_copied"), [(64 * MEBIBYTE, True), (65 * MEBIBYTE, False)])
def test_a_mapping_of_more_than_64_mebibytes_is_not_copied(size: int, *, is_copied: bool) -> None:
    assert _is_copied(_line(size)) == [is_copied]


def test_no_more_than_256_mebibytes_are_copied_in_all() -> None:
    sizes = [60, 60, 60, 60, 20, 16, 1]
    maps = "".join(_line(size * MEBIBYTE, start=START + n * (1 << 30)) for n, size in enumerate(sizes))

    assert _is_copied(maps) == [True, True, True, True, False, True, False]


@pytest.mark.parametrize(
    ("file", "is_copied"),
    [
        ("/dev/dri/card0", False),
        ("/dev/mem", False),
        ("/dev/shm/psm_4711", True),  # noqa: S108 - a name in a list of mappings
        ("/dev/zero (deleted)", True),
        ("/dev/hugepages/one", True),
        ("/home/ada/dev/data", True),
        ("", True),
    ],
)
def test_a_device_is_not_read(file: str, *, is_copied: bool) -> None:
    assert _is_copied(_line(MEBIBYTE, file=file)) == [is_copied]
