"""A set of addresses that stays small beside a large heap."""

from hypothesis import given
from hypothesis import strategies as st

from leakscan.agent.heap.address_set import ALIGNMENT_BITS, PLACES, AddressSet

ADDRESSES = st.integers(0, 2**44).map(lambda number: number << ALIGNMENT_BITS)


@given(st.lists(ADDRESSES), ADDRESSES)
def test_what_was_added_is_in_it_and_nothing_else(added: list[int], other: int) -> None:
    address_set = AddressSet(added)

    assert all(address in address_set for address in added)
    assert (other in address_set) == (other in set(added))


@given(st.lists(ADDRESSES, min_size=1))
def test_what_is_taken_out_is_new_again(added: list[int]) -> None:
    address_set = AddressSet(added)

    assert not address_set.add(added[0])
    address_set.discard(added[0])

    assert added[0] not in address_set
    assert address_set.add(added[0])


def test_to_take_out_what_is_not_in_it_changes_nothing() -> None:
    address_set = AddressSet([64])

    address_set.discard(128)

    assert 64 in address_set
    assert 128 not in address_set


def test_a_set_of_objects_side_by_side_is_smaller_than_they_are() -> None:
    size, first = 48, 0x7F00_0000_0000
    addresses = range(first, first + 50_000 * size, size)

    address_set = AddressSet(addresses)

    assert len(address_set.pages) * PLACES < 0.25 * 50_000 * size
    assert all(address in address_set for address in addresses)
