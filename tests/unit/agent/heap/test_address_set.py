"""A set of addresses that stays small beside a large heap."""

from hypothesis import given
from hypothesis import strategies as st

from leakscan.agent.heap.address_set import ALIGNMENT_BITS, PLACES, AddressSet

ADDRESSES = st.integers(0, 2**44).map(lambda number: number << ALIGNMENT_BITS)


@given(st.lists(ADDRESSES), ADDRESSES)
def test_what_was_added_is_in_it_and_nothing_else(added: list[int], other: int) -> None:
    found = AddressSet(added)

    assert all(address in found for address in added)
    assert (other in found) == (other in set(added))


@given(st.lists(ADDRESSES, min_size=1))
def test_what_is_taken_out_is_new_again(added: list[int]) -> None:
    found = AddressSet(added)

    assert not found.add(added[0])
    found.discard(added[0])

    assert added[0] not in found
    assert found.add(added[0])


def test_to_take_out_what_is_not_in_it_changes_nothing() -> None:
    found = AddressSet([64])

    found.discard(128)

    assert 64 in found
    assert 128 not in found


def test_a_set_of_objects_side_by_side_is_smaller_than_they_are() -> None:
    size, first = 48, 0x7F00_0000_0000
    addresses = range(first, first + 50_000 * size, size)

    found = AddressSet(addresses)

    assert len(found.pages) * PLACES < 0.25 * 50_000 * size
    assert all(address in found for address in addresses)
