"""What may be a secret in a message, a traceback or a command line."""

from dataclasses import replace

import pytest

from leakscan import masking
from leakscan.model import TargetFailure
from leakscan.reports.source import without_source
from tests.builders import an_analysis


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no way to postgres://ada:hunter2@db.example.org/app", "no way to postgres://…@db.example.org/app"),
        ("redis://:p/w@d@host:6379/0", "redis://…@host:6379/0"),
        ("https://token@example.org", "https://…@example.org"),
        ("password=hunter2, user=ada", "password=…, user=ada"),
        ("{'db_password': 'hunter 2', 'n': 1}", "{'db_password': …, 'n': 1}"),
        ('{"api-key": "abc"}', '{"api-key": …}'),
        ("PGPASSWORD=hunter2 psql", "PGPASSWORD=… psql"),
        ("Authorization: Bearer abc.def.ghi", "Authorization: …"),
        ("sent Basic YWRhOmh1bnRlcjI=", "sent Basic …"),
        ("['mysql', '--password', 'hunter2']", "['mysql', '--password', …]"),
        ("https://example.org/x?access_token=abc&page=1", "https://example.org/x?access_token=…&page=1"),
        ("key ghp_16C7e42F292c6912E7aa is bad", "key … is bad"),
        ("AKIAIOSFODNN7EXAMPLE", "…"),
        ("9f86d081884c7d659a2feaa0c55ad015", "…"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "… RSA PRIVATE KEY-----"),
    ],
)
def test_what_may_be_a_secret_is_masked(text: str, shown: str) -> None:
    assert masking.masked(text) == shown
    assert masking.masked(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "KeyError: 'password'",
        "No such file: '/usr/lib/python3.11/site-packages/abc/test_of_2024_things.py'",
        "test_some_long_name_of_2024_with_1234_things",
        "https://example.org:8080/a/b?page=1",
        "ada@example.org",
        "int() expected, got str",
    ],
)
def test_what_is_no_secret_is_left_as_it_is(text: str) -> None:
    assert masking.masked(text) == text


def test_arguments_are_shown_by_the_names_of_options() -> None:
    given = "--password=hunter2 -p hunter2 --token hunter2 -vvv --verbose -phunter2 - -- 8812 x=y --utf8"

    shown = masking.masked_arguments(given.split())

    assert " ".join(shown) == "--password=… -p … --token … -vvv --verbose -p… - -- … … --utf8"
    assert masking.masked_arguments(shown) == shown


def test_a_secret_as_the_name_of_an_option_is_masked() -> None:
    assert masking.masked_arguments(["--ghp-16C7e42F292c6912E7aaaa1"]) == ("…",)


def test_a_message_is_cut_and_a_secret_at_the_cut_is_masked() -> None:
    secret = "x" * (masking.LONGEST_MESSAGE - 40) + " postgres://ada:" + "hunter2" * 10 + "@host"

    shown = masking.message_text(secret + "y" * 10_000_000)

    assert len(shown) <= masking.LONGEST_MESSAGE
    assert "hunter2" not in shown


def test_of_a_long_traceback_both_ends_are_kept() -> None:
    parts = ["Traceback:\n", *(f'  File "a.py", line {n}\n' for n in range(50_000)), "E: " + "x" * 10_000_000]

    shown = masking.traceback_text(parts)

    assert len(shown) <= masking.LONGEST_TRACEBACK + 2
    assert shown.startswith('Traceback:\n  File "a.py", line 0\n')
    assert "line 49999\nE: xxx" in shown


def test_a_traceback_without_source_keeps_the_places_and_the_message() -> None:
    shown = (
        "Traceback (most recent call last):\n"
        '  File "a.py", line 3, in work\n'
        "    fail(password)\n"
        "    ^^^^^^^^^^^^^^\n"
        "  + Exception Group Traceback (most recent call last):\n"
        '  |   File "a.py", line 7, in fail\n'
        "  |     raise ValueError\n"
        "  | ValueError: no\n"
        "    way\n"
    )

    analysis = without_source(
        replace(an_analysis(), failure=TargetFailure(message="no", traceback=shown, hint=None))
    )

    assert analysis.failure is not None
    assert analysis.failure.traceback == (
        "Traceback (most recent call last):\n"
        '  File "a.py", line 3, in work\n'
        "  + Exception Group Traceback (most recent call last):\n"
        '  |   File "a.py", line 7, in fail\n'
        "  | ValueError: no\n"
        "    way\n"
    )
