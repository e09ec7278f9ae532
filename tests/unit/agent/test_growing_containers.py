"""Containers that grow, named where they are: without a traced allocation."""

import tracemalloc

from leakscan import wire
from leakscan.agent.growing_containers import name_growing
from leakscan.agent.holders.holder_chains import SearchContext

SEEN = {f"message {number}": float(number) for number in range(500)}


def test_a_growing_container_is_named_and_weighed_and_nothing_is_traced() -> None:
    gone = 0xDEAD

    named = name_growing(
        wire.NameGrowing((id(SEEN), gone)), lambda: SearchContext(None, None, None, set(), lambda: 0.0)
    )

    (holder,) = named.holders
    assert (holder.address, holder.type, holder.entries, holder.shares) == (id(SEEN), "dict", 500, ())
    (chain,) = named.named
    assert [step.link for step in chain.steps] == [__name__, ".SEEN"]
    (size,) = named.sizes
    assert size.holder == 0
    # A text of 11 characters, a number, and a place in the table.
    assert 64 + 24 + 24 <= size.entry_bytes <= 64 + 24 + 64
    assert not tracemalloc.is_tracing()
