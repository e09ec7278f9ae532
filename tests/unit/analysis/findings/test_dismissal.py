"""In which order findings are told."""

from leakscan.analysis.findings.dismissal import worst_first
from leakscan.model.run import Verdict
from tests.builders import a_finding, a_holder


def test_what_is_in_the_state_of_a_library_is_told_after_ones_own() -> None:
    own = a_finding(holder=a_holder(), bytes_per_call=10.0)
    of_library = a_finding(holder=a_holder(library="werkzeug"), bytes_per_call=10_000.0)

    assert worst_first([of_library, own]) == (own, of_library)


def test_what_nobody_holds_is_told_before_and_after_what_it_is_worse_and_better_than() -> None:
    own = a_finding(holder=a_holder(), bytes_per_call=10.0)
    of_library = a_finding(holder=a_holder(library="os"), bytes_per_call=10_000.0)
    worst, less = (a_finding(holder=None, bytes_per_call=size) for size in (20_000.0, 9_000.0))

    assert worst_first([less, own, of_library, worst]) == (worst, own, less, of_library)


def test_a_leak_in_the_state_of_a_library_is_told_before_what_only_fills() -> None:
    leak = a_finding(holder=a_holder(library="werkzeug"), bytes_per_call=10.0)
    filling = a_finding(holder=a_holder(), bytes_per_call=20.0, verdict=Verdict.FILLING)

    assert worst_first([filling, leak]) == (leak, filling)


def test_of_two_that_grow_by_the_same_figure_the_one_with_a_holder_is_told_first() -> None:
    held = a_finding(holder=a_holder(), bytes_per_call=8_303.1)
    unheld = a_finding(holder=None, bytes_per_call=8_303.8)

    assert worst_first([unheld, held]) == (held, unheld)
