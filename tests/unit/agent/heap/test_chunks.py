"""What very many objects refer to, read a piece at a time."""

import gc

from hypothesis import given
from hypothesis import strategies as st

from leakscan.agent.heap.chunks import CHUNK, LONG, parts, referents_in_chunks

LENGTHS = st.lists(st.sampled_from([0, 1, 3, LONG, LONG + 1, 2 * LONG + 7]), max_size=8)


@given(LENGTHS, st.sampled_from([1, CHUNK]))
def test_the_pieces_together_are_what_all_the_objects_refer_to(lengths: list[int], others: int) -> None:
    objects: list[object] = [[object()] * length for length in lengths]
    objects.extend((number, str(number)) for number in range(others))

    read = [each for _some, referents in referents_in_chunks(objects) for each in referents]

    assert sorted(map(id, read)) == sorted(map(id, gc.get_referents(*objects)))


@given(LENGTHS)
def test_a_piece_comes_with_the_objects_that_refer_to_it(lengths: list[int]) -> None:
    objects: list[object] = [[object() for _ in range(length)] for length in lengths]

    for some, referents in referents_in_chunks(objects):
        assert {id(each) for each in referents} <= {id(each) for each in gc.get_referents(*some)}


def test_no_piece_of_a_long_list_is_long() -> None:
    pieces = list(referents_in_chunks([list(range(10 * LONG))]))

    assert max(len(referents) for _some, referents in pieces) == LONG


def test_parts_are_all_of_it_in_order() -> None:
    numbers: list[object] = list(range(2 * LONG + 1))

    assert [number for part in parts(numbers) for number in part] == numbers
