"""The file of known leaks: read, and written without losing what people wrote."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from leakscan.errors import ConfigurationError
from leakscan.model.check import Accepted, OtherHolder
from leakscan.project.baseline import baseline_text, read_baseline

LEAK = Accepted(
    target="jobs",
    fingerprint="leak-1",
    holder="Jobs.done",
    bytes_per_call=1_893.0,
    entries_per_call=10.0,
    python="3.11",
    since=date(2026, 11, 21),
    reason="",
    expires=None,
)
OTHER = replace(
    LEAK, target="api", fingerprint="leak-2", holder="lru_cache of app.price", entries_per_call=None
)


def read_back(folder: Path, text: str) -> tuple[Accepted, ...]:
    path = folder / "leakscan-baseline.toml"
    path.write_text(text, encoding="utf-8")
    return read_baseline(path)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    leaks = (LEAK, replace(OTHER, expires=date(2027, 2, 1), reason="bounded with the new queue"))

    assert read_back(tmp_path, baseline_text("", leaks)) == leaks


def test_a_file_that_is_not_there_knows_no_leak(tmp_path: Path) -> None:
    assert read_baseline(tmp_path / "none.toml") == ()


def test_a_first_file_can_be_read_in_a_review() -> None:
    assert (
        baseline_text("", [LEAK])
        == """\
# Leaks that are known: they are listed, and fail nothing while they grow no faster.
# `leakscan check --update-baseline` adds and removes; `reason` and `expires` are yours to write.
version = 1

[[leak]]
target = "jobs"
holder = "Jobs.done"
fingerprint = "leak-1"
bytes_per_call = 1893.0
entries_per_call = 10.0
python = "3.11"
since = 2026-11-21
reason = ""
"""
    )


EDITED = """\
# Ours. Ask Ada before you add to it.
version = 1

# the reports of last year's jobs
[[leak]]
fingerprint = "leak-1"   # seen first in staging
target = "jobs"
bytes_per_call = 1_893
since = 2026-11-21
reason = \'\'\'we know\'\'\'
expires = 2027-02-01

[[leak]]
target = "api"
fingerprint = "leak-2"
bytes_per_call = 1893.0
since = 2026-11-21
"""


def test_what_people_wrote_survives_an_update(tmp_path: Path) -> None:
    known = read_back(tmp_path, EDITED)

    added = baseline_text(EDITED, (*known, replace(LEAK, fingerprint="leak-3")))

    assert added.startswith(EDITED)
    assert added.count("[[leak]]") == 3


def test_an_update_without_a_change_leaves_every_byte(tmp_path: Path) -> None:
    assert baseline_text(EDITED, read_back(tmp_path, EDITED)) == EDITED


def test_a_leak_that_is_gone_leaves_and_the_others_keep_their_comments(tmp_path: Path) -> None:
    first, second = read_back(tmp_path, EDITED)

    assert baseline_text(EDITED, [first]) == EDITED[: EDITED.rindex("\n[[leak]]")]
    assert "seen first in staging" not in baseline_text(EDITED, [second])


def test_the_last_leak_leaves_a_file_that_can_be_read(tmp_path: Path) -> None:
    text = baseline_text(baseline_text("", [LEAK]), [])

    assert read_back(tmp_path, text) == ()
    assert read_back(tmp_path, baseline_text(text, [LEAK])) == (LEAK,)


def test_a_new_rate_is_written_beside_the_old_reason(tmp_path: Path) -> None:
    first, second = read_back(tmp_path, EDITED)
    faster = replace(first, bytes_per_call=4_000.0, entries_per_call=20.0, python="3.12")

    text = baseline_text(EDITED, [faster, second])

    assert read_back(tmp_path, text) == (faster, second)
    assert "we know" in text
    assert "seen first in staging" in text


def test_leaks_that_share_a_fingerprint_are_told_apart_by_their_order(tmp_path: Path) -> None:
    twin = replace(LEAK, bytes_per_call=7.0)

    text = baseline_text(baseline_text("", [LEAK, twin]), [replace(LEAK, bytes_per_call=9.0), twin])

    assert [leak.bytes_per_call for leak in read_back(tmp_path, text)] == [9.0, 7.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version = 2", "has version 2; this leakscan reads up to 1"),
        ("[[leak]]\ntarget = 'a'", "`leakscan-baseline.toml` leak 1 has no `fingerprint`"),
        ("[[leak]]\nfingerprnt = 'a'", "leak 1: there is no key `fingerprnt`"),
        ("[[leak]]\nsince = '2026-11-21'", "`since`: `2026-11-21` is not a date"),
        ("[[leak]]\nbytes_per_call = -1", "`bytes_per_call`: `-1` is not a number ≥ 0"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_back(tmp_path, text)

    assert message in caught.value.message


def test_what_else_holds_a_leak_is_written_and_read_back_and_may_be_unknown(tmp_path: Path) -> None:
    one = OtherHolder(holder="Jobs.by_name", fingerprint="leak-3")
    leaks = tuple(
        replace(LEAK, fingerprint=str(number), also_held_by=others)
        for number, others in enumerate([None, (), (one,), (one, replace(one, fingerprint="leak-4"))])
    )

    text = baseline_text(baseline_text("", leaks[:1]), leaks)

    assert read_back(tmp_path, text) == leaks
    assert baseline_text(text, leaks) == text
    assert 'also_held_by = [{holder = "Jobs.by_name", fingerprint = "leak-3"}]' in text


def test_another_holder_needs_a_fingerprint(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="leak 1 holder 1 has no `fingerprint`"):
        read_back(tmp_path, baseline_text("", [LEAK]) + 'also_held_by = [{holder = "Jobs.by_name"}]\n')
