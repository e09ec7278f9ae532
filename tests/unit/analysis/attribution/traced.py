"""What was traced, and a screen that saw containers grow."""

from leakscan import wire
from leakscan.analysis.growth.screen import Screen, screen
from tests.unit.analysis.records import a_look, a_window, grown

NEW, OLD = 0xA, 0xB


def sites_of(*sites: wire.TracedSite) -> wire.Sites:
    return wire.Sites(100, 1.0, 0.1, sites)


def screen_with(*addresses: int) -> Screen:
    """A screen in which the containers at these addresses grew at each look."""
    looks = [a_look(1, 0)] + [
        a_look(n, 100 * n, *(grown(a, 100 * n - 100, 100 * n) for a in addresses)) for n in (2, 3, 4)
    ]
    return screen([*looks, *a_window([1_000] * 25)])


def screen_of(blocks_per_call: float) -> Screen:
    """A screen in which one container grew at each look, and the blocks in use by so many a call."""
    looks = [a_look(1, 0)] + [a_look(n, 100 * n, grown(NEW, 100 * n - 100, 100 * n)) for n in (2, 3, 4)]
    return screen([*looks, *a_window([1_000 + round(100 * blocks_per_call) * n for n in range(25)])])
