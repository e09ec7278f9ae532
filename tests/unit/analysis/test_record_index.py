"""What a record index answers is what a scan of the records would."""

from leakscan import wire
from leakscan.analysis.record_index import RecordIndex, indexed
from tests.unit.analysis.records import a_header, a_sound_control

LOOK, LATER_LOOK = wire.Census(1, 10, 1.0, 0.01, 500, ()), wire.Census(2, 20, 2.0, 0.01, 500, ())
TRACING = wire.Tracing(5, 20)
SCREENED, TRACED = wire.RoundsDone(wire.Stage.SCREEN, 24), wire.RoundsDone(wire.Stage.TRACE, 1)
FAILED = wire.AgentFailed("Name", "RuntimeError: no", "")
RECORDS: tuple[wire.Record, ...] = (
    a_header(),
    a_sound_control(),
    LOOK,
    SCREENED,
    LATER_LOOK,
    SCREENED,
    TRACING,
    TRACED,
    FAILED,
)


def test_an_index_is_the_sequence_of_its_records() -> None:
    index = RecordIndex(RECORDS)

    assert (tuple(index), len(index)) == (RECORDS, len(RECORDS))
    assert (index[2], index[-2:], index.index(TRACING)) == (LOOK, (TRACED, FAILED), 6)


def test_records_are_given_by_type_in_their_order() -> None:
    index = RecordIndex(RECORDS)

    assert list(index.of(wire.Census)) == [LOOK, LATER_LOOK]
    assert (index.first(wire.Census), index.last(wire.Census)) == (LOOK, LATER_LOOK)
    assert index.count(wire.RoundsDone) == 3


def test_of_a_type_that_was_not_recorded_there_is_nothing() -> None:
    index = RecordIndex(RECORDS)

    assert list(index.of(wire.Sites)) == []
    assert (index.first(wire.Sites), index.last(wire.Sites), index.count(wire.Sites)) == (None, None, 0)


def test_one_of_several_types_is_enough_to_have_been_recorded() -> None:
    index = RecordIndex(RECORDS)

    assert index.has(wire.Sites, wire.Tracing)
    assert not index.has(wire.Sites, wire.Named)


def test_what_follows_the_last_of_several_types_is_told() -> None:
    index = RecordIndex(RECORDS)

    assert index.since_last(wire.Census) == (SCREENED, TRACING, TRACED, FAILED)
    assert index.since_last(wire.Census, wire.Tracing) == (TRACED, FAILED)
    assert index.since_last(wire.Sites) == RECORDS


def test_windows_and_samples_are_told_by_their_stage() -> None:
    warm, screened = (_sample(stage) for stage in (wire.Stage.WARM_UP, wire.Stage.SCREEN))
    index = RecordIndex([*RECORDS, warm, screened])

    assert (index.windows_done(wire.Stage.SCREEN), index.windows_done(wire.Stage.CHURN)) == (2, 0)
    assert (index.samples(wire.Stage.SCREEN), index.samples(wire.Stage.WARM_UP, wire.Stage.SCREEN)) == (
        (screened,),
        (warm, screened),
    )


def test_a_failure_is_told_by_the_name_of_its_command() -> None:
    index = RecordIndex(RECORDS)

    assert (index.has_failed("Name"), index.has_failed("Prove")) == (True, False)


def test_an_index_is_not_made_twice() -> None:
    index = indexed(RECORDS)

    assert indexed(index) is index


def test_an_index_does_not_follow_the_list_that_it_was_made_of() -> None:
    records = list(RECORDS)
    index = RecordIndex(records)

    records.append(LOOK)

    assert index.last(wire.Census) is LATER_LOOK


def _sample(stage: wire.Stage) -> wire.Sample:
    return wire.Sample(stage, 10, 1.0, 0.1, 0.001, 0.1, 100, 100, 1_000, 2_000, is_collecting=True)
