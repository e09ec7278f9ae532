"""In which order findings are told."""

from leakscan.analysis.findings.dismissal import worst_first
from tests.builders import a_finding, a_holder


def test_what_is_in_the_state_of_a_library_is_told_after_ones_own() -> None:
    own = a_finding(holder=a_holder(), bytes_per_call=10.0)
    of_library = a_finding(holder=a_holder(library="werkzeug"), bytes_per_call=10_000.0)

    assert sorted([of_library, own], key=worst_first) == [own, of_library]
