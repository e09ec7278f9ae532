"""What is tried out in a forked copy of the process."""

import gc

import pytest

from leakscan import wire
from leakscan.agent.forked import in_forked_copy


@pytest.mark.parametrize("is_enabled", [True, False])
def test_a_copy_collects_nothing_by_itself_and_the_process_goes_on_as_before(*, is_enabled: bool) -> None:
    before = gc.isenabled()
    (gc.enable if is_enabled else gc.disable)()
    try:
        answer = in_forked_copy(lambda: wire.Trimmed(int(gc.isenabled()), 0))
        after = gc.isenabled()
    finally:
        (gc.enable if before else gc.disable)()

    assert answer == wire.Trimmed(0, 0)
    assert after is is_enabled


def test_what_goes_wrong_in_a_copy_is_told() -> None:
    def experiment() -> wire.Record:
        raise LookupError("no way to it")

    assert in_forked_copy(experiment) == "the experiment ended with status 0"
