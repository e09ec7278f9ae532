"""Containers that grow, named where they are: without a traced allocation."""

import sys
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
    text_and_number = sys.getsizeof("message 100") + sys.getsizeof(1.0)  # smaller from Python 3.12 on
    assert text_and_number + 24 <= size.entry_bytes <= text_and_number + 64, "with a place in the table"
    assert not tracemalloc.is_tracing()
