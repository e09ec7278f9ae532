"""Runs of a program that never returns, as they are seen from beside it."""

from leakscan import wire
from leakscan.model.run import RunOptions
from tests.unit.analysis.records import (
    a_header,
    a_held_by,
    a_sample,
    a_sound_control,
    global_step,
    grown,
    module_step,
)

SEEN, OTHER = 0xA, 0xB
ENTRIES_PER_SECOND = 100
WINDOW_SECONDS = 24
WINDOWS = 4
OF_A_WORKER = RunOptions(target="app.worker", is_module=True, max_time_seconds=300.0)


def a_census(number: int, at: float, *containers: wire.GrownContainer) -> wire.Census:
    return wire.Census(number, 0, at, 0.01, 500, containers)


def a_growing_program(*, windows: int = WINDOWS) -> list[wire.Record]:
    """Two blocks for each entry of one dict, which gains a hundred a second."""
    records: list[wire.Record] = [
        a_header(),
        a_sound_control(),
        wire.Loaded("-m app.worker", 0.1, ("/srv/app/worker.py", 1, "<module>", "<module>")),
        a_census(1, 0.0),
    ]
    for number in range(windows):
        began = float(WINDOW_SECONDS * number)
        for second in range(WINDOW_SECONDS + 1):
            at = began + second
            blocks = 5_000 + 2 * ENTRIES_PER_SECOND * at
            records.append(a_sample(0, blocks, stage=wire.Stage.WATCH, at=at, cpu_seconds=at / 10))
        before, after = (int(ENTRIES_PER_SECOND * (began + s)) for s in (0, WINDOW_SECONDS))
        records += [
            wire.RoundsDone(wire.Stage.WATCH, WINDOW_SECONDS, is_returned=False),
            a_census(number + 2, began + WINDOW_SECONDS, grown(SEEN, before, after)),
        ]
    return records


def named_untraced(*, entry_bytes: float = 150.0) -> wire.GrowingNamed:
    """The dict by its name, with the size of an entry, as it is known before the tracing."""
    return wire.GrowingNamed(
        holders=(a_held_by(SEEN, entries=9_600, entries_before=None, added=None, calls=0),),
        named=(wire.NamedHolder((module_step("app.worker"), global_step("seen", module="app.worker"))),),
        sizes=(wire.EntrySize(0, 64, entry_bytes),),
    )
