"""How small a growth would have been seen, and when that is not known."""

from leakscan import wire
from leakscan.analysis import Settings, analyze
from tests.unit.analysis.records import a_header
from tests.unit.analysis.whole_runs import a_flat_run, analysis_of


def test_the_detection_limit_is_a_few_blocks_over_the_last_flat_calls() -> None:
    limit = analysis_of(*a_flat_run()).detection_limit_bytes_per_call

    assert limit is not None
    assert 0 < limit < 3


def test_without_a_sound_control_there_is_no_detection_limit() -> None:
    growing = wire.Controlled((5, 6, 7), (1, 1, 1), (1, 2, 3))
    blind = wire.Controlled((5, 5, 5), (1, 1, 1), (1, 1, 1))

    for control in (growing, blind):
        records = [a_header(), control, *a_flat_run(), wire.Ended("finished", 0, 1.0)]
        assert analyze(records, Settings()).detection_limit_bytes_per_call is None
