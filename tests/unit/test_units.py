"""What numbers look like in a report, and what sizes the user may write."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan import units


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("0", 0),
        ("64", 64),
        ("64B", 64),
        ("1KiB", 1024),
        ("1kib", 1024),
        ("1 kB", 1000),
        ("1.5MB", 1_500_000),
        (".5 MiB", 524_288),
        ("2GiB", 2**31),
        (" 3GB ", 3_000_000_000),
    ],
)
def test_a_size_is_read_with_or_without_its_unit(size: str, expected: float) -> None:
    assert units.bytes_of(size) == expected


@pytest.mark.parametrize("size", ["", "B", "-1", "1XB", "1 k B", "ten", "1e3", "1.2.3", "nan"])
def test_what_is_no_size_is_refused_with_examples(size: str) -> None:
    with pytest.raises(ValueError, match=r"is not a size; write it like 0, 64B, 1KiB or 1\.5MB"):
        units.bytes_of(size)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0 B"),
        (0.02, "0.02 B"),
        (0.999, "1 B"),
        (1.28, "1.3 B"),
        (64, "64 B"),
        (99.96, "100 B"),
        (999.4, "999 B"),
        (999.7, "1.0 kB"),
        (1_900, "1.9 kB"),
        (99_960, "100 kB"),
        (123_456, "123 kB"),
        (999_960, "1.0 MB"),
        (-1_900, "-1.9 kB"),
        (3e18, "3,000 PB"),
    ],
)
def test_bytes_read_in_the_largest_unit_they_fill(number: float, expected: str) -> None:
    assert units.bytes_text(number) == expected


@given(st.floats(min_value=1, max_value=1e17))
def test_bytes_read_back_as_nearly_the_same_number(number: float) -> None:
    text = units.bytes_text(number)

    read_back = units.bytes_of(text) if text[-2] not in "TP" else number

    assert math.isclose(read_back, number, rel_tol=0.05)


@given(st.integers(min_value=0, max_value=999))
def test_whole_bytes_under_a_thousand_read_back_exactly(number: int) -> None:
    assert units.bytes_of(units.bytes_text(number)) == number


@given(st.floats(min_value=0, max_value=1e11), st.floats(min_value=0, max_value=1e11))
def test_a_larger_size_never_reads_as_a_smaller_one(one: float, other: float) -> None:
    smaller, larger = sorted([one, other])

    read_back = [units.bytes_of(units.bytes_text(n).replace(",", "")) for n in (smaller, larger)]

    assert read_back == sorted(read_back)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0"),
        (0.02, "0.02"),
        (0.142857, "0.14"),
        (0.00031, "0.00031"),
        (0.996, "1"),
        (1, "1.0"),
        (10, "10.0"),
        (99.96, "100"),
        (1234.4, "1,234"),
        (-0.5, "-0.5"),
    ],
)
def test_a_rate_is_as_exact_as_it_is_worth(number: float, expected: str) -> None:
    assert units.rate_text(number) == expected


@pytest.mark.parametrize(("text", "expected"), [("10.0", "+10.0"), ("-2", "-2"), ("0", "0"), ("0 B", "0 B")])
def test_only_what_rises_gets_a_plus(text: str, expected: str) -> None:
    assert units.signed(text) == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, "0 %"), (0.992, "99.2 %"), (0.99999, "99.9 %"), (1, "100 %"), (0.5, "50 %")],
)
def test_only_a_whole_share_reads_as_a_hundred_per_cent(share: float, expected: str) -> None:
    assert units.share_text(share) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.4, "0.4 seconds"),
        (2, "2 seconds"),
        (60, "60 seconds"),
        (565, "9 minutes"),
        (7_200, "2 hours"),
        (86_400, "24 hours"),
        (10 * 86_400, "10 days"),
        (3 * 365 * 86_400, "3 years"),
        (math.inf, "more than 1,000 years"),
    ],
)
def test_a_duration_is_said_in_its_largest_full_unit(seconds: float, expected: str) -> None:
    assert units.duration_text(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.42, "0.42 s"), (3.21, "3.2 s"), (99.99, "100 s"), (1250, "1,250 s")],
)
def test_a_measured_time_is_in_seconds(seconds: float, expected: str) -> None:
    assert units.seconds_text(seconds) == expected


def test_a_leak_of_1_900_bytes_a_call_fills_a_gibibyte_in_nine_minutes() -> None:
    seconds = units.seconds_to_fill(units.GIB, 1_900 * 1_000)

    assert units.duration_text(seconds) == "9 minutes"


def test_what_does_not_grow_never_fills_a_gibibyte() -> None:
    assert units.seconds_to_fill(units.GIB, 0) == math.inf


@pytest.mark.parametrize(
    ("rate", "calls_per_second"),
    [
        ("1000/s", 1_000),
        ("20", 20),
        ("90/min", 1.5),
        ("1,800/h", 0.5),
        ("864000/day", 10),
        ("1e3 / S", 1_000),
    ],
)
def test_a_rate_is_read_in_calls_per_second(rate: str, calls_per_second: float) -> None:
    assert units.calls_per_second_of(rate) == calls_per_second


@pytest.mark.parametrize("rate", ["", "fast", "0/s", "-3/s", "5/fortnight", "nan/s", "inf", "/s"])
def test_what_is_no_rate_is_refused_with_a_sentence(rate: str) -> None:
    with pytest.raises(ValueError, match="is not a rate; write it like 1000/s"):
        units.calls_per_second_of(rate)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0 B"), (1_023, "1,023 B"), (1_024, "1.0 KiB"), (33_822_867_456, "31.5 GiB"), (2**40, "1.0 TiB")],
)
def test_a_size_reads_in_binary_units_too(number: float, expected: str) -> None:
    assert units.binary_text(number) == expected


@pytest.mark.parametrize(
    ("number", "expected"), [(1, "1 entry"), (2, "2 entries"), (12_340, "12,340 entries")]
)
def test_a_count_agrees_with_its_noun(number: int, expected: str) -> None:
    assert units.counted(number, "entry", "entries") == expected


@pytest.mark.parametrize(("text", "share"), [("20%", 0.2), ("0.2", 0.2), ("0", 0.0), ("150 %", 1.5)])
def test_a_share_is_read_from_what_people_write(text: str, share: float) -> None:
    assert units.share_of(text) == share


@pytest.mark.parametrize("text", ["", "%", "much", "-5%", "nan", "inf%"])
def test_what_is_no_share_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="is not a share; write it like 20%"):
        units.share_of(text)
