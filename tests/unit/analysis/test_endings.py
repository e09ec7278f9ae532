"""What is said of the end of a run."""

import pytest

from leakscan import wire
from leakscan.analysis.endings import endings


@pytest.mark.parametrize(
    ("records", "sentence"),
    [
        ([wire.Ended("finished", 0, 1.0)], ""),
        (
            [wire.Ended("finished", 0, 1.0, unanswered="Name")],
            "the time was over before the holder was named; --max-time SECONDS gives it longer",
        ),
        ([wire.SetupLeft()], ""),
        ([wire.SetupLeft("OSError: gone")], "the setup failed when it was left: OSError: gone"),
        (
            [wire.Ended("timed out", None, 1.0, setup_seconds=3.0)],
            "the setup was not left: it had 3 s to end, and was killed",
        ),
        (
            [wire.Ended("timed out", -15, 1.0, setup_seconds=0.0)],
            "the setup was not left: the process had to be ended before",
        ),
        (
            [wire.Ended("finished", None, 1.0, cut_off_seconds=1.5)],
            "the target's own end was cut off after 1.5 s: "  # noqa: ISC004
            "its exit handlers may not have finished",
        ),
        (
            [wire.Ended("finished", 0, 1.0, left_behind=("sleep",))],
            "a process that the target had started was still running at its end, and was ended: sleep",
        ),
        (
            [wire.Ended("finished", 0, 1.0, left_behind=(*"dcba",))],
            "4 processes that the target had started were still running at its end, and were ended: "  # noqa: ISC004
            "a, b, c, …",
        ),
    ],
)
def test_the_end_is_told_in_a_sentence(records: list[wire.Record], sentence: str) -> None:
    assert " ".join(endings(records)) == sentence
