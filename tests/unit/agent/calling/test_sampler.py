"""A sample counts what the target keeps, and nothing that the interpreter keeps for itself."""

from array import array
from collections.abc import Callable
from itertools import count

from leakscan import wire
from leakscan.agent.calling.caller import Caller
from leakscan.agent.calling.sampler import Sampler

ROUNDS = 20
CALLS = 10
FEW_BLOCKS = 3


def _blocks(call: Callable[[], object]) -> list[int]:
    """The blocks in use after each round but the first two, which fill what is kept to be used again."""
    # Made before the first reading: what is noted must not take memory while it is measured.
    seen = array("q", bytes(8 * (ROUNDS + 1)))
    places = count()

    def note(record: wire.Record) -> None:
        assert isinstance(record, wire.Sample)
        seen[next(places)] = record.blocks

    Sampler(Caller(call), note).run(wire.Rounds(wire.Stage.SCREEN, ROUNDS, CALLS))
    return seen[2:].tolist()


def test_names_that_the_interpreter_keeps_of_its_lookups_are_no_growth() -> None:
    numbers = count()

    def looks_up() -> None:
        # A name that is made anew each time, as `"do_" + self.command` is.
        hasattr(object, f"name_{next(numbers)}")

    blocks = _blocks(looks_up)

    assert max(blocks) - min(blocks) <= FEW_BLOCKS


def test_each_object_that_a_call_keeps_is_counted() -> None:
    kept: list[object] = []

    blocks = _blocks(lambda: kept.append(object()))

    assert CALLS * (len(blocks) - 1) <= blocks[-1] - blocks[0] <= CALLS * (len(blocks) - 1) + FEW_BLOCKS
