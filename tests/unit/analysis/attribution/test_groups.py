"""Two groups can be one leak."""

from leakscan.analysis.attribution.groups import Group, together


def test_two_groups_together_have_the_growth_of_both() -> None:
    one = Group(holders=(0,), blocks={0: 1.0}, bytes={0: 10.0})
    other = Group(holders=(1,), blocks={0: 2.0, 1: 3.0}, bytes={1: 5.0}, table_bytes=7.0)

    both = together(one, other)

    assert both.holders == (0, 1)
    assert (both.grown_blocks, both.grown_bytes) == (6.0, 22.0)
