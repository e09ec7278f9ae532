"""What comes and goes with each call, added up over the looks."""

from leakscan import wire
from leakscan.analysis.attribution.churn import Churn, churn


def _look(calls: int, *changes: tuple[int, int, int]) -> wire.Churn:
    return wire.Churn(calls, tuple(wire.EntryChange(*change) for change in changes))


def test_changes_count_for_the_calls_since_the_look_before() -> None:
    by_address = churn([_look(100), _look(101, (7, 10, 8)), _look(103, (7, 20, 14))])

    assert by_address == {7: Churn(calls=3, added=30, removed=22)}
    assert by_address[7].removed_per_call == 22 / 3


def test_a_look_that_could_not_tell_does_not_count() -> None:
    by_address = churn([_look(100), _look(101, (7, 10, 8), (9, 1, 0)), _look(102, (7, 10, 8))])

    assert (by_address[7].calls, by_address[9].calls) == (2, 1)


def test_the_first_look_and_one_without_calls_tell_nothing() -> None:
    assert churn([_look(100, (7, 10, 8))]) == {}
    assert churn([_look(100), _look(100, (7, 10, 8))]) == {}
    assert churn([]) == {}
