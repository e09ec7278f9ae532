"""The lines at the end of a session."""

from collections.abc import Iterator, Mapping

from leakscan.pytest_plugin.result import Result, Status

MAX_NAMED = 3
"""Tests named for each reason."""


def summary_lines(results: Mapping[str, Result]) -> list[str]:
    """What was looped and what came of it; then what was not, by reason."""
    return [*_looped(results), *_without_answer(results), *_not_looped(results)]


def _looped(results: Mapping[str, Result]) -> Iterator[str]:
    looped = [result for result in results.values() if result.status is not Status.NOT_LOOPED]
    if not looped:
        return
    counts = {status: sum(result.status is status for result in looped) for status in Status}
    statuses = ", ".join(f"{count:,} {status}" for status, count in counts.items() if count)
    calls, seconds = sum(r.calls for r in looped), sum(r.seconds for r in looped)
    yield f"{_tests(len(looped))} looped, {calls:,} iterations in {seconds:,.1f} s: {statuses}"


def _without_answer(results: Mapping[str, Result]) -> Iterator[str]:
    for nodeid, result in sorted(results.items()):
        if result.status is Status.NO_ANSWER:
            yield f"no answer on {nodeid}: {result.reason}"


def _not_looped(results: Mapping[str, Result]) -> Iterator[str]:
    by_reason: dict[str, list[str]] = {}
    for nodeid, result in sorted(results.items()):
        if result.status is Status.NOT_LOOPED:
            by_reason.setdefault(result.reason, []).append(nodeid)
    for reason, nodeids in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        more = f" and {len(nodeids) - MAX_NAMED:,} more" if len(nodeids) > MAX_NAMED else ""
        yield f"{_tests(len(nodeids))} not looped, {reason}: {', '.join(nodeids[:MAX_NAMED])}{more}"


def _tests(number: int) -> str:
    return "1 test" if number == 1 else f"{number:,} tests"
